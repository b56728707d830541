"""Licence decisions put before people: a stratified sample as CSV, and what their answers say of each rule.

A stratum is a rule, which is the kind of evidence that decided, with a class of licences. Of each the documents with
the smallest keyed digest of their id are drawn: the same ones however the run was cut, and as good as random.
"""

import csv
import hashlib
import heapq
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from filters.licences.lists import ALLOWED, COLUMNS, DENIED
from filters.licences.sites import site_of
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.precision import wilson
from pipeline.errors import QuestionError
from pipeline.plain import plain_lines
from shards import files

Stratum: TypeAlias = tuple[str, str]  # rule, class of licence

SHOWN = (
    "rule",
    "verdict",
    "stratum_size",
    "fate",
    "id",
    "url",
    "source",
    "title",
    "license",
    "license_url",
    "scope",
    "confidence",
    "evidence",
    "text",
)
ASKED = ("correct", "true_license", "reviewer", "reviewed_on", "comment")
YES, NO, UNSURE = "yes", "no", "unsure"
EXCERPT = 300  # characters of the text that are shown


@dataclass
class Drawn:
    """The documents drawn from a stratum: the digest by which they were, id, fate; and how many there are in it."""

    size: int = 0
    heap: list[tuple[int, str, str]] = field(default_factory=list)  # of negative digests: the greatest goes first


def sample(run: FinishedRun, per_stratum: int, seed: str) -> list[dict[str, Any]]:
    """Return the rows of a sample: all that a person needs, and empty columns for the answers."""
    strata: dict[Stratum, Drawn] = {}
    for stratum, identity, fate in _decisions(run):
        drawn = strata.setdefault(stratum, Drawn())
        drawn.size += 1
        digest = hashlib.blake2b(f"{seed}\x1f{identity}".encode(), digest_size=8).digest()
        heapq.heappush(drawn.heap, (-int.from_bytes(digest), identity, fate))
        if len(drawn.heap) > per_stratum:
            heapq.heappop(drawn.heap)
    chosen = {
        identity: (stratum, drawn.size, fate) for stratum, drawn in strata.items() for _, identity, fate in drawn.heap
    }
    rows = [_row(document, *chosen[document["id"]]) for document in _documents(run, list(chosen))]
    return sorted(rows, key=lambda row: (row["rule"], row["verdict"], row["id"]))


def _decisions(run: FinishedRun) -> Iterator[tuple[Stratum, str, str]]:
    """Yield every decision about a licence, with the document and what became of it."""
    documents = run.stage("documents")
    judges = [stage for stage in run.stages if stage.judges]
    for index, task in enumerate(documents.tasks):
        kept = files.read_table(documents.uri(task.key, "kept"), ["id"])["id"].to_pylist()
        fates: dict[str, str] = {}
        rules: dict[str, tuple[str | None, str]] = {}
        for stage in judges:
            verdicts = files.read_table(stage.uri(stage.tasks[index].key, "verdicts"))
            fates = {
                identity: reason
                for identity, reason in zip(kept, verdicts["rejected_by"].to_pylist(), strict=True)
                if reason
            } | fates
            if stage.name == "rights":
                says = zip(verdicts["rule"].to_pylist(), verdicts["verdict"].to_pylist(), strict=True)
                rules = dict(zip(kept, says, strict=True))
        uri = documents.uri(task.key, "signals")
        names = ["id", "rejected_by", "license.rule", "license.verdict"]
        if not set(names) <= set(files.schema_of(uri).names):
            raise QuestionError(f"{run.output}: the run has no step `license`, so there is nothing to review")
        for batch in files.read_shard(uri, names):
            columns = (batch.column(name).to_pylist() for name in names)
            for identity, reason, rule, verdict in zip(*columns, strict=True):
                raised, verdict = rules.get(identity, (None, verdict))
                if rule is not None or raised is not None:
                    name = " + ".join(filter(None, (rule, raised)))
                    yield (name, verdict), identity, reason or fates.get(identity) or "kept"


def _documents(run: FinishedRun, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    documents = run.stage("documents")
    rights = next((stage for stage in run.stages if stage.name == "rights"), None)
    ids = pa.array(wanted, pa.string())
    for index, task in enumerate(documents.tasks):
        for role in ("kept", "rejected"):
            table = files.read_table(documents.uri(task.key, role))
            here = pc.is_in(table["id"], ids)
            pages = table.filter(here).to_pylist()
            if role == "kept" and rights is not None:
                verdicts = files.read_table(rights.uri(rights.tasks[index].key, "verdicts")).filter(here).to_pylist()
                pages = [
                    row | {name: verdict[name] for name in verdict if name in row}
                    for row, verdict in zip(pages, verdicts, strict=True)
                ]
            yield from pages


def _row(document: Mapping[str, Any], stratum: Stratum, size: int, fate: str) -> dict[str, Any]:
    evidence = [f"{e['kind']} [{e['where']}, {e['subject']}] {e['value']}" for e in document["evidence"] or ()]
    rule, verdict = stratum
    shown = {name: document[name] for name in ("id", "url", "source", "title", "license", "license_url")}
    return {
        **shown,
        "rule": rule,
        "verdict": verdict,
        "stratum_size": size,
        "fate": fate,
        "scope": document["license_scope"],
        "confidence": None if document["license_confidence"] is None else f"{document['license_confidence']:.2f}",
        "evidence": "\n".join(evidence),
        "text": " ".join(document["text"].split())[:EXCERPT],
    }


def as_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the rows as CSV that spreadsheets open; what a page wrote is never a formula there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*SHOWN, *ASKED], restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        cells = {name: "" if value is None else str(value) for name, value in row.items()}
        writer.writerow({name: _no_formula(plain_lines(value)) for name, value in cells.items()})
    return ("\ufeff" + text.getvalue()).encode()


def _no_formula(value: str) -> str:
    """Return a cell that no spreadsheet calculates: one that would be a formula, spaces before it or not, is quoted."""
    return f"'{value}" if value.lstrip()[:1] in tuple("=+-@＝＋－＠") or value[:1] == "\t" else value


def answers(path: str) -> list[dict[str, str]]:
    """Return the rows of a sample that were answered.

    Raises
    ------
    QuestionError
        when the file is not such a sample, naming the line with an answer that is none.
    """
    try:
        text = files.read_bytes(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: {error}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    missing = [
        name
        for name in ("rule", "verdict", "stratum_size", "id", "url", *ASKED)
        if name not in (reader.fieldnames or ())
    ]
    if missing:
        raise QuestionError(f"{path}: no column {', '.join(missing)}; give back the file that review-licenses wrote")
    answered = []
    for row in reader:
        answer = row["correct"].strip().lower()
        if answer not in ("", YES, NO, UNSURE):
            raise QuestionError(f"{path}:{reader.line_num}: correct: {row['correct']!r} is not {YES}, {NO} or {UNSURE}")
        if not row["stratum_size"].isdecimal():
            raise QuestionError(
                f"{path}:{reader.line_num}: stratum_size: {row['stratum_size']!r} is not a whole number"
            )
        if answer:
            answered.append(row | {"correct": answer})
    return answered


@dataclass(frozen=True)
class Precision:
    """How often a rule was right, with its 95 % interval; who is unsure counts as neither."""

    rule: str
    verdict: str
    size: int
    right: int
    wrong: int
    unsure: int

    @property
    def value(self) -> float | None:
        """The share of right ones among the decided."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson interval."""
        return wilson(self.right, self.right + self.wrong)


def precisions(answered: Iterable[Mapping[str, str]]) -> list[Precision]:
    """Return the measured precision of every stratum that has an answer."""
    counts: dict[tuple[str, str, int], Counter[str]] = {}
    for row in answered:
        key = row["rule"], row["verdict"], int(row["stratum_size"])
        counts.setdefault(key, Counter())[row["correct"]] += 1
    return [Precision(*key, count[YES], count[NO], count[UNSURE]) for key, count in sorted(counts.items())]


def host_rows(answered: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return a host list: a host whose every page was right is allowed, one with a wrong page is denied.

    Raises
    ------
    QuestionError
        when an answer has no reviewer or no day: a decision nobody answers for is no evidence.
    """
    by_host: dict[str, list[Mapping[str, str]]] = {}
    for row in answered:
        host = site_of(row["url"])
        if host and row["correct"] != UNSURE and row["verdict"] != "prohibited":
            if not row["reviewer"].strip() or not row["reviewed_on"].strip():
                raise QuestionError(f"answers: {row['id']}: no reviewer or no reviewed_on; a host list requires both")
            by_host.setdefault(host, []).append(row)
    hosts = []
    for host, rows in sorted(by_host.items()):
        wrong = [row for row in rows if row["correct"] == NO]
        pages = ", ".join(sorted(row["id"] for row in wrong or rows))
        values = (
            host,
            DENIED if wrong else ALLOWED,
            f"review of {len(rows)} pages, {len(wrong)} wrong: {pages}",
            ", ".join(sorted({row["reviewer"].strip() for row in rows})),
            max(row["reviewed_on"].strip() for row in rows),
        )
        hosts.append(dict(zip(COLUMNS, values, strict=True)))
    return hosts


def as_tsv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return a host list as a file."""
    lines = ["\t".join(COLUMNS), *("\t".join(row[name] for name in COLUMNS) for row in rows)]
    return ("\n".join(lines) + "\n").encode()
