"""The examples of CONTRIBUTING.md work as they stand, in no more files than the page says."""

from __future__ import annotations

import re

from tests.growing.scratch import ROOT, Scratch, scenario

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STEP = re.compile(r"(New file|[Ii]n)\s`(aurosim/[\w/.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def follow(scratch: Scratch, heading: str) -> int:
    """Does what a section says; how many files that took."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    for new, name, text in STEP.findall(section):
        if new == "New file":
            assert not (scratch.folder / name).exists()
            scratch.write(name, text)
        else:
            scratch.apply(name, text)
    return len(scratch.touched)


def test_every_step_of_the_page_is_one_that_is_followed() -> None:
    assert len(STEP.findall(PAGE)) == PAGE.count("```") / 2 == 7


def test_the_fault_is_a_file_and_a_line(scratch: Scratch) -> None:
    assert follow(scratch, "A fault") == 2
    code = (
        "run = aurosim.run(text, plane='simpy')\n"
        "event = run.events[run.events['kind'] == 'fault:cold_reboot'].iloc[0]\n"
        "from aurosim.scenario import reference\n"
        "said = [str(each) for each in aurosim.check(text.replace('db-2', 'db-9', 1))]"
    )
    found = scratch.finds(
        scenario(faults="{at: 5 s, cold_reboot: db-2}"), code,
        found="{'who': event['subject'], 'cause': run.summary['clusters']['main']['restarts'],"
        " 'page': '| `cold_reboot` |' in reference.markdown(), 'said': said}",
    )  # fmt: skip
    (restart,) = found["cause"]
    assert (restart["instance"], restart["cause"], found["who"]) == ("db-2", "cold_reboot", "db-2")
    assert found["page"]
    assert any("cold_reboot.instance names instance 'db-2'" in line for line in found["said"])


def errors(scratch: Scratch, text: str) -> dict[str, int]:
    found: dict[str, int] = scratch.finds(text, found="summary['workloads']['w']['errors']")
    return found


def test_the_number_is_two_files_and_its_use(scratch: Scratch) -> None:
    assert follow(scratch, "A number of the catalog") == 2 + 1
    at_once = errors(scratch, scenario())["connection_refused"]
    late = errors(scratch, scenario(model="refusal_delay: 1 s"))["connection_refused"]
    assert at_once > 2 * late > 0


def test_the_driver_is_a_file_and_a_line(scratch: Scratch) -> None:
    assert follow(scratch, "A driver") == 2
    plain = errors(scratch, scenario(client="driver: plain, retry: {attempts: 4}"))
    eager = errors(scratch, scenario(client="driver: eager, retry: {attempts: 4}"))
    assert eager["connection_refused"] > plain["connection_refused"] > 0
