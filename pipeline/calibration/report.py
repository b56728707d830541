"""The report of a calibration: a page, every bound with its numbers as a table, and its sums for the terminal."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.answers.precision import Rightness, Share
from pipeline.calibration.calibrate import CHAINS, Calibrated, ChainOutcome
from pipeline.calibration.page import calibration_page, totals
from pipeline.calibration.write import rows
from pipeline.pages.words import Words

PAGE = "report.html"


def write_report(calibrated: Calibrated, folder: Path, words: Words) -> None:
    """Write `report.html` and `bounds.tsv` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(calibration_page(calibrated, words), encoding="utf-8")
    table = list(rows(calibrated.fitted))
    with (folder / "bounds.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, [name for name in table[0] if name != "interval"], delimiter="\t", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(table)


def total_lines(outcomes: tuple[ChainOutcome, ...]) -> Iterator[str]:
    """Yield a table: per kind of text, what each chain keeps of it in all languages together."""
    yield "| held back | documents | published | as it was | calibrated |\n|---|---|---|---|---|"
    for kind, documents, kept in totals(outcomes):
        shares = " | ".join(f"{kept[chain]:.1%}" for chain in CHAINS)
        yield f"| {kind} | {documents:,} | {shares} |"


def rightness_lines(found: Iterable[Rightness]) -> Iterator[str]:
    """Yield a table: per chain, how often it is right about labelled documents."""
    yield "| labelled | documents | would drop | precision | 95 % | people drop | recall | 95 % |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in found:
        yield f"| {one.name} | {one.cases:,} | {_share(one.precision)} | {_share(one.recall)} |"


def _share(share: Share) -> str:
    value = "" if share.value is None else f"{share.value:.1%}"
    return f"{share.documents:,} | {value} | {share.low:.1%} to {share.high:.1%}"
