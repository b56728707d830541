"""The stage `rights`: the last word on a document's licence, with its host's pages, host lists and robots.txt in view.

    host_counts        a task per shard of documents   what the pages of each host say
    robots_snapshots   a task per snapshot             what robots.txt says today
    hosts              a task per partition of hosts   each host judged; what each shard of documents needs to know
    rights             a task per shard of documents   the verdicts

    verdicts/  id, license, license_url, license_scope, license_confidence, evidence, rejected_by, and what they rest
               on: verdict, host, robots, rule; beside the documents, row for row

What a release accepts stands once, in the step `license`; this stage takes it up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyarrow as pa
from pydantic import Field, JsonValue, PrivateAttr, model_validator

from filters.base import Bound, OneOf, Range
from filters.licences.decide import Decision
from filters.licences.hosts import HostVerdict, confirmed
from filters.licences.lists import host_list
from filters.licences.policy import with_entry
from filters.licences.sites import host_of, site_of
from filters.licences.verdicts import verdict_of
from filters.license import License, overrides
from filters.optouts.decide import EvidenceRow, evaluate
from filters.optouts.robots import Robots
from pipeline.stages.base import Outcome, Part, RunState, Stage, Task, Workspace
from pipeline.stages.documents import DocumentsStage
from pipeline.stages.order import check_range
from pipeline.stages.rights.hosts import (
    HostCountsStage,
    HostsFacts,
    HostsStage,
    RightsStage,
    RobotsStage,
    RowRange,
    host_rules,
    host_verdicts,
)
from pipeline.stages.rights.robots import Snapshot, authority_of
from pipeline.stages.verdicts import ShardVerdicts, count_verdicts, shards_with_verdicts, with_verdicts
from shards.schema import DOCUMENT

LICENSE_COLUMNS = ("license", "license_url", "license_scope", "license_confidence", "evidence")
VERDICTS = pa.schema(
    [
        DOCUMENT.field("id"),
        *(DOCUMENT.field(name) for name in LICENSE_COLUMNS),
        pa.field("rejected_by", pa.string()),
        pa.field("verdict", pa.string()),  # the class of the licence; `prohibited` if something is reserved
        pa.field("host", pa.string()),  # by the host lists: unlisted, allowed, licensed, denied
        pa.field("robots", pa.string()),  # by the snapshots: unknown, allowed, denied
        pa.field("rule", pa.string()),  # what raised the confidence here: hosts, host_list; null: the page itself
    ]
)


@dataclass(frozen=True)
class RightsVerdict:
    """The verdict on a document, but for the bound that it breaks: VERDICTS says what each part is."""

    decision: Decision
    evidence: list[EvidenceRow]
    verdict: str
    host: str
    robots: str
    rule: str | None

    @property
    def measured(self) -> dict[str, str | float | None]:
        """What the bounds apply to."""
        confidence = _stored(self.decision.confidence) if self.decision.license else None
        return {"host": self.host, "robots": self.robots, "verdict": self.verdict, "confidence": confidence}

    def row(self, document: str, rejected_by: str | None) -> dict[str, Any]:
        """Return the row of VERDICTS of a document, by its id."""
        license = self.decision.license
        return {
            "id": document,
            "license": license,
            "license_url": self.decision.url,
            "license_scope": self.decision.scope,
            "license_confidence": self.decision.confidence if license else None,
            "evidence": self.evidence,
            "rejected_by": rejected_by,
            "verdict": self.verdict,
            "host": self.host,
            "robots": self.robots,
            "rule": self.rule,
        }


class RightsPlaces(Part):
    """The rows of the stage `hosts` that a shard of documents needs: its task names their digests."""

    hosts: tuple[RowRange, ...]
    rules: tuple[RowRange, ...]


class Rights(RightsStage):
    """Rejects documents whose licence is not certain enough, or whose host denies the use."""

    name: Literal["rights"] = "rights"
    host: OneOf = Field(
        OneOf(values=("unlisted", "allowed", "licensed")),
        description="accepted decisions of host lists; [allowed, licensed] publishes reviewed hosts only",
    )
    robots: OneOf = Field(
        OneOf(values=("unknown", "allowed", "answered")),
        description=(
            "accepted results of robots.txt snapshots; unknown: no snapshot of the host; answered: denied, but a "
            "licence overrides it"
        ),
    )
    confidence: Range = Field(
        Range(min=0.85),
        description=(
            "minimum confidence in the licence, from 0 to 1; a footer alone has at most 0.80, one confirmed by "
            "the host 0.90"
        ),
    )
    host_lists: tuple[Path, ...] = Field(
        (), description="host lists in addition to those of the step `license`; changing them reads no page again"
    )
    robots_snapshots: tuple[Path, ...] = Field(
        (), description="WARC or JSON Lines files with today's robots.txt of the hosts"
    )
    agent: str = Field("", description="the product token whose rules in a snapshot count; empty: those of `*`")

    after: ClassVar[tuple[str, ...]] = ("documents",)
    judges: ClassVar[bool] = True

    _policy: License = PrivateAttr(default_factory=License)  # taken up from the step: written once

    @model_validator(mode="after")
    def _rejects(self) -> Self:
        for name in ("host", "robots", "confidence"):
            if getattr(self, name).action != "reject":
                raise ValueError(f"{name}.action: what has no sure licence is rejected here; allowed: reject")
        check_range("license.confidence", self.confidence, ("confidence",))
        return self

    def expanded(self, before: Sequence[Stage]) -> Sequence[Stage]:
        documents = [stage for stage in before if isinstance(stage, DocumentsStage)]
        steps = [step.name for stage in documents for step in stage.steps]
        license = [step for stage in documents for step in stage.steps if isinstance(step, License)]
        if not license:
            raise ValueError("rights: needs the step `license` in documents, which has the policy of the release")
        chains = [filter.name for stage in documents for chain in stage.languages.values() for filter in chain.filters]
        judged_by = tuple(dict.fromkeys([*steps[steps.index("license") :], *chains]))
        snapshots = [RobotsStage(partitions=self.partitions, snapshots=self.robots_snapshots)]
        ready = self.model_copy()
        ready._policy = license[0]
        return (
            HostCountsStage(partitions=self.partitions, judged_by=judged_by),
            *(snapshots if self.robots_snapshots else []),
            HostsStage(partitions=self.partitions),
            ready,
        )

    def settings(self) -> dict[str, JsonValue]:
        settings = self.model_dump(mode="json", exclude={"robots_snapshots"})
        return {**settings, "policy": self._policy.model_dump(mode="json")}

    def resources(self) -> Sequence[Path]:
        host_list(self._list_paths)  # a broken one is told before any work
        return self._list_paths

    @property
    def _list_paths(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys([*self._policy.host_lists, *self.host_lists]))

    def bounds_for(self, source: str | None, url: str | None) -> dict[str, Bound]:
        """Return the bounds that hold for a document, in the order in which they are applied."""
        verdict = self._policy.terms(source, host_of(url)).verdict
        return {"host": self.host, "robots": self.robots, "verdict": verdict, "confidence": self.confidence}

    def measured(self, verdict: Mapping[str, Any]) -> dict[str, str | float | None]:
        """Return what the bounds apply to, of a row of `verdicts`."""
        return {**{name: verdict[name] for name in ("host", "robots", "verdict")}, "confidence": _confidence(verdict)}

    def tasks(self, state: RunState) -> list[Task]:
        stage = state.finished["hosts"]
        partitions = list(zip(stage.keys, stage.facts(HostsFacts), strict=True))
        tasks = []
        for shard, documents in shards_with_verdicts(state):
            hosts = [(key, rows) for key, facts in partitions if (rows := facts.hosts.get(shard.documents))]
            rules = [(key, rows) for key, facts in partitions if (rows := facts.rules.get(shard.documents))]
            digests = [f"hosts:{rows.digest}" for _, rows in hosts] + [f"rules:{rows.digest}" for _, rows in rules]
            places = RightsPlaces(
                hosts=tuple(rows.written_by(key) for key, rows in hosts),
                rules=tuple(rows.written_by(key) for key, rows in rules),
            )
            tasks.append(Task.of((*shard.reads, *digests), shard, documents, places))
        return tasks

    def process(self, workspace: Workspace) -> Outcome:
        places = workspace.places(RightsPlaces)
        verdicts = host_verdicts(workspace, places.hosts)
        rules = host_rules(workspace, places.rules)
        columns = ["id", "url", "source", *LICENSE_COLUMNS, "language", "text"]
        documents = with_verdicts(workspace, workspace.part(ShardVerdicts), columns)
        rows = documents.drop_columns(["language", "text"]).to_pylist()
        judged = [self._decided(row, verdicts, rules) for row in rows]
        reasons = self._reasons(rows, judged)
        decided = pa.Table.from_pylist(
            [verdict.row(row["id"], reason) for row, verdict, reason in zip(rows, judged, reasons, strict=True)],
            schema=VERDICTS,
        )
        workspace.write("verdicts", decided.to_batches(), VERDICTS)
        return count_verdicts(documents, decided).outcome()

    def _decided(
        self, row: Mapping[str, Any], verdicts: Mapping[str, HostVerdict], rules: Mapping[str, Snapshot]
    ) -> RightsVerdict:
        """Return the verdict on a document."""
        site = site_of(row["url"])
        entry = host_list(self._list_paths).of(site)
        agreed = verdicts.get(site or "") if row["license_scope"] == "site" else None
        stated = _decision(row)
        raised = confirmed(stated, agreed)
        decision = with_entry(raised, entry)
        rule = "host_list" if decision != raised else "hosts" if raised != stated else None
        terms = self._policy.terms(row["source"], host_of(row["url"]))
        answered = overrides(terms, decision)
        says, today = _today(row["url"], rules, self.agent)
        added = [*([_agreement(site, agreed)] if agreed else []), *([entry.evidence_row] if entry else []), *today]
        evidence = list(row["evidence"] or ())
        evidence += [item for item in added if item not in evidence]
        reserved = any(item["subject"] == "reservation" for item in evidence)
        return RightsVerdict(
            decision,
            evidence,
            verdict="prohibited" if reserved and not answered else decision.verdict,
            host=entry.status if entry else "unlisted",
            robots="answered" if says == "denied" and answered else says,
            rule=rule,
        )

    def _reasons(self, rows: Sequence[Mapping[str, Any]], verdicts: Sequence[RightsVerdict]) -> list[str | None]:
        """Return, per document, the first bound that it breaks; null if it breaks none, or was rejected before."""
        alike: dict[OneOf, list[int]] = {}  # documents by the classes of licence that are accepted of them
        for place, row in enumerate(rows):
            if row["rejected_by"] is None:
                terms = self._policy.terms(row["source"], host_of(row["url"]) if self._policy.bounds_vary else None)
                alike.setdefault(terms.verdict, []).append(place)
        reasons: list[str | None] = [None] * len(rows)
        for places in alike.values():
            bounds = self.bounds_for(rows[places[0]]["source"], rows[places[0]]["url"])
            measured = [verdicts[place].measured for place in places]
            for name, bound in reversed(bounds.items()):
                values = [each[name] for each in measured]
                broken = bound.broken(
                    np.array(values, np.float64) if isinstance(bound, Range) else pa.array(values, pa.string())
                )
                for place in np.array(places)[broken].tolist():
                    reasons[place] = f"{self.name}.{name}"
        return reasons


def _confidence(row: Mapping[str, Any]) -> float | None:
    value = row["license_confidence"]
    return None if value is None else _stored(value)


def _stored(confidence: float) -> float:
    return round(confidence, 4)  # a column of it has seven digits


def _decision(row: Mapping[str, Any]) -> Decision:
    """Return what the page's own signals came to."""
    license = row["license"]
    verdict = verdict_of(license) if license else "unknown"
    return Decision(license, row["license_url"], row["license_scope"], _confidence(row) or 0.0, verdict)


def _agreement(site: str | None, verdict: HostVerdict) -> EvidenceRow:
    value = f"{site}: {verdict.license or 'no licence of the whole site'}; {verdict.reason}"
    return {"kind": "host_pages", "value": value, "where": "host", "subject": "site", "digest": None}


def _today(url: str | None, rules: Mapping[str, Snapshot], agent: str) -> tuple[str, list[EvidenceRow]]:
    """Return what the newest robots.txt of a page's host says of access and training, and the lines that say it."""
    snapshot = rules.get(authority_of(url) or "")
    if snapshot is None or url is None:
        return "unknown", []
    preferences = evaluate(url, robots_text=snapshot.text, agent=agent)
    rows = preferences.evidence()
    if preferences.access == "deny" and (rule := Robots(snapshot.text).decide(agent, url).rule):
        where = f"robots.txt:{rule.line}"
        rows.append({"kind": "robots_access", "value": f"Disallow: {rule.pattern}", "where": where})
        rows[-1] |= {"subject": "reservation"}
    day = f" of {snapshot.fetched_at:%Y-%m-%d}" if snapshot.fetched_at else " of a later day"
    rows = [row | {"where": f"{row['where']}{day}", "digest": snapshot.digest} for row in rows]
    return "denied" if preferences.access == "deny" or preferences.train == "n" else "allowed", rows
