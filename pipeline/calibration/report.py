"""The report of a calibration: a page, a plot per signal, and every bound with its numbers as a table."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.answers.precision import Rightness, Share
from pipeline.calibration import plots
from pipeline.calibration.calibrate import Calibrated, ChainOutcome
from pipeline.calibration.write import fitted_with, rows

FEWEST = 5  # documents of a language and kind that get a line of their own


def write_report(calibrated: Calibrated, folder: Path) -> None:
    """Write `README.md`, `bounds.tsv` and the plots into a folder."""
    (folder / "signals").mkdir(parents=True, exist_ok=True)
    for name in calibrated.reference.signals:
        (folder / "signals" / f"{name}.svg").write_text(plots.signal_plot(name, calibrated), encoding="utf-8")
    for kind in dict.fromkeys(one.kind for one in calibrated.outcomes):
        path = folder / _retention(kind)
        path.write_text(plots.retention_plot(calibrated.outcomes, kind), encoding="utf-8")
    table = list(rows(calibrated.fitted))
    with (folder / "bounds.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, [name for name in table[0] if name != "interval"], delimiter="\t", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(table)
    (folder / "README.md").write_text("\n".join(_page(calibrated)) + "\n", encoding="utf-8")


def _page(calibrated: Calibrated) -> Iterator[str]:
    method = calibrated.settings.method
    yield "# Calibration\n"
    yield (
        f"{len(calibrated.fitted)} languages. Each bound keeps {method.retention:.1%} of a mixture in which a"
        f" language's n documents weigh n / (n + {method.k:g}) and its relatives' the rest. All that follows was"
        f" measured on the {calibrated.settings.held_back:.0%} of hosts and articles that nothing was fitted on.\n"
    )
    yield "| | |\n|---|---|"
    for name, value in fitted_with(calibrated).model_dump().items():
        yield f"| {name} | `{value}` |"
    yield "\n## What is kept\n"
    yield from totals(calibrated.outcomes)
    yield ""
    if calibrated.labelled:
        yield "## What people say\n"
        yield from rightness_lines(calibrated.labelled)
        yield ""
    for kind in dict.fromkeys(one.kind for one in calibrated.outcomes):
        yield f"![{kind}: what is kept, by language]({_retention(kind)})\n"
    yield "## By language\n"
    yield from by_language(calibrated.outcomes)
    yield "\n## What became of the bounds\n"
    yield from _decisions(calibrated)
    yield "\n## Signals\n"
    yield (
        f"Each plot has the {plots.ROWS} languages with the most documents; every bound of every language is in"
        " [bounds.tsv](bounds.tsv).\n"
    )
    for name in calibrated.reference.signals:
        yield f"### {name}\n\n![{name}](signals/{name}.svg)\n"


def _retention(kind: str) -> str:
    return f"kept-{kind.replace(', ', '-')}.svg"


def totals(outcomes: tuple[ChainOutcome, ...]) -> Iterator[str]:
    """Yield a table: per kind of text, what each chain keeps of it in all languages together."""
    yield "| held back | documents | published | as it was | calibrated |\n|---|---|---|---|---|"
    for kind in dict.fromkeys(one.kind for one in outcomes):
        here = [one for one in outcomes if one.kind == kind]
        kept, documents = Counter[str](), Counter[str]()
        for one in here:
            kept[one.chain] += one.kept
            documents[one.chain] += one.documents
        shares = " | ".join(f"{kept[chain] / documents[chain]:.1%}" for chain in plots.CHAINS)
        yield f"| {kind} | {documents['calibrated']:,} | {shares} |"


def rightness_lines(found: Iterable[Rightness]) -> Iterator[str]:
    """Yield a table: per chain, how often it is right about labelled documents."""
    yield "| labelled | documents | would drop | precision | 95 % | people drop | recall | 95 % |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in found:
        yield f"| {one.name} | {one.cases:,} | {_share(one.precision)} | {_share(one.recall)} |"


def _share(share: Share) -> str:
    value = "" if share.value is None else f"{share.value:.1%}"
    return f"{share.documents:,} | {value} | {share.low:.1%} to {share.high:.1%}"


def by_language(outcomes: tuple[ChainOutcome, ...]) -> Iterator[str]:
    """Yield a table: per language and kind, what each chain keeps, and what the calibrated one rejects most."""
    yield "| language | held back | documents | published | as it was | calibrated | rejects most |"
    yield "|---|---|---|---|---|---|---|"
    found: dict[tuple[str, str], dict[str, ChainOutcome]] = {}
    for one in outcomes:
        found.setdefault((one.language, one.kind), {})[one.chain] = one
    for (language, kind), chains in sorted(found.items()):
        last = chains["calibrated"]
        if last.documents >= FEWEST:
            shares = " | ".join(f"{chains[chain].kept / last.documents:.0%}" for chain in plots.CHAINS)
            most = ", ".join(f"{reason} {count}" for reason, count in Counter(last.reasons).most_common(2))
            yield f"| {language} | {kind} | {last.documents} | {shares} | {most} |"


def _decisions(calibrated: Calibrated) -> Iterator[str]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in calibrated.fitted:
        for bound in one.bounds:
            counts.setdefault((bound.signal, bound.side), Counter())[bound.decision] += 1
    names = list(dict.fromkeys(name for found in counts.values() for name in sorted(found)))
    yield f"| bound | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for (signal, side), found in counts.items():
        yield f"| {signal} {side} | {' | '.join(str(found[name] or '') for name in names)} |"
