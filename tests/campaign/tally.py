"""The tally of the campaign, a line for each run: what was killed, and what it came to.

number    of the run, from 1
seed      from which every draw of the run follows
kind      of run: `tests.campaign.kinds.KINDS`
kills     by victim: driver, worker, node, head, crawler
faults    by kind: what was damaged, refused or changed beside the kills
starts    of the command, the last one included
result    `same`: the bytes of an undisturbed run; else what was wrong
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

COLUMNS = ("number", "seed", "kind", "kills", "faults", "starts", "result")
SAME = "same"


@dataclass(frozen=True)
class Row:
    """What a run came to."""

    number: int
    seed: str
    kind: str
    kills: Counter[str]
    faults: Counter[str]
    starts: int
    result: str

    def line(self) -> str:
        """Return the row as a line of the file."""
        counts = (" ".join(f"{name}={count}" for name, count in sorted(of.items())) for of in (self.kills, self.faults))
        return "\t".join([str(self.number), self.seed, self.kind, *counts, str(self.starts), self.result]) + "\n"

    @classmethod
    def read(cls, line: str) -> Self:
        """Return the row of a line."""
        number, seed, kind, kills, faults, starts, result = line.rstrip("\n").split("\t")
        return cls(int(number), seed, kind, _counter(kills), _counter(faults), int(starts), result)


def _counter(text: str) -> Counter[str]:
    return Counter({name: int(count) for name, _, count in (part.partition("=") for part in text.split())})


class Tally:
    """The rows of a file, to which each run adds its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Row] = []
        if path.exists():
            self.rows = [Row.read(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]

    @property
    def kills(self) -> int:
        """How many there were in all."""
        return sum(row.kills.total() for row in self.rows)

    def add(self, row: Row) -> None:
        """Write a row down."""
        if not self.rows:
            self.path.write_text("\t".join(COLUMNS) + "\n", encoding="utf-8")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(row.line())
        self.rows.append(row)

    def summary(self) -> str:
        """Return the sums, a line for each kind of run."""
        told = [f"{self.kills:,} kills in {len(self.rows):,} runs"]
        for kind in sorted({row.kind for row in self.rows}):
            rows = [row for row in self.rows if row.kind == kind]
            counts = sum((row.kills + row.faults for row in rows), Counter[str]())
            same = sum(row.result == SAME for row in rows)
            sums = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
            told.append(f"{kind}: {same} of {len(rows)} runs the same bytes; {sums}")
        return "\n".join(told)
