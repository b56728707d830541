"""The report of a run or a release as a page: every number on it is one of `--json`.

A table that has the name of a list of `--json` has its rows, as far as they are shown, and columns of its keys.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby

from pipeline.answers.breakdown import SourceDocuments, Texts
from pipeline.answers.documents import KEPT
from pipeline.answers.funnel import StageFunnel
from pipeline.answers.report import Report
from pipeline.answers.specimens import Few
from pipeline.pages.documents import document
from pipeline.pages.frame import Section, page
from pipeline.pages.html import EXCERPT, Html, Piece, definitions, element, joined, shortened
from pipeline.pages.signals import signals
from pipeline.pages.tables import BAR, COUNT, MEMORY, MOST, NUMBER, Cell, Column, first_rows, table
from pipeline.pages.words import Words
from pipeline.words import number, share

LARGEST_PAGE = 2_000_000  # bytes
REASONS, LANGUAGES = 12, 8  # of the table of reasons by language
# Documents of each fate and language, and characters of each: the first with which a page is small enough.
EXCERPTS = ((3, EXCERPT), (2, EXCERPT), (2, 700), (1, 700), (1, 300), (0, 0))


def report_page(report: Report, words: Words, *, texts: bool) -> str:
    """Return the page; with texts, of rejected documents too, it says that it is not for publication."""
    return fitting(lambda few, characters: _page(report, words, few, characters, texts=texts), texts=texts)


def fitting(made: Callable[[int, int], str], *, texts: bool) -> str:
    """Return a page with as many documents of each kind, and as many characters of each, as are not too much."""
    for few, characters in EXCERPTS if texts else EXCERPTS[-1:]:
        written = made(few, characters)
        if len(written.encode()) <= LARGEST_PAGE:
            break
    return written


def _page(report: Report, words: Words, few: int, characters: int, *, texts: bool) -> str:
    about = report.about
    sections = [
        Section("about", words(f"about.{about.kind}"), _about(report, words, texts=texts)),
        Section("funnel", words("funnel"), joined(_funnel(report, words))),
        Section("languages-section", words("languages"), joined(_languages(report, words))),
        Section("signals-section", words("signals"), joined(signals(report, words))),
        Section("rights", words("rights"), joined(_rights(report, words))),
        Section("sources-section", words("sources"), joined(_sources(report, words))),
        Section("clusters-section", words("clusters"), joined(_clusters(report, words))),
        Section("personal", words("personal"), joined(_personal(report, words))),
        Section("quality", words("quality"), joined(_quality(report, words))),
        Section("effort", words("effort"), joined(_effort(report, words, texts=texts))),
        Section("documents-section", words("documents"), joined(_documents(report, words, few, characters))),
    ]
    head: list[Piece] = []
    if texts and report.documents and about.kind == "run":
        head.append(not_for_publication(words))
    if about.trial is not None:
        head.append(element("p", words("about.trial", count=number(about.trial)), class_="warning"))
    return page(f"{about.name} · Yuliao", words, [one for one in sections if one.content], *head)


def not_for_publication(words: Words) -> Html:
    """Return the warning of a page with texts of rejected documents."""
    option = element("code", "--no-texts")
    return element("p", words.markup("page.not_for_publication", option=option), class_="warning")


def _about(report: Report, words: Words, *, texts: bool) -> Html:
    about = report.about
    keys = ("documents", "published", "bytes", "characters", "languages", "sampled")
    facts = asdict(about)
    pairs = [
        (words(f"about.{key}"), element("data", number(facts[key]), value=facts[key], data_key=f"about.{key}"))
        for key in keys
    ]
    pairs.append((words(f"about.identity.{about.kind}"), element("code", about.identity)))
    shown = about.overrides if texts else ()  # paths may be among them
    pairs += [(words("about.override"), element("code", shortened(override))) for override in shown]
    return definitions(pairs)


def _funnel(report: Report, words: Words) -> Iterator[Html]:
    judging = [stage for stage in report.stages if stage.rows and (stage.name != "publish" or stage.rejected)]
    if not judging:
        return
    rows: list[dict[str, Cell]] = [
        {"stage": s.name, "tasks": s.tasks, "rows": s.rows, "kept_rows": s.kept_rows, "share": s.kept_rows / s.rows}
        for s in judging
    ]
    columns = [
        Column("stage", words("column.stage")),
        Column("tasks", words("column.tasks"), COUNT),
        Column("rows", words("column.in"), COUNT),
        Column("kept_rows", words("column.kept"), COUNT),
        Column("share", words("column.share"), BAR),
    ]
    yield table(columns, rows, words("funnel"), "funnel-stages")
    for stage in judging:
        yield element("h3", words("funnel.stage", stage=stage.name))
        yield from _reasons(stage, words)


def _reasons(stage: StageFunnel, words: Words) -> Iterator[Html]:
    reasons = [(KEPT, stage.kept_rows), *stage.reasons()]
    rows: list[dict[str, Cell]] = [
        {"reason": reason, "documents": count, "share": count / stage.rows} for reason, count in reasons
    ]
    columns = [
        Column("reason", words("column.reason")),
        Column("documents", words("column.documents"), COUNT),
        Column("share", words("column.share"), BAR),
    ]
    yield from first_rows(columns, rows, words("funnel.stage", stage=stage.name), f"reasons-{stage.name}", words)


def _languages(report: Report, words: Words) -> Iterator[Html]:
    first = next((stage for stage in report.stages if stage.name == "documents"), None)
    if first is not None:
        fates = _fates(report.stages)
        rows: list[dict[str, Cell]] = []
        for language in first.languages():
            counts = Counter({fate: by[language] for fate, by in fates.items() if by[language]})
            most = [f"{fate} {number(count)}" for fate, count in counts.most_common() if fate != KEPT][:3]
            row: dict[str, Cell] = {"language": language, "documents": counts.total(), "kept": counts[KEPT]}
            rows.append({**row, "share": counts[KEPT] / max(counts.total(), 1), "most": ", ".join(most)})
        columns = [
            Column("language", words("column.language")),
            Column("documents", words("column.in"), COUNT),
            Column("kept", words("column.kept"), COUNT),
            Column("share", words("column.share"), BAR),
            Column("most", words("column.most")),
        ]
        yield from first_rows(columns, rows, words("languages.fates"), "fates", words, 200)
        yield from _by_reason(fates, first.languages()[:LANGUAGES], words)
    yield from _texts("languages", report.tables.languages, words)


def _fates(stages: Sequence[StageFunnel]) -> dict[str, Counter[str]]:
    """Return what became of the documents in the end, by language: kept, or the reason, of whatever stage."""
    judging = [stage for stage in stages if stage.rows]
    fates = {KEPT: Counter(judging[-1].kept)} if judging else {}
    for stage in judging:
        for reason, languages in stage.rejected.items():
            fates.setdefault(reason, Counter()).update(languages)
    return fates


def _by_reason(fates: Mapping[str, Counter[str]], languages: Sequence[str], words: Words) -> Iterator[Html]:
    reasons = sorted((fate for fate in fates if fate != KEPT), key=lambda fate: (-fates[fate].total(), fate))[:REASONS]
    rows: list[dict[str, Cell]] = [
        {"reason": reason, **{language: fates[reason][language] for language in languages}} for reason in reasons
    ]
    columns = [Column("reason", words("column.reason")), *(Column(tag, tag, COUNT) for tag in languages)]
    if rows:
        yield element("h3", words("languages.reasons"))
        yield table(columns, rows, words("languages.reasons"), "reasons-by-language")


def _texts(key: str, texts: Sequence[Texts], words: Words) -> Iterator[Html]:
    """Yield the table of published documents that a list of `--json` holds."""
    whole = sum(one.documents for one in texts)
    rows: list[dict[str, Cell]] = [
        {
            "name": shortened(one.name),
            "documents": one.documents,
            "share": one.documents / max(whole, 1),
            "bytes": one.bytes,
            "characters": one.characters,
        }
        for one in texts
    ]
    columns = [
        Column("name", words(f"column.{key}")),
        Column("documents", words("column.documents"), COUNT),
        Column("share", words("column.share"), BAR),
        Column("bytes", words("column.bytes"), COUNT),
        Column("characters", words("column.characters"), COUNT),
    ]
    if rows:
        yield element("h3", words(f"published.{key}"))
        yield from first_rows(columns, rows, words(f"published.{key}"), key, words)


def _rights(report: Report, words: Words) -> Iterator[Html]:
    yield from _texts("license_classes", report.tables.license_classes, words)
    yield from _texts("licenses", report.tables.licenses, words)
    columns = [
        Column("kind", words("column.kind")),
        Column("subject", words("column.subject")),
        Column("documents", words("column.documents"), COUNT),
        Column("kept", words("column.kept_first"), COUNT),
    ]
    for key, wanted in (("evidence", False), ("opt_outs", True)):
        rows: list[dict[str, Cell]] = [asdict(one) for one in report.evidence if one.is_opt_out == wanted]
        if rows:
            yield element("h3", words(f"rights.{key}"))
            yield from first_rows(columns, rows, words(f"rights.{key}"), key, words)


def _sources(report: Report, words: Words) -> Iterator[Html]:
    columns = [
        Column("source", words("column.source")),
        Column("rows", words("column.in"), COUNT),
        Column("kept", words("column.kept_first"), COUNT),
        Column("unreadable", words("column.unreadable"), COUNT),
        Column("most", words("column.most")),
    ]
    rows = [_source(source, words) for source in report.tables.sources]
    yield from first_rows(columns, rows, words("sources"), "sources", words, 200)
    yield from _texts("suppliers", report.tables.suppliers, words)
    yield from _texts("hosts", report.tables.hosts, words)
    whole = sum(host.bytes for host in report.tables.hosts)
    if whole:
        top = sum(host.bytes for host in report.tables.hosts[:10]) / whole
        yield element("p", words("hosts.top", share=share(top)))


def _source(source: SourceDocuments, words: Words) -> dict[str, Cell]:
    most = ", ".join(f"{reason} {number(count)}" for reason, count in list(source.rejected.items())[:3])
    counts = {"rows": source.rows, "kept": source.kept, "unreadable": source.unreadable}
    return {"source": source.source, **counts, "most": most if source.rows else words("sources.nothing")}


def _clusters(report: Report, words: Words) -> Iterator[Html]:
    if (alike := report.near_duplicates) is not None:
        numbers = {key: number(value) for key, value in asdict(alike).items()}
        yield element("p", words("clusters.alike", **numbers))
    yield from _texts("copies", report.tables.copies, words)
    rows: list[dict[str, Cell]] = [
        {"id": one.id, "documents": one.documents, "title": shortened(one.title or ""), "url": shortened(one.url or "")}
        for one in report.tables.clusters
    ]
    columns = [
        Column("id", "id"),
        Column("documents", words("column.documents"), COUNT),
        Column("title", words("column.title")),
        Column("url", "URL"),
    ]
    if rows:
        yield element("h3", words("clusters.largest"))
        yield table(columns, rows, words("clusters.largest"), "clusters")


def _personal(report: Report, words: Words) -> Iterator[Html]:
    rows: list[dict[str, Cell]] = [asdict(one) for one in report.personal_data]
    columns = [
        Column("kind", words("column.kind")),
        Column("documents", words("column.documents"), COUNT),
        Column("found", words("column.found"), COUNT),
    ]
    yield from first_rows(columns, rows, words("personal"), "personal_data", words)


def _quality(report: Report, words: Words) -> Iterator[Html]:
    yield from _texts("qualities", report.tables.qualities, words)
    yield from _texts("domains", report.tables.domains, words)


def _effort(report: Report, words: Words, *, texts: bool) -> Iterator[Html]:
    columns = [
        Column("stage", words("column.stage")),
        Column("tasks", words("column.tasks"), COUNT),
        Column("seconds", words("column.seconds"), NUMBER),
        Column("cpu_seconds", words("column.cpu_seconds"), NUMBER),
        Column("peak_bytes", words("column.peak_bytes"), MEMORY),
    ]
    stages: list[dict[str, Cell]] = [
        {
            "stage": s.name,
            "tasks": s.tasks,
            "seconds": s.seconds,
            "cpu_seconds": s.cpu_seconds,
            "peak_bytes": s.peak_bytes,
        }
        for s in report.stages
    ]
    if not stages:
        return
    yield table(columns, stages, words("effort"), "stages")
    counts = {"retries": number(report.retries), "failed": number(report.failed)}
    yield element("p", words("effort.retries", **counts))
    yield element("h3", words("effort.slowest"))
    tasks = [Column("task", words("column.task")), columns[0], Column("rows", words("column.in"), COUNT), *columns[2:]]
    yield table(tasks, [asdict(one) for one in report.slowest], words("effort.slowest"), "slowest")
    unreadable = [why for stage in report.stages for why in stage.unreadable]
    if unreadable:
        yield element("h3", words("effort.unreadable", count=number(len(unreadable))))
        named = [element("li", element("bdi", shortened(why, 400))) for why in unreadable[:MOST] if texts]
        yield element("ul", *named) if named else element("p", words("effort.unnamed"), class_="faint")


def _size(one: Few, few: int, words: Words) -> str:
    shown = number(min(few, len(one.drawn)))
    return words("documents.of", language=one.language, shown=shown, count=number(one.size))


def _documents(report: Report, words: Words, few: int, characters: int) -> Iterator[Html]:
    if few:
        for fate, strata in groupby(report.documents, key=lambda one: one.fate):
            title = words("documents.kept") if fate == KEPT else fate
            parts = [
                element(
                    "div",
                    element("p", _size(one, few, words)),
                    *(document(specimen, words, characters) for specimen in one.drawn[:few]),
                )
                for one in strata
            ]
            yield element("details", element("summary", title), *parts)
