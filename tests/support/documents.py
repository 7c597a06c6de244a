"""The project's Markdown documents: their tables, links and commands."""

import re
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from tests.support.servers import ROOT

README = ROOT / "README.md"
DOCS = ROOT / "docs"
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "game/*.md", ".github/*.md", "validator/**/*.md")
    for path in ROOT.glob(pattern)
)

_FENCED = re.compile(r"(?ms)^( *)```\w*\n.*?^\1```$")
# A command, whose lines but the last end in a backslash, and the lines up to the next command.
_TYPED = re.compile(r"(?m)^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)")
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
    blocks = re.findall(r"(?ms)^ *```console\n(.*?)^ *```$", document.read_text())
    shown = [each for block in blocks for each in _TYPED.findall(dedent(block))]
    return [Console(command.strip(), output) for command, output in shown]


def links(document: Path) -> list[str]:
    """Return the targets of the links and images in a document."""
    return _LINK.findall(_FENCED.sub("", document.read_text()))


def anchors(document: Path) -> set[str]:
    """Return the fragments of a document's headings, as GitHub makes them."""
    prose = _FENCED.sub("", document.read_text())
    headings = re.findall(r"(?m)^#+ (.+)$", prose)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
