"""Finished replicates are whole or not there, are nobody else's, and are found again."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from aurosim import study
from aurosim.errors import OutputError
from aurosim.study import store, work
from tests.study.small import comparison, replicates, scenario, texts


def records(folder: Path) -> list[Path]:
    return sorted((folder / store.REPLICATES).glob("*.json"))


def test_what_is_finished_is_taken_and_the_rest_is_run(tmp_path: Path) -> None:
    first = study.run(replicates(2), folder=tmp_path / "out", workers=1)
    more = study.run(replicates(5), folder=tmp_path / "out", workers=1)
    assert (first.reused, more.reused, len(records(tmp_path / "out"))) == (0, 2, 5)
    assert texts(more) == texts(study.run(replicates(5), workers=1))


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    other = json.loads(content)
    other["summary"]["workloads"]["orders"]["good_per_s"] = 1.0
    spoiled = {
        "cut off": content[: len(content) // 2],
        "empty": b"",
        "not JSON": b"\x00\xff not json",
        "a list": b"[1, 2]",
        "a changed number": json.dumps(other).encode(),
        "too deep": b"[" * 100_000,
        "too large": b" " * (store.MAX_BYTES + 1),
        "another replicate's": content.replace(path.stem.encode(), b"0" * 64),
    }
    path.write_bytes(spoiled[how])


@pytest.mark.parametrize(
    "how",
    ["cut off", "empty", "not JSON", "a list", "a changed number", "too deep", "too large",
     "another replicate's"],
)  # fmt: skip
def test_a_record_that_is_not_whole_is_made_anew(tmp_path: Path, how: str) -> None:
    whole = texts(study.run(replicates(2), folder=tmp_path, workers=1))
    victim = records(tmp_path)[0]
    before = victim.read_bytes()
    spoil(victim, how)
    again = study.run(replicates(2), folder=tmp_path, workers=1)
    assert again.store.spoiled == [victim.name]
    assert texts(again) == whole
    assert victim.read_bytes() == before


def test_the_key_knows_scenario_seed_plane_and_aurosim(monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = work.parcel(scenario())
    longer = work.parcel(scenario(run__duration="301 ms"))
    keys = {
        work.job(parcel, 0, 1, "compiled").key,
        work.job(parcel, 0, 2, "compiled").key,
        work.job(parcel, 0, 1, "simpy").key,
        work.job(longer, 0, 1, "compiled").key,
    }
    monkeypatch.setattr(work, "identity", lambda: "0.0.1+another")
    keys.add(work.job(parcel, 0, 1, "compiled").key)
    assert len(keys) == 5


def test_the_scenarios_own_seed_is_no_part_of_the_key() -> None:
    one, two = work.parcel(scenario()), work.parcel(scenario(run__seed="7"))
    assert work.job(one, 0, 7, "compiled").key == work.job(two, 0, 7, "compiled").key


def test_a_trace_travels_and_is_part_of_the_key(tmp_path: Path) -> None:
    from aurosim import api

    copy = tmp_path / "measured-traffic.yaml"
    from aurosim.scenario.shipped import find

    for name in ("measured-traffic.yaml", "measured-traffic.csv"):
        (tmp_path / name).write_bytes((find("measured-traffic").parent / name).read_bytes())
    first = work.parcel(api.load(copy))
    assert work.unpacked(work.job(first, 0, 5, "compiled")).run.seed == 5
    trace = tmp_path / "measured-traffic.csv"
    lines = trace.read_text().splitlines()
    trace.write_text("\n".join([*lines[:-1], lines[-1].rsplit(",", 1)[0] + ",1.0"]) + "\n")
    assert work.parcel(api.load(copy)).digest != first.digest


def foreign(folder: Path, how: str) -> None:
    if how == "a file of the user's":
        (folder / "thesis.txt").write_text("ten years of work")
    elif how == "one beside a study":
        study.run(replicates(1), folder=folder, workers=1)
        (folder / "notes.txt").write_text("important")
    elif how == "one among the replicates":
        study.run(replicates(1), folder=folder, workers=1)
        (folder / "replicates/notes.txt").write_text("important")
    else:
        (folder / "provenance.json").write_text('{"written_by": "aurosim"}')
        (folder / "report.html").write_text("a run's")


@pytest.mark.parametrize(
    "how", ["a file of the user's", "one beside a study", "one among the replicates", "a run"]
)
def test_a_folder_that_no_study_wrote_is_refused_and_left_alone(tmp_path: Path, how: str) -> None:
    foreign(tmp_path, how)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match="Say another folder"):
        study.run(replicates(2), folder=tmp_path, workers=1)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_write_that_breaks_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "estimates.csv"
    store.write(place, "whole\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"estimates\.csv cannot be written: No space left"):
        store.write(place, "half\n")
    assert [path.name for path in tmp_path.iterdir()] == ["estimates.csv"]
    assert place.read_text() == "whole\n"


def test_what_killed_commands_left_half_written_goes(tmp_path: Path) -> None:
    study.run(replicates(1), folder=tmp_path, workers=1)
    (whole,) = records(tmp_path)
    half = whole.with_name(f".{whole.name}.4711.new")
    half.write_text('{"format": 1, "summ')
    other = whole.with_name(f".{'0' * 64}.json.4711.new")
    other.write_text("of a command that is still at work")
    store.tidy(tmp_path)
    assert study.run(replicates(1), folder=tmp_path, workers=1).reused == 1
    assert (half.exists(), other.exists()) == (False, True)


def test_two_at_once_on_one_folder_end_in_the_same_whole_tables(tmp_path: Path) -> None:
    ended: dict[int, dict[str, str]] = {}

    def one(number: int) -> None:
        ended[number] = texts(study.run(comparison(3), folder=tmp_path, workers=1))

    threads = [threading.Thread(target=one, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended[0] == ended[1] == texts(study.run(comparison(3), workers=1))
    assert len(records(tmp_path)) == 6
    assert all(store.trusted(path.read_bytes(), path.stem) for path in records(tmp_path))
