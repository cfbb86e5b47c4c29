"""The documents say what the code does: commands that exist, findings explained, twins alike."""

import re
import runpy
from pathlib import Path

import pytest

from congto.interfaces.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
FINDING = re.compile(r'"([A-Z]{3}-\d{3})"')
GUIDES = ["README.md", "README.vi.md", "CONTRIBUTING.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_blocks(markdown: str) -> str:
    return "\n".join(re.findall(r"```[a-z]*\n(.*?)```", markdown, re.DOTALL))


def test_every_finding_has_its_line_in_the_reference():
    raised = set()
    for path in (ROOT / "src" / "congto").rglob("*.py"):
        raised |= set(FINDING.findall(path.read_text(encoding="utf-8")))
    listed = re.findall(
        r"^\| ([A-Z]{3}-\d{3}) \|", text("docs/reference/findings.md"), re.MULTILINE
    )
    assert len(raised) > 0
    assert sorted(raised) == sorted(listed)


@pytest.mark.parametrize("name", GUIDES)
def test_the_commands_in_a_guide_exist(name):
    shown = code_blocks(text(name)) + " ".join(re.findall(r"`([^`\n]+)`", text(name)))
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", shown)) <= targets
    assert set(re.findall(r"\bcongto ([a-z]+)\b", shown)) <= set(COMMANDS)


def headings(markdown: str) -> list[str]:
    prose = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    return re.findall(r"^(#+) ", prose, re.MULTILINE)


def test_the_vietnamese_readme_is_a_twin():
    english, vietnamese = text("README.md"), text("README.vi.md")
    assert headings(english) == headings(vietnamese)
    commands = r"(?:make|congto) \w+"
    assert re.findall(commands, code_blocks(english)) == re.findall(
        commands, code_blocks(vietnamese)
    )


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_decisions_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("0*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


PAGES = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_say_what_the_code_says(name):
    assert text(f"docs/reference/{name}") == PAGES[name](), "run `make docs` and look at the change"
