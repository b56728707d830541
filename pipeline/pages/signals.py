"""Signals on a page: a histogram of each with its bound, folded behind it those of languages, and words as tables."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline.answers.report import Report
from pipeline.answers.signals import SignalReport, WordReport
from pipeline.pages.charts import histogram, small_histogram
from pipeline.pages.html import Html, element, shortened
from pipeline.pages.tables import COUNT, NUMBER, SHARE, Cell, Column, table
from pipeline.pages.words import Words
from pipeline.words import number


def signals(report: Report, words: Words) -> Iterator[Html]:
    """Yield the signals of a report that are numbers, under the names of their steps, and those that are words."""
    if report.about.sampled < report.about.documents:
        counts = {"count": number(report.about.sampled), "of": number(report.about.documents)}
        yield element("p", words("signals.sampled", **counts), class_="faint")
    for step, reports in groupby(report.signals, key=lambda one: one.name.partition(".")[0]):
        yield element("h3", step)
        by_name = [
            (name, list(reports_of_signal)) for name, reports_of_signal in groupby(reports, key=lambda one: one.name)
        ]
        yield element(
            "div", *(_signal(name, reports_of_signal, words) for name, reports_of_signal in by_name), class_="charts"
        )
    if report.words:
        yield element("h3", words("signals.words"))
        yield element("div", *(_word(word, words) for word in report.words), class_="charts")


def _signal(name: str, reports: Sequence[SignalReport], words: Words) -> Html:
    """Return the histogram of a signal, and behind it those of large languages, folded."""
    every, *languages = reports
    heading = element("h4", element("code", name))
    if every.least == every.greatest:
        figures = {"count": number(every.measured), "value": "–" if every.least is None else number(every.least)}
        bound = f" · {words('chart.allowed', bound=str(every.limits))}" if str(every.limits) else ""
        return element("div", heading, element("p", words("signals.one", **figures), bound, class_="faint"))
    drawn = histogram(every.values, words, name, every.limits, every.beyond_share)
    if not languages:
        return element("div", heading, drawn)
    columns = [
        Column("language", words("column.language")),
        Column("drawn", words("column.values")),
        Column("min", words("column.min"), NUMBER),
        Column("max", words("column.max"), NUMBER),
        Column("measured", words("column.documents"), COUNT),
        Column("beyond_share", words("column.beyond"), SHARE),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "language": one.language,
            "drawn": small_histogram(one.values, f"{name}, {one.language}", one.limits),
            "min": one.limits.min,
            "max": one.limits.max,
            "measured": one.measured,
            "beyond_share": one.beyond_share,
        }
        for one in languages
    ]
    by_language = table(columns, rows, words("signals.by_language", name=name), f"signal-{name}")
    summary = element("summary", words("signals.languages"), element("span", f" · {name}", class_="unseen"))
    return element("div", heading, drawn, element("details", summary, by_language))


def _word(word: WordReport, words: Words) -> Html:
    rows: list[dict[str, Cell]] = [
        {"value": shortened(value), "documents": count, "allowed": words(_allowed(word, value))}
        for value, count in word.values.items()
    ]
    columns = [Column("value", words("column.value")), Column("documents", words("column.documents"), COUNT)]
    columns += [Column("allowed", words("column.allowed"))] if word.allowed is not None else []
    return element(
        "div", element("h4", element("code", word.name)), table(columns, rows, word.name, f"word-{word.name}")
    )


def _allowed(word: WordReport, value: str) -> str:
    return "yes" if word.allowed is None or value in word.allowed else "no"
