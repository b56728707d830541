"""The campaign of kills: runs that are disturbed at random moments, until there are so many kills in all.

    python -m tests.campaign --kills 1000 --seed 1 --folder build/campaign

It goes on from its tally, a committed file. A run whose result differs keeps its folder, and the exit code is 1.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.stages.dedup import rounds
from tests.campaign.autoscaled import Autoscaled
from tests.campaign.corpus import Campaign
from tests.campaign.kinds import Changing, Disturbed, Full, InEachStage, Local, OnNodes, OnRay, can_mount
from tests.campaign.served import Crawling, InBucket
from tests.campaign.submitted import Submitted
from tests.campaign.tally import SAME, Row, Tally

TALLY = Path(__file__).parent / "tally.tsv"
KINDS: tuple[type[Disturbed], ...] = (
    *(Local, OnRay, Local, InBucket),
    *(Local, OnNodes, Changing, Crawling),
    *(Local, OnRay, Local, Full),
    *(Local, InEachStage, Autoscaled, Submitted),
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000, help="how many there are to be in all, with those before")
    parser.add_argument("--seed", default="1", help="from which all draws follow")
    parser.add_argument("--folder", type=Path, default=Path("build/campaign"))
    parser.add_argument("--runs", type=int, help="end after so many, however many kills there are")
    parser.add_argument("--kind", choices=sorted({kind.kind for kind in KINDS}), help="runs of one kind only")
    parser.add_argument("--tally", type=Path, default=TALLY)
    given = parser.parse_args(arguments)
    rounds.AT_ONCE, rounds.PER_TASK = 0, 4  # in every driver forked: few documents go through all stages of dedup
    tally, wrong = Tally(given.tally), 0
    campaign = Campaign(given.folder.absolute())
    before = len(tally.rows)
    while tally.kills < given.kills and len(tally.rows) - before != given.runs:
        number = len(tally.rows) + 1
        kind = next((kind for kind in KINDS if kind.kind == given.kind), KINDS[(number - 1) % len(KINDS)])
        if kind is Full and not can_mount():
            kind = Local
        seed, name = f"{given.seed}/{number}", f"{number:04}-{kind.kind}"
        disturbed = kind(campaign, name, random.Random(seed))
        problem = disturbed.run()
        row = Row(number, seed, kind.kind, +disturbed.kills, +disturbed.faults, disturbed.starts, problem or SAME)
        tally.add(row)
        print(row.line(), end="", flush=True)
        wrong += bool(problem)
        if not problem:
            shutil.rmtree(disturbed.trial.folder, ignore_errors=True)
    print(tally.summary())
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
