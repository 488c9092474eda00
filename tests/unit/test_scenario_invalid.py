"""Every faulty file of `tests/scenarios/invalid` is refused with exactly its message.

A folder is a kind of fault, a file is named for its fault, and the text file beside it holds all
that is to be said: file, line, field, what is wrong, the rule, the nearest name or the way out.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from aurosim.errors import ScenarioError
from aurosim.scenario import load

FOLDER = Path(__file__).resolve().parents[1] / "scenarios" / "invalid"
FILES = sorted(FOLDER.glob("*/*.yaml"))


def complaints_of(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path.name)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_a_faulty_file_says_its_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    expected = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert complaints_of(path) == expected


def test_there_are_sixty_files_and_three_in_each_of_twenty_kinds() -> None:
    kinds = Counter(path.parent.name for path in FILES)
    assert len(FILES) >= 60
    assert len(kinds) >= 20
    assert {kind: number for kind, number in kinds.items() if number < 3} == {}


def test_every_message_belongs_to_a_file_and_names_it() -> None:
    messages = sorted(FOLDER.glob("*/*.txt"))
    assert [path.with_suffix(".yaml") for path in messages] == FILES
    for path in messages:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.startswith(f"{path.stem}.yaml:"), line


def test_some_files_have_many_faults_and_all_are_told() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*/*.txt")]
    assert sum(text.count("\n") > 5 for text in texts) >= 2
    assert max(text.count("\n") for text in texts) >= 20
