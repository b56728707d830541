"""The release: Arrow shards per language, a manifest of every one, and a card that `datasets.load_dataset` reads.

release/    what `shards.release.layout` lists: documents (`PUBLISHED`), attributions, copies, card, lineage, manifest
flagged/    zho_Hans/permissive-00000.arrow: documents (`DOCUMENT`) that a filter has flagged, kept beside the release

`release` in the output folder leads to the newest release: see `shards.release.place`.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, TypeAdapter

from pipeline.errors import ConfigError, SettingError, ShardError
from pipeline.stages.base import Facts, FinishedStage, Lineage, Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.copy_tables import TablePart, tables_of_copies, write_table
from pipeline.stages.gather import GatherStage
from pipeline.stages.gathered import Piece, Run, pieces_by_partition, runs_of_shards
from pipeline.stages.ids import IdsStage, RepeatedIdsStage, UniqueStage
from pipeline.stages.made_from import authorisations_in, check_authorised, trial_in
from pipeline.stages.making import making_of
from pipeline.stages.partitions import CountedFacts, license_classes
from pipeline.stages.scores import Scores, about_evaluation_sets, about_quality, count_scores
from pipeline.words import meant
from shards import files
from shards.receipts import Receipt, ShardFile
from shards.release import attribution, card, layout, manifest
from shards.release.about import About
from shards.release.lineage import remove_others, write_lineage
from shards.release.place import FOLDER, NAME, ReleaseError, lead_to
from shards.release.splits import TRAIN, Split
from shards.schema import DOCUMENT, PUBLISHED, project, with_columns


class ShardPart(Part):
    """A task that writes documents: a shard of the release, or of what is flagged."""

    writes: Literal["shard", "flagged"]
    path: str  # below the stage's folder
    language: str
    license_class: str
    split: Split
    runs: tuple[Run, ...]

    @property
    def rows(self) -> int:
        """How many documents."""
        return sum(run.length for run in self.runs)


PART: TypeAdapter[ShardPart | TablePart] = TypeAdapter(Annotated[ShardPart | TablePart, Field(discriminator="writes")])


class ShardFacts(Facts):
    """What the manifest says of a shard, beside its file."""

    language: str
    license_class: str
    split: Split
    licenses: dict[str, int]
    characters: int
    text_bytes: int
    sources: tuple[str, ...] = ()
    scores: Scores = Field({})


class Publish(Stage):
    """Writes the documents that all earlier stages kept as a release."""

    name: Literal["publish"] = "publish"
    title: str = Field(min_length=1, pattern=r"\S", description="the title on the dataset card")
    description: str = Field(
        "", description="a description for the dataset card: what the corpus contains, and for whom"
    )
    contact: str = Field(
        "",
        description="address or page for questions and removal requests, on the card; empty: the card names none",
    )
    about: About = Field(
        About(), description="what only you can say of the release, for its datasheet and Croissant file"
    )
    release_flagged: tuple[str, ...] = Field(
        (), description="reasons as `filter.signal`; documents that only these have flagged are released"
    )
    unlicensed: bool = Field(
        False,
        description="also publish documents without a known licence; the card, the manifest and the file names say so",
    )
    shard_bytes: int = Field(
        256 << 20,
        ge=1,
        description="approximate bytes of text per shard; larger shards are fewer files and need more memory per task",
    )

    after: ClassVar[tuple[str, ...]] = ("documents",)
    exclusive: ClassVar[bool] = True

    def expanded(self, before: Sequence[Stage]) -> Sequence[Stage]:
        if any(stage.finds_licences for stage in before) and not any(stage.name == "rights" for stage in before):
            raise ValueError("the step `license` needs the stage `rights`, which decides about licences: add it before")
        self._check_licences(before)
        signals = {signal for stage in before for signal in stage.signals()}
        for place, name in enumerate(self.release_flagged):
            if name not in signals:
                sentence = (
                    f"{name!r} is not a signal of a filter in this run{meant(name, signals)} (expected filter.signal)"
                )
                raise SettingError(sentence, "release_flagged", place)
        return (IdsStage(), RepeatedIdsStage(), UniqueStage(), GatherStage(), self)

    def _check_licences(self, before: Sequence[Stage]) -> None:
        """Raise SettingError if documents of which no licence is known would be published, and nobody says so."""
        if self.unlicensed or not before:
            return
        if not any(stage.finds_licences for stage in before):
            why = "no step finds licences: add the step `license` and the stage `rights`"
        elif any(stage.admits_unlicensed for stage in before):
            why = "the step `license` accepts `unknown` or `prohibited`: remove it from `verdict`"
        else:
            return
        raise SettingError(f"documents without a licence would be published, as {why}, or say `unlicensed: true` here")

    def tasks(self, state: RunState) -> list[Task]:
        """Return a task per shard, of runs of rows of one partition; flagged ones for themselves; then the tables."""
        places: dict[_Place, list[Piece]] = {}
        for partition, pieces in sorted(pieces_by_partition(state).items()):
            released = set(partition.flags.split()) <= set(self.release_flagged)
            split = partition.split if released else TRAIN
            place = _Place(released, partition.language, partition.license_class, split)
            places.setdefault(place, []).extend(pieces)
        tasks = []
        for place, pieces in sorted(places.items(), key=lambda item: item[0].path(0)):
            for number, runs in enumerate(runs_of_shards(pieces, self.shard_bytes)):
                part = ShardPart(
                    writes="shard" if place.released else "flagged",
                    path=place.path(number),
                    language=place.language,
                    license_class=place.license_class,
                    split=place.split,
                    runs=tuple(runs),
                )
                tasks.append(Task.of((run.gathered for run in runs), part, part.rows))
        return [*tasks, *tables_of_copies(state)]

    def process(self, workspace: Workspace) -> Outcome:
        part = PART.validate_python(workspace.task.part)
        if isinstance(part, TablePart):
            return write_table(workspace, part)
        return (_release if part.writes == "shard" else _keep_apart)(workspace, part)

    def conclude(self, folder: str, finished: Mapping[str, FinishedStage], lineage: Lineage) -> None:
        release = files.join(folder, NAME)
        made_from = lineage()
        receipts = [finished[self.name].receipts[task.key] for task in finished[self.name].tasks]
        shards = tuple(_shard(receipt) for receipt in receipts if "shard" in receipt.files)
        facts = [ShardFacts.model_validate(receipt.facts) for receipt in receipts if "shard" in receipt.files]
        check_authorised(made_from, {source for each in facts for source in each.sources})
        self._account(release, manifest.rows_in(shards), receipts, finished)
        lineage_file, trial = write_lineage(release, made_from), trial_in(made_from)
        sources = (source for each in facts for source in each.sources)
        making = making_of(finished, sources, lineage_file.path, self.contact)
        about = [*([self.description] if self.description.strip() else []), *card.ABOUT, card.SPLITS]
        about += about_quality((each.language, each.scores) for each in facts)
        about += about_evaluation_sets(each.counted for each in finished["documents"].facts(CountedFacts))
        published = manifest.Manifest(
            title=self.title,
            unlicensed=self.unlicensed,
            contact=self.contact,
            about=self.about,
            trial=trial,
            shards=shards,
            tables=tuple(_rows_file(receipt.files["table"]) for receipt in receipts if "table" in receipt.files),
            stages=tuple(stage.folder.rpartition("/")[2] for stage in finished.values()),
            authorisations=tuple(authorisations_in(made_from)),
            card=manifest.write_card(release, card.render(self.title, shards, about, trial=trial, making=making)),
            lineage=lineage_file,
        )
        manifest.write(release, published)
        remove_others(release, published.lineage)
        try:
            lead_to(release)
        except ReleaseError as error:
            raise ConfigError(f"output: {error}") from error

    def _account(
        self, release: str, published: int, receipts: Sequence[Receipt], finished: Mapping[str, FinishedStage]
    ) -> None:
        """Raise ShardError unless every document that was kept is published or flagged."""
        last = [stage for name, stage in finished.items() if stage.judges or name == "documents"][-1]
        kept = sum(receipt.kept_rows for receipt in last.receipts.values())
        flagged = sum(receipt.rejected_rows for receipt in receipts)
        if published + flagged != kept:
            raise ShardError(
                f"{release}: {published} documents published, {flagged} flagged, {kept} were kept by {last.name}"
            )


def _release(workspace: Workspace, part: ShardPart) -> Outcome:
    licenses: Counter[str] = Counter()
    sources: set[str] = set()
    scores: Scores = {}
    erased: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    path = FOLDER + layout.attribution_path(part.path.removeprefix(FOLDER))
    with attribution.writing(files.join(workspace.folder, path)) as attributions:

        def noting() -> Iterator[pa.RecordBatch]:
            for batch in project(map(_measured, _rows(workspace, part, erased)), PUBLISHED):
                sources.update(batch.column("source").unique().to_pylist())
                licenses.update(batch.column("license").fill_null("").to_pylist())
                count_scores(batch, scores)
                sizes.update({name: pc.sum(batch.column(name)).as_py() or 0 for name in ("characters", "bytes")})
                attributions.add(batch)
                yield batch

        shard = workspace.write("shard", noting(), PUBLISHED, path=part.path)
    _check(part, shard.rows + erased.total())
    workspace.wrote("attribution", path, attributions.rows, attributions.written)
    facts = ShardFacts(
        language=part.language,
        license_class=part.license_class,
        split=part.split,
        licenses=dict(sorted(licenses.items())),
        characters=sizes["characters"],
        text_bytes=sizes["bytes"],
        sources=tuple(sorted(sources)),
        scores=dict(sorted(scores.items())),
    )
    rejected = {reason: {part.language: count} for reason, count in erased.items()}
    return Outcome(rows=part.rows, kept={part.language: shard.rows}, rejected=rejected, facts=facts)


ERASED = "takedown.erased"  # documents that `pipeline.takedown` has left without a text


def _keep_apart(workspace: Workspace, part: ShardPart) -> Outcome:
    """Write what is flagged beside the release; to the release it counts as rejected, by the first flag."""
    flags: Counter[str] = Counter()

    def noting() -> Iterator[pa.RecordBatch]:
        for batch in _rows(workspace, part, flags):
            flags.update(f"flagged:{first}" for first, *_ in batch.column("flagged_by").to_pylist())
            yield batch

    shard = workspace.write("flagged", noting(), DOCUMENT, path=part.path)
    _check(part, shard.rows + flags[ERASED])
    rejected = {reason: {part.language: count} for reason, count in sorted(flags.items()) if count}
    return Outcome(rows=part.rows, rejected=rejected)


def _check(part: ShardPart, rows: int) -> None:
    if rows != part.rows:
        raise ShardError(f"{part.path}: {rows} documents written, {part.rows} were kept for it")


def _measured(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the documents with what is known only of the text as it is published, and of the licence as decided."""
    return with_columns(
        batch,
        {
            "license_class": license_classes(batch["license"]),
            "characters": pc.utf8_length(batch["text"]),
            "bytes": pc.binary_length(batch["text"]),
        },
    )


def _rows(workspace: Workspace, part: ShardPart, erased: Counter[str]) -> Iterator[pa.RecordBatch]:
    """Yield the documents of a shard; those that were taken down since are gone, and counted."""
    for batch in itertools.chain.from_iterable(run.read(workspace) for run in part.runs):
        there = pc.not_equal(batch["text"], "")
        if lost := batch.num_rows - there.true_count:
            erased[ERASED] += lost
            yield batch.filter(there)
        else:
            yield batch


def _shard(receipt: Receipt) -> manifest.Shard:
    facts, file, named = ShardFacts.model_validate(receipt.facts), receipt.files["shard"], receipt.files["attribution"]
    return manifest.Shard(
        **facts.model_dump(exclude={"sources", "scores"}),
        **_rows_file(file).model_dump(),
        attribution=manifest.File(**_rows_file(named).model_dump(exclude={"rows"})),
    )


def _rows_file(file: ShardFile) -> manifest.Rows:
    return manifest.Rows(path=file.path.removeprefix(FOLDER), rows=file.rows, bytes=file.bytes, sha256=file.sha256)


class _Place(NamedTuple):
    """Where documents go: together in shards, as many as their bytes ask for."""

    released: bool
    language: str
    license_class: str
    split: Split

    def path(self, number: int) -> str:
        """Return the path of a shard, below the stage's folder."""
        path = layout.shard_path(self.language, self.license_class, self.split, number)
        return FOLDER + path if self.released else "flagged" + path.removeprefix("data")
