"""All that is told of a run or of a release: funnel, tables, signals, rights, effort, and a few documents.

    format           1; a change that a reader must know of has another number
    about            what it is: its name and identity, whether it is a trial, documents read and published
    stages           `pipeline.answers.funnel`; near_duplicates: what the search for them met with
    sources, …       `pipeline.answers.breakdown`
    signals, words   `pipeline.answers.signals`; personal_data: what the step `pii` found, by kind
    evidence         `pipeline.answers.evidence`; opt_outs: those of it that reserve rights, or wish something
    slowest          the tasks that took the most CPU; retries, failed: of the last attempt at the run
    documents        a few of each fate and language, by their ids

Signals, personal data and evidence are of `sampled` documents, which are all where there are no more than
`pipeline.answers.signals.MOST`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import JsonValue, ValidationError

from pipeline.answers.breakdown import Breakdown, breakdown, breakdown_of_release
from pipeline.answers.documents import Documents, documents_at
from pipeline.answers.evidence import EvidenceCount, evidence_counts
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.funnel import Likeness, StageFunnel, funnel, funnel_as_json, likeness, trial_of
from pipeline.answers.settings import settings_of
from pipeline.answers.signal_rows import ROLES
from pipeline.answers.signals import (
    MOST,
    Bounds,
    PersonalData,
    SignalReport,
    WordReport,
    bounds_of,
    drawn_tasks,
    measured,
    personal_data,
    signal_reports,
    word_reports,
)
from pipeline.answers.specimens import Few, few_of_each
from pipeline.journal import RunStatus, status_of
from shards import files
from shards.release import manifest
from shards.release.place import MANIFEST, release_at

SLOWEST = 20
SHOWN = 3  # documents of each fate and language


@dataclass(frozen=True)
class About:
    """What a report is about."""

    name: str
    kind: Literal["run", "release"]
    trial: int | None  # documents that were read of each source, at most
    documents: int  # that came in
    published: int
    bytes: int
    characters: int
    languages: int  # of what is published
    sampled: int  # documents whose signals and evidence were read
    # of a release its revision; of a run the folder of its last stage, whose name hashes settings, code and inputs
    identity: str
    overrides: tuple[str, ...] = ()  # what the command line set in the configuration of a run


@dataclass(frozen=True)
class SlowTask:
    """A task that took much."""

    stage: str
    task: str
    rows: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Report:
    """A run or a release, as it is told to people and to programs."""

    about: About
    tables: Breakdown
    stages: tuple[StageFunnel, ...] = ()
    near_duplicates: Likeness | None = None
    signals: tuple[SignalReport, ...] = ()
    words: tuple[WordReport, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    evidence: tuple[EvidenceCount, ...] = ()
    slowest: tuple[SlowTask, ...] = ()
    retries: int = 0
    failed: int = 0
    documents: tuple[Few, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """Return it for programs: no texts, but for titles of what is published."""
        return {
            "format": 1,
            "about": asdict(self.about),
            "stages": funnel_as_json(self.stages),
            "near_duplicates": asdict(self.near_duplicates) if self.near_duplicates else None,
            **self.tables.as_json(),
            "signals": [_signal(one) for one in self.signals],
            "words": [_word(one) for one in self.words],
            "personal_data": [asdict(one) for one in self.personal_data],
            "evidence": [asdict(one) for one in self.evidence if not one.is_opt_out],
            "opt_outs": [asdict(one) for one in self.evidence if one.is_opt_out],
            "slowest": [asdict(one) for one in self.slowest],
            "retries": self.retries,
            "failed": self.failed,
            "documents": [_few(one) for one in self.documents],
        }


def _signal(one: SignalReport) -> dict[str, JsonValue]:
    return {
        "name": one.name,
        "language": one.language,
        "bound": one.bound,
        "min": one.limits.min,
        "max": one.limits.max,
        "measured": one.measured,
        "undefined": one.values.undefined,
        "beyond": one.beyond,
        "beyond_share": one.beyond_share,
        "least": one.least,
        "greatest": one.greatest,
        "edges": list(one.values.edges),
        "counts": list(one.values.counts),
        "outside": list(one.values.outside),
    }


def _word(one: WordReport) -> dict[str, JsonValue]:
    values: list[JsonValue] = [
        {"value": value, "documents": count, "allowed": one.allowed is None or value in one.allowed}
        for value, count in one.values.items()
    ]
    return {"name": one.name, "bound": one.bound, "values": values}


def _few(one: Few) -> dict[str, JsonValue]:
    ids: list[JsonValue] = [specimen.journey.document["id"] for specimen in one.drawn]
    return {"fate": one.fate, "language": one.language, "documents": one.size, "shown": ids}


def report_on(place: str, shown: int = SHOWN) -> Report:
    """Return all that is told of the run in an output folder, or of the release that a path leads to.

    Raises
    ------
    QuestionError
        when there is neither, or the run was made by another version.
    """
    documents = documents_at(place)
    return _of_release(documents, shown) if documents.run is None else _of_run(documents, documents.run, shown)


def _of_run(documents: Documents, run: FinishedRun, shown: int) -> Report:
    settings, stages = settings_of(run), funnel(run.stages)
    sampled, signals, words, personal = _signals(run, bounds_of(settings))
    tables, status = breakdown(run, hosts=True), _status(run)
    return Report(
        _about_run(run, settings.name, tables, sampled),
        tables,
        tuple(stages),
        likeness(run.stages),
        signals,
        words,
        personal,
        tuple(evidence_counts(_sampled_shards(run))),
        tuple(_slowest(run)),
        status.retries if status else 0,
        status.failed if status else 0,
        tuple(few_of_each(documents, settings, shown)) if shown else (),
    )


def _signals(
    run: FinishedRun, bounds: Bounds
) -> tuple[int, tuple[SignalReport, ...], tuple[WordReport, ...], tuple[PersonalData, ...]]:
    """Return what was measured, of how many documents; the values themselves are let go."""
    sample = measured(run)
    signals, words = tuple(signal_reports(sample, bounds)), tuple(word_reports(sample, bounds))
    return sample.sampled, signals, words, tuple(personal_data(sample))


def _of_release(documents: Documents, shown: int) -> Report:
    release = release_at(documents.place)
    described = manifest.read(release)
    tables = breakdown_of_release(release, hosts=True)
    sampled = list(_drawn_shards(described))
    about = _about_release(release, described, tables, sum(shard.rows for shard in sampled))
    return Report(
        about,
        tables,
        evidence=tuple(evidence_counts(files.join(release, shard.path) for shard in sampled)),
        documents=tuple(few_of_each(documents, None, shown)) if shown else (),
    )


def about_place(documents: Documents) -> About:
    """Return what a run or a release is; no signals are read."""
    if documents.run is None:
        release = release_at(documents.place)
        described = manifest.read(release)
        tables = breakdown_of_release(release, hosts=False)
        return _about_release(release, described, tables, 0)
    run = documents.run
    return _about_run(run, settings_of(run).name, breakdown(run, hosts=False), 0)


def _about_run(run: FinishedRun, name: str, tables: Breakdown, sampled: int) -> About:
    rows = sum(receipt.rows for receipt in run.stage("documents").receipts.values())
    last = run.stages[-1].folder.rpartition("/")[2]
    return About(name, "run", trial_of(run), rows, *_sizes(tables), sampled, last, run.overrides)


def _about_release(release: str, described: manifest.Manifest, tables: Breakdown, sampled: int) -> About:
    revision = files.sha256(files.join(release, MANIFEST))
    return About(described.title, "release", described.trial, described.rows, *_sizes(tables), sampled, revision)


def _sizes(tables: Breakdown) -> tuple[int, int, int, int]:
    """Return what is published: documents, bytes, characters, languages."""
    each = tables.languages
    return (
        sum(one.documents for one in each),
        sum(one.bytes for one in each),
        sum(one.characters for one in each),
        len(each),
    )


def _sampled_shards(run: FinishedRun) -> Iterator[str]:
    stage = run.stage("documents")
    for place in drawn_tasks(stage, MOST):
        yield from (stage.uri(stage.tasks[place].key, role) for role in ROLES)


def _drawn_shards(described: manifest.Manifest) -> Iterator[manifest.Shard]:
    """Yield shards of a release with about so many documents, drawn by their digests."""
    rows = 0
    for shard in sorted(described.shards, key=lambda one: one.sha256):
        if rows < MOST:
            yield shard
            rows += shard.rows


def _slowest(run: FinishedRun) -> Sequence[SlowTask]:
    tasks = [
        SlowTask(stage.name, key, one.rows, one.seconds, one.cpu_seconds, one.peak_bytes)
        for stage in run.stages
        for key, one in stage.receipts.items()
    ]
    return sorted(tasks, key=lambda one: (-one.cpu_seconds, one.stage, one.task))[:SLOWEST]


def _status(run: FinishedRun) -> RunStatus | None:
    """Return what the driver last wrote of the run, if it did."""
    path = status_of(run.output)
    try:
        return RunStatus.model_validate_json(files.read_bytes(path)) if files.exists(path) else None
    except ValidationError:
        return None
