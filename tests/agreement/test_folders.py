"""Both planes write the same folder: every file of a run, byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurosim import api
from tests.agreement.test_shipped import SHIPPED

FAULTY = """
name: faulty
question: Do both planes write the same?
run: {duration: 4 s, warm_up: 500 ms}
cluster: {engine: aurora-mysql, writer: {class: db.r6g.large}, readers: {count: 2}}
workload:
  - {name: orders, connections: 10, transaction: sysbench-oltp-write-only}
  - {name: reports, endpoint: reader, arrivals: {rate: 100/s}, transaction: [{kind: select}]}
faults: [{at: 1500 ms, crash: instance}]
expect: [orders.availability.requests >= 10 %]
"""
CHEAP = {"no-reader"}
SHOWN = {"summary.json": '"plane": "{}"', "report.html": "<dd>{}</dd>"}
"""Where the plane is shown, once each; `provenance.json`, which has it too, also has the hour."""


def written(source: str | Path, plane: str, folder: Path) -> dict[str, bytes]:
    """The files of a run's folder by their names, without the name of the plane."""
    api.run(source, plane=plane).save(folder)
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert {*SHOWN, "provenance.json", "events.csv", "timeseries.csv"} < set(files)
    files["provenance.json"] = b""
    for name, shown in SHOWN.items():
        assert files[name].count(shown.format(plane).encode()) == 1
        files[name] = files[name].replace(shown.format(plane).encode(), b"")
    return files


def compare(source: str | Path, scratch: Path) -> None:
    """Run on both planes and tell the first byte that differs of each file that does."""
    one, other = (written(source, plane, scratch / plane) for plane in ("simpy", "compiled"))
    assert set(one) == set(other)
    for name in sorted(one):
        if one[name] != other[name]:
            pairs = zip(one[name], other[name], strict=False)
            at = next((n for n, (x, y) in enumerate(pairs) if x != y), -1)
            part = slice(max(0, at - 40), at + 40)
            pytest.fail(f"{name}, byte {at}: {one[name][part]!r} and {other[name][part]!r}")


def test_a_run_with_a_fault_is_written_the_same(tmp_path: Path) -> None:
    compare(FAULTY, tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem in CHEAP else pytest.mark.long)
        for path in SHIPPED
    ],
)
def test_a_shipped_scenario_is_written_the_same(path: Path, tmp_path: Path) -> None:
    compare(path, tmp_path)


def test_a_difference_of_one_byte_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save, name = api.Run.save, "report.html"

    def spoiled(self: api.Run, folder: Path) -> Path:
        saved = save(self, folder)
        if self.summary["plane"] == "compiled":
            text = (folder / name).read_bytes()
            (folder / name).write_bytes(text[:-2] + b"?" + text[-1:])
        return saved

    monkeypatch.setattr(api.Run, "save", spoiled)
    with pytest.raises(pytest.fail.Exception, match=f"{name}, byte"):
        compare(FAULTY, tmp_path)
