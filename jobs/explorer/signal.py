"""The pages of signals: all of them with their bounds; and of one, where its values lie and a bound would cut."""

import json
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from filters.base import Bound, Filter, OneOf, Range
from jobs.explorer.server import Fields, Reply
from jobs.explorer.view import RunView, address, asked, form, hidden, labelled, link, select
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.histograms import Limits, counted, scaled_edges
from pipeline.answers.sample import specimens_at
from pipeline.answers.spread import Spread, places, spread
from pipeline.errors import QuestionError
from pipeline.pages.charts import histogram
from pipeline.pages.frame import Section
from pipeline.pages.html import Html, element, language_tag, shortened
from pipeline.pages.tables import COUNT, Cell, Column, table
from pipeline.words import number
from shards.arrays import Places
from shards.receipts import UNKNOWN_LANGUAGE

NEAR = 10  # documents on either side of a bound
IN_RANGE = 20  # documents of a range that are listed on a page
REMEMBERED = 4  # signals whose values are kept: 12 bytes for each document

Spreads = Callable[[str, str | None], Spread]


def remembering(run: FinishedRun) -> Spreads:
    """Return what gives the values of a signal in a language, and remembers some of what it was asked for."""
    return lru_cache(REMEMBERED)(lambda key, language: spread(run, key, language))


def signals_page(view: RunView, query: Fields) -> Reply:
    """Return the filters with their signals and the bounds that hold where a language has none of its own."""
    words = view.words
    sections = []
    columns = [
        Column("name", words("signal")),
        Column("bound", words("bound")),
        Column("own", words("signals.own"), COUNT),
    ]
    general = view.stage.filters_for(None)
    every = {each.name: each for chain in view.stage.languages.values() for each in chain.filters}
    for filter in [*general, *(every[name] for name in sorted({*every} - {each.name for each in general}))]:
        own = sum(any(each.name == filter.name for each in chain.filters) for chain in view.stage.languages.values())
        rows: list[dict[str, Cell]] = [
            {
                "name": link(f"{filter.name}.{name}", "signal", ("name", f"{filter.name}.{name}")),
                "bound": str(bound),
                "own": own or None,
            }
            for name, bound in filter.bounds().items()
        ]
        sections.append(Section(filter.name, filter.name, table(columns, rows, filter.name)))
    return view.page(words("signals.title"), sections, at="signals")


def signal_page(view: RunView, query: Fields, spreads: Spreads) -> Reply:
    """Return where the values of a signal lie, with its bound, or with one that is tried."""
    words, key, language = view.words, asked(query, "name"), asked(query, "language")
    bound = _bound(view, key, language)
    measured = spreads(key, language or None)
    at = address("signal", [("name", key), ("language", language)])
    if isinstance(bound, OneOf):
        sections = [Section("values", words("signal.values"), _words(view, measured, bound, key, language))]
        return view.page(key, sections, at=at)
    tried = _tried(bound, query)
    sections = [Section("values", words("signal.values"), _histogram(view, measured, tried, query))]
    if asked(query, "from") or asked(query, "to"):
        sections.append(Section("range", words("signal.range"), _in_range(view, measured, query)))
    else:
        sections.append(Section("near", words("signal.near"), _near(view, measured, tried)))
    return view.page(key, sections, element("p", words("signal.bound", bound=str(bound))), at=at)


def assignment_of(view: RunView, query: Fields) -> str:
    """Return the bound that is tried on the page of a signal, as a what-if takes it.

    Raises
    ------
    QuestionError
        for a signal that this run has not, or edges that are no bound.
    """
    key, language = asked(query, "name"), asked(query, "language")
    bound = _bound(view, key, language)
    moved = _tried(bound, query) if isinstance(bound, Range) else bound
    chain = view.stage.languages.get(language)
    own = chain is not None and any(filter.name == key.partition(".")[0] for filter in chain.filters)
    return f"{f'{language}.' if own else ''}{key}={json.dumps(moved.model_dump(mode='json', exclude_defaults=True))}"


def _bound(view: RunView, key: str, language: str) -> Bound:
    if key not in view.stage.signals():
        raise QuestionError(f"{key}: not a signal of this run")
    return _filter(view, key, language).bounds()[key.partition(".")[2]]


def _filter(view: RunView, key: str, language: str) -> Filter:
    """Return the filter that measures a signal in documents of a language; in whatever language if that has none."""
    name = key.partition(".")[0]
    chains = [view.stage.filters_for(language or None), *(each.filters for each in view.stage.languages.values())]
    return next(filter for chain in chains for filter in chain if filter.name == name)


def _tried(bound: Range, query: Fields) -> Range:
    """Return a bound with the edges that are asked for; of a query without any, as it is.

    Raises
    ------
    QuestionError
        for an edge that is no number.
    """
    if "min" not in query and "max" not in query:
        return bound
    try:
        low, high = _numbers(query, "min", "max")
        return Range.model_validate({**bound.model_dump(), "min": low, "max": high})
    except ValueError as error:
        raise QuestionError(f"min {asked(query, 'min')}, max {asked(query, 'max')}: not a bound") from error


def _numbers(query: Fields, *names: str) -> list[float | None]:
    """Return the numbers in fields; None for one that is empty.

    Raises
    ------
    ValueError
        for what is no finite number.
    """
    numbers = [float(text) if (text := asked(query, name)) else None for name in names]
    if not all(one is None or math.isfinite(one) for one in numbers):
        raise ValueError("no number")
    return numbers


def _histogram(view: RunView, measured: Spread, tried: Range, query: Fields) -> Html:
    words = view.words
    limits = Limits(tried.min, tried.max)
    marks = [edge for edge in (tried.min, tried.max) if edge is not None]
    shown = counted(measured.values, scaled_edges(measured.values, marks))
    share = limits.beyond(measured.values) / shown.values if shown.values else None
    chart = histogram(shown, words, measured.key, limits, share) if shown.values else element("p", words("signal.none"))
    others = [tag for tag in view.funnels[0].languages() if tag != UNKNOWN_LANGUAGE] if view.funnels else []
    inputs = [
        labelled(
            words(f"signal.{name}"),
            element(
                "input", type="number", step="any", name=name, value=_written(getattr(tried, name)), data_edge=name
            ),
        )
        for name in ("min", "max")
    ]
    ends = [
        labelled(
            words(f"signal.{name}"),
            element("input", type="number", step="any", name=name, value=asked(query, name), data_end=name),
        )
        for name in ("from", "to")
    ]
    tags = [("", [("", words("any")), *((tag, tag) for tag in others)])]
    look = form(
        "signal",
        hidden("name", measured.key),
        labelled(words("language"), select("language", tags, asked(query, "language"))),
        *inputs,
        *ends,
        submit=words("signal.look"),
        also=element("button", words("signal.what_if"), type="submit", formaction="what-if"),
        data_edges=json.dumps([float(f"{edge:.6g}") for edge in shown.edges]),
        data_counts=json.dumps(list(shown.counts)),
        data_told=words("signal.told", share="{share}"),
    )
    return element("div", chart, element("p", words("signal.brush"), class_="faint", hidden=True, data_brush="1"), look)


def _written(edge: float | None) -> str:
    return "" if edge is None else f"{edge:.10g}"


def _in_range(view: RunView, measured: Spread, query: Fields) -> Html:
    """Return the documents whose values lie in the range that is asked for, a page at a time."""
    words = view.words
    try:
        low, high = _numbers(query, "from", "to")
        first = int(asked(query, "after") or 0)
        if first < 0:
            raise ValueError("no place")
    except ValueError as error:
        given = ", ".join(f"{name} {asked(query, name)}" for name in ("from", "to", "after") if asked(query, name))
        raise QuestionError(f"{given}: not a range") from error
    inside = measured.within(-math.inf if low is None else low, math.inf if high is None else high)
    note = element("p", words("signal.in_range", count=number(len(inside)), all=number(len(measured.values))))
    if first >= len(inside):
        return note
    fields = [(name, asked(query, name)) for name in ("name", "language", "min", "max", "from", "to")]
    left = len(inside) - first - IN_RANGE
    onward = link(words("signal.more", count=number(left)), "signal", *fields, ("after", str(first + IN_RANGE)))
    chosen = _documents(view, measured, inside[first : first + IN_RANGE], "signal.range")
    return element("div", note, chosen, element("p", onward) if left > 0 else None)


def _near(view: RunView, measured: Spread, tried: Range) -> Html:
    """Return the documents on both sides of each edge: reading them tells whether it lies well."""
    parts = []
    for edge in (tried.min, tried.max):
        if edge is not None and len(measured.values):
            below, above = measured.near(float(np.float32(edge)), NEAR)
            title = element("h3", number(edge))
            parts.append(
                element("div", title, _documents(view, measured, np.concatenate([below[::-1], above]), "signal.near"))
            )
    return element("div", *parts) if parts else element("p", view.words("signal.no_edge"), class_="faint")


def _documents(view: RunView, measured: Spread, chosen: Places, title: str) -> Html:
    words = view.words
    where = places(view.run, measured, chosen)
    columns = [
        Column("value", words("value")),
        Column("document", words("document")),
        Column("fate", words("fate")),
        Column("text", words("reading.text")),
    ]
    rows: list[dict[str, Cell]] = []
    specimens = specimens_at(view.documents, [("", place) for place in where], None)
    for value, place, one in zip(measured.values[chosen].tolist(), where, specimens, strict=True):
        document = one.journey.document
        name = shortened(document["title"] or document["url"] or document["id"], 80)
        text = element("p", shortened(document["text"], 160), dir="auto", lang=language_tag(document["language"]))
        rows.append(
            {
                "value": number(float(value)),
                "document": link(element("bdi", name), "document", ("at", f"{place.shard}-{place.row}")),
                "fate": one.journey.rejected_by or words("kept"),
                "text": text,
            }
        )
    return table(columns, rows, words(title))


def _words(view: RunView, measured: Spread, bound: OneOf, key: str, language: str) -> Html:
    words = view.words
    columns = [
        Column("value", words("value")),
        Column("count", words("documents.count"), COUNT),
        Column("passes", words("bound")),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "value": element("bdi", shortened(value)),
            "count": count,
            "passes": words("signal.passes")
            if bound.values is None or value in bound.values
            else words("signal.outside"),
        }
        for value, count in sorted(measured.words.items(), key=lambda item: (-item[1], item[0]))[:200]
    ]
    name = [("name", key), ("language", language)]
    return element(
        "div",
        element("p", words("signal.bound", bound=str(bound))),
        table(columns, rows, key),
        element("p", link(words("signal.what_if"), "what-if", *name)),
    )
