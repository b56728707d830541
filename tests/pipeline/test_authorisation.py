"""Authorisations: a source is used for what its record names, where and as long as it says, and for nothing else."""

import json
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.authorisation import Authorisation, Use
from pipeline.config import load
from pipeline.errors import ConfigError, ShardError
from pipeline.run import Local, Run, run
from shards import files
from tests.runs import Silent

RECORD: dict[str, Any] = {
    "grantor": "某市大数据管理局",
    "operator": "某数据集团",
    "purposes": ["模型训练", "statistics"],
    "regions": ["CN"],
    "valid_from": "2026-01-01",
    "valid_to": "2026-12-31",
    "redistribution": True,
    "record": "授权〔2026〕7号",
}
USE: dict[str, Any] = {"as_of": "2026-06-30", "operator": "某数据集团", "purpose": "模型训练", "region": "CN"}


def refusal(record: dict[str, Any] | None = None, **use: Any) -> str | None:
    return Authorisation.model_validate(RECORD | (record or {})).refusal(Use.model_validate(USE | use))


REFUSED: list[tuple[str | None, dict[str, Any], dict[str, Any]]] = [
    (None, {}, {}),
    (None, {}, {"as_of": "2026-01-01"}),
    (None, {}, {"as_of": "2026-12-31"}),
    ("not_yet_valid", {}, {"as_of": "2025-12-31"}),
    ("expired", {}, {"as_of": "2027-01-01"}),
    ("operator", {}, {"operator": "Another"}),
    ("purpose", {}, {"purpose": "advertising"}),
    ("region", {}, {"region": "EU"}),
    (None, {"regions": ["any"]}, {"region": "EU"}),
    ("redistribution", {"redistribution": False}, {}),
    (None, {"redistribution": False}, {"redistribution": False}),
]


@pytest.mark.parametrize(("why", "record", "use"), REFUSED)
def test_a_use_is_authorised_only_by_what_the_record_names(
    why: str | None, record: dict[str, Any], use: dict[str, Any]
) -> None:
    assert refusal(record, **use) == why


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_it_holds_from_its_first_day_to_its_last(first: date, days: int, day: date) -> None:
    last = first + timedelta(days)
    found = refusal({"valid_from": first, "valid_to": last}, as_of=day)
    assert found == ("not_yet_valid" if day < first else "expired" if day > last else None)


def test_every_part_that_is_not_met_refuses() -> None:
    wrong = {"operator": "x", "purpose": "x", "region": "x"}
    for chosen in product([False, True], repeat=3):
        use: dict[str, Any] = {name: value for (name, value), taken in zip(wrong.items(), chosen, strict=True) if taken}
        assert refusal(**use) == next(iter(use), None)


def configured(folder: Path, record: dict[str, Any] | None, use: dict[str, Any] | None) -> Path:
    for name in ("public", "free"):
        rows = [{"text": f"The weir of {name}, part {number}.", "id": str(number)} for number in range(3)]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    source = {"kind": "jsonl", "license": "CC-BY-4.0", "fields": {"id": "id"}}
    public = {**source, "name": "public", "paths": [str(folder / "public.jsonl")], "authorisation": record}
    free = {**source, "name": "free", "paths": [str(folder / "free.jsonl")]}
    documents = {"name": "documents", "sources": [public, free], "steps": [{"name": "license"}], "use": use}
    stages = [documents, {"name": "rights", "confidence": {"min": 0}}, {"name": "publish", "title": "Weirs"}]
    path = folder / "config.yaml"
    path.write_text(json.dumps({"name": "trial", "output": str(folder / "out"), "stages": stages}), encoding="utf-8")
    return path


def ran(folder: Path, **use: Any) -> tuple[Run, dict[str, Any]]:
    result = run(load(str(configured(folder, RECORD, USE | use))), Local(), Silent())
    assert not result.failures, result.failures
    release = files.join(result.stages[-1].folder, "release", "manifest.json")
    return result, json.loads(files.read_bytes(release))


def test_the_record_travels_with_the_release_and_what_is_not_authorised_is_rejected_with_its_reason(
    tmp_path: Path,
) -> None:
    first, manifest = ran(tmp_path)
    assert sum(shard["rows"] for shard in manifest["shards"]) == 6
    (record,) = manifest["authorisations"]
    assert record == {"source": "public", **RECORD, "use": {**USE, "redistribution": True}}
    again, same = ran(tmp_path, as_of="2026-07-01")  # still valid: nothing is read again
    assert again.stages[0].keys == first.stages[0].keys
    assert [shard["sha256"] for shard in same["shards"]] == [shard["sha256"] for shard in manifest["shards"]]
    later, rest = ran(tmp_path, as_of="2027-01-01")
    assert sum(shard["rows"] for shard in rest["shards"]) == 3
    rejected = {
        reason: sum(counts.values())
        for receipt in later.stages[0].receipts.values()
        for reason, counts in receipt.rejected.items()
    }
    assert rejected == {"authorisation.expired": 3}
    assert set(later.stages[0].keys) & set(first.stages[0].keys), "what is not concerned is not read again"


def test_what_no_authorisation_admits_is_not_published_even_if_it_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.stages.documents._refused", lambda batch, why: batch)  # as if nobody had looked
    with pytest.raises(
        ShardError, match="documents of public were kept, and its authorisation does not admit them: expired"
    ):
        ran(tmp_path, as_of="2027-01-01")
    assert not list(tmp_path.glob("out/*/release/manifest.json"))


def test_a_configuration_with_an_authorisation_says_what_it_is_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="public has an authorisation: say as_of"):
        load(str(configured(tmp_path, RECORD, None)))
    with pytest.raises(ConfigError, match="it was never valid"):
        load(str(configured(tmp_path, RECORD | {"valid_to": "2025-01-01"}, USE)))
    for missing in ("grantor", "operator", "purposes", "regions", "valid_from", "valid_to"):
        with pytest.raises(ConfigError, match=missing):
            load(str(configured(tmp_path, {key: value for key, value in RECORD.items() if key != missing}, USE)))
    load(str(configured(tmp_path, None, None)))
