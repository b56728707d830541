"""The report of a calibration as a page: where signals lie, where bounds cut, and what is kept."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.answers.histograms import ANY, Limits, counted, scaled_edges
from pipeline.answers.precision import Rightness, Share
from pipeline.calibration.calibrate import CHAINS, Calibrated, ChainOutcome
from pipeline.calibration.fit import Fitted, FittedBound
from pipeline.calibration.units import factor
from pipeline.calibration.write import fitted_with
from pipeline.pages.charts import small_histogram, two_histograms
from pipeline.pages.frame import Section, page
from pipeline.pages.html import Html, Piece, definitions, element, joined
from pipeline.pages.report import LARGEST_PAGE
from pipeline.pages.tables import BAR, COUNT, NUMBER, SHARE, TEXT, Cell, Column, Kind, table
from pipeline.pages.words import Words
from pipeline.words import number, share
from shards.arrays import Floats

FEWEST = 5  # documents of a language and kind that get a line of their own
BINS = 16  # of a histogram in a cell
DRAWN = (40, 20, 10, 5, 0)  # languages that are drawn for each signal: the first with which the page is small enough


def calibration_page(calibrated: Calibrated, words: Words) -> str:
    """Return the page of a calibration; every bound of every language is in `bounds.tsv` beside it."""
    for languages in DRAWN:
        made = _page(calibrated, words, languages)
        if len(made.encode()) <= LARGEST_PAGE:
            break
    return made


def _page(calibrated: Calibrated, words: Words, languages: int) -> str:
    outcomes = calibrated.outcomes
    sections = [
        Section("about", words("calibration.about"), _about(calibrated, words)),
        Section("kept", words("calibration.kept"), _totals(outcomes, words)),
        Section("labelled", words("calibration.labelled"), joined(_labelled(calibrated.labelled, words))),
        Section("languages-section", words("calibration.languages"), _languages(outcomes, words)),
        Section("decisions-section", words("calibration.decisions"), _decisions(calibrated.fitted, words)),
        Section("signals-section", words("signals"), joined(_signals(calibrated, words, languages))),
    ]
    title = f"{words('calibration')} · Yuliao"
    return page(title, words, [one for one in sections if one.content])


def _about(calibrated: Calibrated, words: Words) -> Html:
    method = calibrated.settings.method
    figures = {
        "languages": number(len(calibrated.fitted)),
        "retention": share(method.retention),
        "k": number(method.k),
        "held_back": share(calibrated.settings.held_back),
    }
    pairs: list[tuple[Piece, Piece]] = [
        (name, element("code", str(value))) for name, value in fitted_with(calibrated).model_dump().items()
    ]
    return element("div", element("p", words("calibration.method", **figures)), definitions(pairs))


def _chain_columns(words: Words, kind: Kind) -> list[Column]:
    return [Column(chain, words(f"calibration.chain.{chain}"), kind) for chain in CHAINS]


def totals(outcomes: Sequence[ChainOutcome]) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Yield each kind of text, its documents, and the share that each chain keeps of them in all languages together."""
    for kind in dict.fromkeys(one.kind for one in outcomes):
        kept, documents = Counter[str](), Counter[str]()
        for one in outcomes:
            if one.kind == kind:
                kept[one.chain] += one.kept
                documents[one.chain] += one.documents
        yield kind, documents["calibrated"], {chain: kept[chain] / documents[chain] for chain in CHAINS}


def _totals(outcomes: Sequence[ChainOutcome], words: Words) -> Html:
    rows: list[dict[str, Cell]] = [
        {"kind": kind, "documents": documents, **shares} for kind, documents, shares in totals(outcomes)
    ]
    columns = [
        Column("kind", words("calibration.sample")),
        Column("documents", words("column.documents"), COUNT),
        *_chain_columns(words, BAR),
    ]
    return table(columns, rows, words("calibration.kept"), "totals")


def _labelled(found: Sequence[Rightness], words: Words) -> Iterator[Html]:
    if not found:
        return
    sides = ("precision", "recall")
    rows: list[dict[str, Cell]] = [
        {
            "chain": words(f"calibration.chain.{one.name}"),
            "documents": one.cases,
            **{side: getattr(one, side).value for side in sides},
            **{f"{side}_interval": _interval(getattr(one, side)) for side in sides},
        }
        for one in found
    ]
    columns = [Column("chain", words("calibration.chain")), Column("documents", words("column.documents"), COUNT)]
    for side in sides:
        columns += [
            Column(side, words(f"calibration.{side}"), SHARE),
            Column(f"{side}_interval", words("calibration.interval"), TEXT),
        ]
    yield table(columns, rows, words("calibration.labelled"), "rightness")


def _interval(one: Share) -> str:
    return f"{share(one.low)} – {share(one.high)}"


def _languages(outcomes: Sequence[ChainOutcome], words: Words) -> Html:
    found: dict[tuple[str, str], dict[str, ChainOutcome]] = {}
    for one in outcomes:
        found.setdefault((one.language, one.kind), {})[one.chain] = one
    rows: list[dict[str, Cell]] = []
    for (language, kind), chains in sorted(found.items()):
        last = chains["calibrated"]
        if last.documents >= FEWEST:
            most = ", ".join(f"{reason} {number(count)}" for reason, count in Counter(last.reasons).most_common(2))
            shares = {chain: one.kept / one.documents for chain, one in chains.items()}
            rows.append({"language": language, "kind": kind, "documents": last.documents, **shares, "most": most})
    columns = [
        Column("language", words("column.language")),
        Column("kind", words("calibration.sample")),
        Column("documents", words("column.documents"), COUNT),
        *_chain_columns(words, SHARE),
        Column("most", words("column.most")),
    ]
    return table(columns, rows, words("calibration.languages"), "languages")


def _decisions(fitted: Sequence[Fitted], words: Words) -> Html:
    counts = Counter((f"{one.signal} {one.side}", one.decision) for each in fitted for one in each.bounds)
    rows: list[dict[str, Cell]] = [
        {"bound": bound, "decision": decision, "languages": languages}
        for (bound, decision), languages in counts.items()
    ]
    order = list(dict.fromkeys(bound for bound, _ in counts))
    rows.sort(key=lambda row: order.index(str(row["bound"])))
    columns = [
        Column("bound", words("calibration.bound")),
        Column("decision", words("calibration.decision")),
        Column("languages", words("calibration.count"), COUNT),
    ]
    return table(columns, rows, words("calibration.decisions"), "decisions")


def _signals(calibrated: Calibrated, words: Words, languages: int) -> Iterator[Html]:
    reference, web = calibrated.reference.of_each(), calibrated.web.of_each()
    names = (words("calibration.reference"), words("calibration.web"))
    for signal in calibrated.reference.signals:
        every = [each.signals[signal] for each in (calibrated.reference, calibrated.web)]
        if not np.isfinite(every[0]).any():
            continue
        edges = scaled_edges(np.concatenate(every))
        drawn = two_histograms(counted(every[0], edges), counted(every[1], edges), words, signal, names)
        bounds = {one.language: [bound for bound in one.bounds if bound.signal == signal] for one in calibrated.fitted}
        sizes = {tag: int(np.isfinite(reference[tag].signals[signal]).sum()) for tag in bounds if tag in reference}
        chosen = sorted((tag for tag in sizes if sizes[tag]), key=lambda tag: (-sizes[tag], tag))[:languages]
        rows = []
        for tag in chosen:
            unit = factor(signal, calibrated.worth[tag])
            values = [each[tag].signals[signal] * unit if tag in each else np.zeros(0) for each in (reference, web)]
            rows.append(_row(signal, tag, values, bounds[tag], names))
        yield element("h3", element("code", signal))
        yield drawn
        if rows:
            by_language = table(_columns(words, names), rows, words("signals.by_language", name=signal), None)
            summary = element("summary", words("signals.languages"), element("span", f" · {signal}", class_="unseen"))
            yield element("details", summary, by_language)


def _columns(words: Words, names: tuple[str, str]) -> list[Column]:
    return [
        Column("language", words("column.language")),
        Column("documents", words("column.documents"), COUNT),
        Column("reference", names[0]),
        Column("web", names[1]),
        Column("start_min", words("calibration.start_min"), NUMBER),
        Column("min", words("column.min"), NUMBER),
        Column("start_max", words("calibration.start_max"), NUMBER),
        Column("max", words("column.max"), NUMBER),
        Column("kept_reference", words("calibration.kept_reference"), SHARE),
        Column("kept_web", words("calibration.kept_web"), SHARE),
    ]


def _row(
    signal: str, language: str, values: Sequence[Floats], bounds: Sequence[FittedBound], names: tuple[str, str]
) -> dict[str, Cell]:
    """Return the row of a language: both samples in its own measure, with the fitted bound, and what that keeps."""
    sides = {one.side: one for one in bounds}
    limits = Limits(*(sides[side].value if side in sides else None for side in ("min", "max"))) if sides else ANY
    marks = [edge for edge in (limits.min, limits.max) if edge is not None]
    edges = scaled_edges(np.concatenate(list(values)), marks, BINS)
    drawn = [
        small_histogram(counted(each, edges, limits.broken(each)), f"{signal}, {language}, {name}", limits)
        if len(each)
        else None
        for each, name in zip(values, names, strict=True)
    ]
    starts = {f"start_{side}": one.start for side, one in sides.items() if math.isfinite(one.start)}
    kept = {
        f"kept_{sample}": _kept([getattr(one, f"kept_{sample}") for one in bounds]) for sample in ("reference", "web")
    }
    return {
        "language": language,
        "documents": int(np.isfinite(values[0]).sum()),
        "reference": drawn[0],
        "web": drawn[1],
        **starts,
        "min": limits.min,
        "max": limits.max,
        **kept,
    }


def _kept(shares: Sequence[float | None]) -> float | None:
    """Return what the sides of a bound keep together: no value lies beyond both."""
    known = [1 - one for one in shares if one is not None]
    return 1 - sum(known) if known else None
