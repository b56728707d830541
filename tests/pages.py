"""Pages of documentation as tests read them: headings, links, and fenced blocks.

The first word behind a fence is the language, as GitHub reads it. `sh` blocks are run in the order of the page, one
command per line. A `text` block shows what the last command before it prints; `…` at the beginning or end of a line
leaves out one stretch of it (times, digests). Marks follow the language:

    sh long     takes more than a minute, or needs what a test does not have: only the options are checked
    sh exit=2   ends with this exit code
    text shape  an outline, which is not compared
    yaml file=NAME, python file=NAME    saved under that name before the commands that follow
"""

import re
import shlex
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.runs import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, what stands behind the fence, and its text."""

    line: int
    language: str
    marks: frozenset[str]
    text: str

    def commands(self) -> list[list[str]]:
        """Return the commands of a block of them, each as its words, without comments."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]

    def value(self, mark: str) -> str | None:
        """Return the value of a mark, or None."""
        return next((each.partition("=")[2] for each in self.marks if each.startswith(f"{mark}=")), None)

    def exit_code(self) -> int:
        """Return the code with which its last command ends."""
        return int(self.value("exit") or 0)


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, those within lists too."""
    opened: tuple[int, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r" *```(.*)", line)
        if fence and opened is None:
            opened, inside = (number, fence[1]), []
        elif fence and opened is not None:
            language, *marks = opened[1].split() or [""]
            indent = min((len(text) - len(text.lstrip()) for text in inside if text.strip()), default=0)
            text = "".join(text[indent:] + "\n" for text in inside)
            yield Block(opened[0], language, frozenset(marks), text)
            opened = None
        else:
            inside.append(line)


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def headings(page: Path) -> list[tuple[int, str]]:
    """Return the level and the words of each heading."""
    return [(len(marks), words) for marks, words in re.findall(r"^(#+) (.+)$", prose(page), re.MULTILINE)]


def anchor_of(words: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    kept = ("L", "M", "N", "Pc")
    return "".join(c for c in words.casefold() if c in " -" or unicodedata.category(c).startswith(kept)).replace(
        " ", "-"
    )


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page."""
    return {anchor_of(words) for _, words in headings(page)}


def sections(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the anchor and the text of each section of the second level."""
    for section in re.split("^## ", prose(page), flags=re.MULTILINE)[1:]:
        words, _, text = section.partition("\n")
        yield anchor_of(words), text


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield what a page links to within the repository: the file, and the anchor or nothing."""
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", prose(page)):
        if not re.match(r"\w+:", target):
            yield (page.parent / target if target else page), anchor
