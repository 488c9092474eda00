"""Reading YAML: the scalars of YAML 1.2, the line of everything, and the limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim.errors import ScenarioError
from aurosim.scenario import load, loads
from aurosim.scenario.reading import MAX_BYTES, MAX_DEPTH, field_text, read
from tests.scenarios.good import SMALLEST


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("+5", 5),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("'1e3'", "1e3"),
        ('"true"', "true"),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_a_word_means_what_yaml_1_2_says(word: str, value: object) -> None:
    found = read(f"key: {word}", "x").tree["key"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_keeps_its_line() -> None:
    source = read("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", "x")
    lines = {field_text(path): line for path, line in source.lines.items()}
    assert lines == {"": 1, "a": 1, "b": 2, "b[0]": 3, "b[1]": 4, "b[1].c": 4, "b[1].d": 5}


def test_an_alias_repeats_a_value_and_points_at_where_it_was_written() -> None:
    source = read("a: &one {x: 1}\nb: *one\n", "x")
    assert source.tree == {"a": {"x": 1}, "b": {"x": 1}}
    assert source.tree["a"] is not source.tree["b"]
    assert source.lines["b", "x"] == 1


def test_numbers_of_the_core_schema_that_are_no_numbers_are_told_with_their_line() -> None:
    source = read("a: .nan\nb: [1, -.inf]\nc: 1e999\n", "x")
    assert [(complaint.line, complaint.field) for complaint in source.complaints] == [
        (1, "a"),
        (2, "b[1]"),
        (3, "c"),
    ]


def test_a_file_is_not_read_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("# " + "x" * MAX_BYTES, encoding="utf-8")
    with pytest.raises(ScenarioError, match="is larger than 256 KiB"):
        load(path)


def test_what_cannot_be_opened_is_a_complaint(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path)


def test_bytes_that_are_not_utf_8_have_their_line() -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(b"name: ok\nquestion: caf\xe9\n", "latin.yaml")
    assert str(caught.value) == "latin.yaml:2: is not UTF-8 text here. Save the file as UTF-8."


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert loads(b"\xef\xbb\xbf" + SMALLEST.encode(), "x") == loads(SMALLEST, "x")
    assert loads("\ufeff" + SMALLEST, "x") == loads(SMALLEST, "x")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ScenarioError, match="half of a surrogate pair"):
        loads(SMALLEST + 'question: "\\ud83d"\n', "x")


def test_aliases_cannot_nest_deeper_than_values_may() -> None:
    deep = "[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)
    assert read(f"a: &a {deep}\nb: [*a]\n", "x").tree["b"]
    with pytest.raises(ScenarioError, match=f"x:2: is nested deeper than {MAX_DEPTH} levels"):
        read(f"a: &a {deep}\nb: [[[*a]]]\n", "x")
