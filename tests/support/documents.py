"""The project's Markdown documents: their tables, links and commands."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.support.servers import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "game/*.md", ".github/*.md", "validator/**/*.md")
    for path in ROOT.glob(pattern)
)

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")


class Console(NamedTuple):
    """A command that a document shows after a `$`, and what it prints."""

    command: str
    output: str


def table(document: Path, first_heading: str) -> list[list[str]]:
    """Return the cells of a table, by row; the first heading begins with `first_heading`."""
    _, _, rest = document.read_text().partition(f"\n| {first_heading} ")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("| ").split("| ")] for row in rows]


def names(cell: str) -> list[str]:
    """Return the code spans of a cell, without backticks."""
    return re.findall(r"`([^`]+)`", cell)


def consoles(document: Path) -> list[Console]:
    """Return the commands in the console blocks of a document, with their outputs."""
    blocks = [_unindented(*found) for found in _FENCED.findall(document.read_text())]
    shown = [block for language, block in blocks if language == "console"]
    return [_console(each) for block in shown for each in re.split(r"(?m)^\$ ", block)[1:]]


def links(document: Path) -> list[str]:
    """Return the targets of the links and images in a document."""
    return _LINK.findall(_FENCED.sub("", document.read_text()))


def anchors(document: Path) -> set[str]:
    """Return the fragments of a document's headings, as GitHub makes them."""
    prose = _FENCED.sub("", document.read_text())
    headings = re.findall(r"(?m)^#+ (.+)$", prose)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def _unindented(indent: str, language: str, block: str) -> tuple[str, str]:
    return language, re.sub(f"(?m)^{indent}", "", block)


def _console(text: str) -> Console:
    command = re.match(r"(?:.*\\\n)*.*\n", text)
    assert command, text
    return Console(command[0].strip(), text[command.end() :])
