"""Two runs or releases beside each other as a page: what moved, and which documents."""

from collections.abc import Iterator
from dataclasses import asdict

from pipeline.answers.against import ABSENT, Against, SignalChange
from pipeline.answers.documents import KEPT
from pipeline.pages.charts import two_histograms
from pipeline.pages.documents import document
from pipeline.pages.frame import Section, page
from pipeline.pages.html import Html, Piece, element, joined
from pipeline.pages.report import fitting, not_for_publication
from pipeline.pages.tables import COUNT, SHARE, Cell, Column, table
from pipeline.pages.words import Words
from pipeline.words import number, share

SIGNALS = 120  # that are drawn, those that moved most
MOVES = 100  # rows of the table


def against_page(changes: Against, words: Words, *, texts: bool) -> str:
    """Return the page; with texts, of rejected documents too, it says that it is not for publication."""
    return fitting(lambda few, characters: _page(changes, words, few, characters, texts=texts), texts=texts)


def _page(changes: Against, words: Words, few: int, characters: int, *, texts: bool) -> str:
    names = (f"{changes.before.name} ({words('against.before')})", f"{changes.after.name} ({words('against.after')})")
    sections = [
        Section("about", words("against.about"), _about(changes, words)),
        Section("reasons-section", words("against.reasons"), _reasons(changes, words)),
        Section("languages-section", words("languages"), _languages(changes, words)),
        Section("signals-section", words("against.signals"), joined(_signals(changes, words, names))),
        Section("moves-section", words("against.moves"), joined(_moves(changes, words, few, characters))),
    ]
    head: list[Piece] = []
    if texts and any(one.shown for one in changes.moves):
        head.append(not_for_publication(words))
    title = f"{changes.before.name} → {changes.after.name} · Yuliao"
    return page(title, words, [one for one in sections if one.content], *head)


def _about(changes: Against, words: Words) -> Html:
    keys = ("documents", "published", "bytes", "characters", "languages")
    before, after = asdict(changes.before), asdict(changes.after)
    rows: list[dict[str, Cell]] = [
        {"what": words(f"about.{key}"), "before": before[key], "after": after[key], "change": after[key] - before[key]}
        for key in keys
    ]
    return table(_columns(words, "what", ""), rows, words("against.about"), "about-both")


def _columns(words: Words, key: str, title: str) -> list[Column]:
    return [
        Column(key, title or words("against.what")),
        Column("before", words("against.before"), COUNT),
        Column("after", words("against.after"), COUNT),
        Column("change", words("against.change"), COUNT),
    ]


def _reasons(changes: Against, words: Words) -> Html:
    rows: list[dict[str, Cell]] = [{**asdict(one), "change": one.after - one.before} for one in changes.reasons]
    return table(_columns(words, "fate", words("column.reason")), rows, words("against.reasons"), "reasons")


def _languages(changes: Against, words: Words) -> Html:
    rows: list[dict[str, Cell]] = [
        {
            "language": one.language,
            "kept_before": one.kept_before,
            "share_before": one.kept_before / one.before if one.before else None,
            "kept_after": one.kept_after,
            "share_after": one.kept_after / one.after if one.after else None,
            "change": one.kept_after - one.kept_before,
        }
        for one in changes.languages
    ]
    columns = [
        Column("language", words("column.language")),
        Column("kept_before", words("against.kept_before"), COUNT),
        Column("share_before", words("column.share"), SHARE),
        Column("kept_after", words("against.kept_after"), COUNT),
        Column("share_after", words("column.share"), SHARE),
        Column("change", words("against.change"), COUNT),
    ]
    return table(columns, rows, words("languages"), "languages")


def _signals(changes: Against, words: Words, names: tuple[str, str]) -> Iterator[Html]:
    if changes.signals:
        yield element("div", *(_signal(one, words, names) for one in changes.signals[:SIGNALS]), class_="charts")


def _signal(one: SignalChange, words: Words, names: tuple[str, str]) -> Html:
    drawn = two_histograms(one.before, one.after, words, one.name, names, (one.limits_before, one.limits_after))
    shares = {"before": share(one.beyond_before) or "–", "after": share(one.beyond_after) or "–"}
    bounded = one.beyond_before is not None or one.beyond_after is not None
    beyond = element("p", words("against.beyond", **shares), class_="faint") if bounded else None
    return element("div", element("h3", element("code", one.name)), drawn, beyond)


def _moves(changes: Against, words: Words, few: int, characters: int) -> Iterator[Html]:
    if changes.compared > 1:
        yield element("p", words("against.compared", count=number(changes.compared)), class_="faint")
    if not changes.moves:
        yield element("p", words("against.none"))
        return
    rows: list[dict[str, Cell]] = [
        {"before": _fate(one.before, words), "after": _fate(one.after, words), "documents": one.documents}
        for one in changes.moves[:MOVES]
    ]
    columns = [
        Column("before", words("against.before")),
        Column("after", words("against.after")),
        Column("documents", words("column.documents"), COUNT),
    ]
    yield table(columns, rows, words("against.moves"), "moves")
    for one in changes.moves if few else ():
        if one.shown:
            title = f"{_fate(one.before, words)} → {_fate(one.after, words)}"
            shown = (document(specimen, words, characters) for specimen in one.shown[:few])
            yield element("details", element("summary", title), *shown)


def _fate(fate: str, words: Words) -> str:
    return words("against.absent") if fate == ABSENT else words("against.kept") if fate == KEPT else fate
