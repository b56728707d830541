"""What a take-down would reach: the documents that are asked for, and their copies, in all runs that are named.

What one run has of a document is looked for in the others as well: a copy that is asked for by its address here is a
copy by its text there. A plan holds addresses and places and changes nothing; `pipeline.takedown.apply` does.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from pydantic import BaseModel

from dedup.containment import Wanted
from pipeline.answers.finished_run import FinishedRun
from pipeline.errors import QuestionError
from pipeline.takedown.archives import read_from, spans
from pipeline.takedown.beside import left_over, needles_of, telling
from pipeline.takedown.copies import Copy, copy_at, exports_in
from pipeline.takedown.finding import Hit, Selector, asked, near, of_clusters, texts_of, unknown

Scope: TypeAlias = Literal["record", "supplier", "content"]
Basis: TypeAlias = Literal["copyright", "opt-out", "personal-data", "supplier", "court"]


class Archive(BaseModel, frozen=True, extra="forbid"):
    """A WARC file that is written again without some of its records."""

    path: str
    records: tuple[tuple[int, int], ...]  # where each lies, or the member that has it, and how long that is
    ids: tuple[str, ...] = ()  # of the documents' records, by which they are known in a member of several


class Reach(BaseModel, frozen=True, extra="forbid"):
    """What a take-down reaches in one run."""

    run: str
    hits: tuple[Hit, ...]
    archives: tuple[Archive, ...] = ()
    removed: tuple[str, ...] = ()  # files of the output folder that tell of them, and what earlier runs have left
    inputs: tuple[str, ...] = ()  # files that the documents were read from, and that are left as they are

    @property
    def ids(self) -> frozenset[str]:
        """The documents of this run that are taken down."""
        return frozenset(hit.id for hit in self.hits)


class Takedown(BaseModel, frozen=True, extra="forbid"):
    """A plan: nothing is done yet."""

    format: Literal[2] = 2
    selector: Selector
    scope: Scope
    basis: Basis
    runs: tuple[Reach, ...]
    copies: tuple[Copy, ...] = ()
    unknown: tuple[str, ...] = ()  # what is asked for and in none of the runs, with what is near it

    @property
    def ids(self) -> frozenset[str]:
        """The documents that are taken down."""
        return frozenset[str]().union(*(reach.ids for reach in self.runs))

    @property
    def addresses(self) -> list[str]:
        """Their addresses."""
        return sorted({hit.address for reach in self.runs for hit in reach.hits if hit.address})


def planned(
    runs: Sequence[FinishedRun],
    selector: Selector,
    scope: Scope,
    basis: Basis,
    copies: Iterable[str] = (),
    *,
    inputs: bool = False,
) -> Takedown:
    """Return what a take-down of these runs, and of exports and copies of their releases, would reach.

    With `inputs`, WARC files outside the output folders are reached as well.

    Raises
    ------
    QuestionError
        if nothing of the runs is asked for, if a run has no release, or if a copy is of none of them.
    """
    if selector == Selector():
        raise QuestionError("nothing is asked for: name an address, a host, a document, a supplier, a text or hashes")
    selected = [{hit.id: hit for hit in asked(run, selector)} for run in runs]
    missed = tuple(unknown(runs, selector, frozenset(name for hits in selected for name in hits)))
    named = ", ".join(run.output for run in runs)
    if not any(selected) and not selector.texts and not selector.hashes.texts:
        these = "this run" if len(runs) == 1 else "these runs"
        raise QuestionError(f"{named}: no document of {these} is asked for\n" + "\n".join(missed))
    texts = [text for run, hits in zip(runs, selected, strict=True) for text in texts_of(run, frozenset(hits))]
    if scope == "content":
        wanted = Wanted([*Wanted.of([*selector.texts, *texts]).sets, *selector.hashes.texts])
        for run, hits in zip(runs, selected, strict=True):
            hits |= {hit.id: hit for hit in near(run, wanted, hits)}
            hits |= {hit.id: hit for hit in of_clusters(run, hits)}
    ids = frozenset(name for hits in selected for name in hits)
    for run, hits in zip(runs, selected, strict=True):  # the same document, found in another run
        same = asked(run, Selector(documents=tuple(ids - hits.keys())))
        hits |= {hit.id: hit.model_copy(update={"why": "cluster"}) for hit in same}
    folders = dict.fromkeys([*copies, *(folder for run in runs for folder in exports_in(run))])
    reached = [_reach(run, hits, list(folders), inputs) for run, hits in zip(runs, selected, strict=True)]
    return Takedown(
        selector=selector,
        scope=scope,
        basis=basis,
        runs=tuple(reached),
        copies=tuple(copy_at(folder, list(runs)) for folder in folders),
        unknown=missed,
    )


def _reach(run: FinishedRun, hits: dict[str, Hit], copies: Sequence[str], everywhere: bool) -> Reach:
    run.stage("publish")
    ids = frozenset(hits)
    archives, inputs = [], []
    for uri, read in sorted(read_from(run, ids).items()):
        if places := spans(uri, read, run.output, everywhere=everywhere):
            archives.append(Archive(path=uri, records=tuple(places), ids=tuple(sorted(read.ids))))
        else:
            inputs.append(uri)
    addresses = [hit.address for hit in hits.values() if hit.address]
    needles = needles_of(sorted(ids), addresses, texts_of(run, ids))
    return Reach(
        run=run.output,
        hits=tuple(hits[name] for name in sorted(hits)),
        archives=tuple(archives),
        removed=(*telling(run, needles, copies), *left_over(run)),
        inputs=tuple(inputs),
    )


NAMED = 5  # files that a summary names


def summary(plan: Takedown) -> str:
    """Return in words what a plan reaches."""
    missed = [f"not in these runs: {what}" for what in plan.unknown]
    return "\n".join([*missed, *(line for reach in plan.runs for line in _of_run(reach)), *_outside(plan)])


def _of_run(reach: Reach) -> list[str]:
    why, roles = Counter(hit.why for hit in reach.hits), Counter(hit.role for hit in reach.hits)
    duplicates = f"{why['near']} near duplicates, {why['cluster']} others of their clusters"
    lines = [
        f"{reach.run}: {why['asked']} selected, {duplicates}; {roles['kept']} kept, {roles['rejected']} rejected",
        "  to erase: their rows in every file of the stages, their hashes in the index, and "
        f"{sum(len(archive.records) for archive in reach.archives)} records in {len(reach.archives)} WARC files",
    ]
    if reach.removed:
        lines.append(f"  to delete: {len(reach.removed)} files or folders beside the run ({_listed(reach.removed)})")
    if reach.inputs:
        names = tuple(uri.rpartition("/")[2] for uri in reach.inputs)
        lines.append(
            f"  not erased: {len(reach.inputs)} input files that contain them ({_listed(names)}). Later runs reject "
            "these documents; replace or delete the files if you may not keep them"
        )
    return lines


def _outside(plan: Takedown) -> list[str]:
    copies = _listed(tuple(copy.folder for copy in plan.copies)) or "none"
    return [f"exports and copies of a release to rewrite: {copies}. Send the tombstones to those who have others"]


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])
