"""What the pages say is so: links lead somewhere, the README's example runs, options exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aurosim import api
from aurosim.cli import app, beginning

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")],
    key=lambda path: path.as_posix(),
)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def dead_links(page: Path) -> list[str]:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    return [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md#top) [there](gone.md) [far](https://example.org/x)")
    assert dead_links(page) == ["gone.md"]


def test_the_example_of_the_readme_is_a_good_scenario() -> None:
    assert api.check(readme_example()) == []


def readme_example() -> str:
    (example,) = YAML_BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return str(example)


def test_aurosim_new_writes_the_example_of_the_readme(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = api.load(readme_example())
    written = api.load(beginning.write(example.name))
    # The file has more to say about what to learn, and no other cluster, load or fault.
    assert written.model_copy(update={"learn": None}) == example


def longest_outage_s(text: str, overrides: dict[str, str]) -> float:
    orders = api.run(text, set=overrides).summary["workloads"]["orders"]
    return max(outage["duration_s"] for outage in orders["outages"])


@pytest.mark.parametrize("place", ["README.md", "aurosim/cli/new.yaml"])
def test_the_command_that_lengthens_the_dns_cache_lengthens_the_outage(place: str) -> None:
    page = (ROOT / place).read_text(encoding="utf-8")
    (said,) = re.findall(r"--set (\S+)=(\S+)", page)
    text = readme_example() if place == "README.md" else page
    assert longest_outage_s(text, dict([said])) > longest_outage_s(text, {}) + 15


def test_the_page_of_the_command_line_has_every_command_and_option() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"aurosim {name}" in page
        told = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).stdout
        options = set(re.findall(r"--[a-z]+", told)) - {"--help"}
        assert [option for option in sorted(options) if option not in page] == []
