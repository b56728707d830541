"""Samples: those that meet the criteria, the same however the documents lie, and as good as random."""

import random
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.answers.documents import Documents, DocumentShard, documents_at
from pipeline.answers.sample import Criteria, Each, band_of, draw, sample_as_json, specimens
from pipeline.errors import QuestionError
from shards import files
from shards.receipts import counted
from shards.schema import DOCUMENT, batch_of, document_id
from tests.runs import SampleWeb

REASONS = (None, None, "gopher_quality.words", "gopher_quality.stop_words", "license.verdict")
LANGUAGES = ("tha_Thai", "zho_Hans", "arb_Arab", None)
HOSTS = ("a.example", "www.a.example", "deep.a.example", "nota.example", "b.example:8080")
VERDICTS = pa.schema([("id", pa.string()), ("rejected_by", pa.string()), ("license", pa.string())])


def rows(seed: int, count: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        {
            "id": document_id("made", f"{seed} {number}"),
            "text": f"ประเทศไทย {number}",
            "source": chance.choice(["crawl", "books"]),
            "source_id": str(number),
            "url": f"https://{chance.choice(HOSTS)}/{number}" if chance.random() < 0.9 else None,
            "license": chance.choice(["CC-BY-4.0", None]),
            "language": chance.choice(LANGUAGES),
            "domain": chance.choice(["science", "food", None]),
            "quality_score": float(np.float32(chance.random())) if chance.random() < 0.8 else None,
            "rejected_by": chance.choice(REASONS),
        }
        for number in range(count)
    ]


def stored(folder: Path, parts: list[list[dict[str, Any]]]) -> Documents:
    """Write documents as shards, those in the same part in the same one."""
    shards = []
    for number, part in enumerate(parts):
        uri = str(folder / f"{number}.arrow")
        files.write_shard(uri, [batch_of(part, DOCUMENT)], DOCUMENT)
        kept, rejected = counted([row["rejected_by"] for row in part], [row["language"] for row in part])
        shards.append(DocumentShard(uri, {"kept": kept, **rejected}))
    return Documents("made", tuple(shards), None)


def ids(
    documents: Documents, criteria: Criteria, count: int, each: Each = "all", seed: str = ""
) -> dict[str, list[str]]:
    strata = draw(documents, criteria, count, seed, each)
    return {name: [place.id for place in stratum.drawn] for name, stratum in strata.items()}


@pytest.mark.parametrize("seed", range(12))
def test_a_sample_is_the_same_however_the_documents_are_cut_and_ordered(tmp_path: Path, seed: int) -> None:
    chance, everything = random.Random(seed), rows(seed, 60)
    one = stored(tmp_path / "one", [everything])
    parts: list[list[dict[str, Any]]] = [[] for _ in range(chance.randint(2, 9))]
    for row in chance.sample(everything, len(everything)):
        chance.choice(parts).append(row)
    many = stored(tmp_path / "many", parts)
    for each in ("all", "reason", "filter", "language", "source", "host", "license", "domain", "quality"):
        assert ids(one, Criteria(), 3, each) == ids(many, Criteria(), 3, each)
    few, more = ids(one, Criteria(), 5)[""], ids(one, Criteria(), 25)[""]
    assert more[:5] == few, "a smaller sample is the beginning of a larger one"
    assert ids(one, Criteria(), 5, seed="another")[""] != few
    assert sorted(ids(one, Criteria(), 100)[""]) == sorted(row["id"] for row in everything)


CRITERIA = {
    "kept": (Criteria("kept"), lambda row: row["rejected_by"] is None),
    "rejected": (Criteria("rejected"), lambda row: row["rejected_by"] is not None),
    "reason": (Criteria(rejected_by="gopher_quality.words"), lambda row: row["rejected_by"] == "gopher_quality.words"),
    "filter": (Criteria(rejected_by="gopher_quality"), lambda row: (row["rejected_by"] or "").startswith("gopher_q")),
    "language": (Criteria(language="tha_Thai"), lambda row: row["language"] == "tha_Thai"),
    "no language": (Criteria(language="und"), lambda row: row["language"] is None),
    "source": (Criteria(source="books"), lambda row: row["source"] == "books"),
    "host": (Criteria(host="a.example"), lambda row: ".a.example" in (row["url"] or "").replace("//", "//.")),
    "port": (Criteria(host="B.example"), lambda row: "//b.example" in (row["url"] or "")),
    "license": (Criteria(license="CC-BY-4.0"), lambda row: row["license"] == "CC-BY-4.0"),
    "domain": (Criteria(domain="food"), lambda row: row["domain"] == "food"),
    "quality": (Criteria(quality=(0.25, 0.5)), lambda row: 0.25 <= (row["quality_score"] or 0) <= 0.5),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_a_sample_has_what_meets_the_criteria_and_nothing_else(tmp_path: Path, name: str) -> None:
    criteria, meets = CRITERIA[name]
    everything = rows(3, 200)
    documents = stored(tmp_path, [everything[:90], everything[90:]])
    wanted = {row["id"] for row in everything if meets(row)}
    assert len(wanted) > 5
    assert set(ids(documents, criteria, 1000)[""]) == wanted
    assert draw(documents, criteria, 3)[""].size == len(wanted)
    assert set(ids(documents, criteria, 3)[""]) <= wanted


def test_a_stage_and_a_flag_are_asked_for_by_their_names(whole_run: SampleWeb) -> None:
    documents = documents_at(str(whole_run.folder / "whole"))
    for stage, reasons in documents.reasons.items():
        if rejected := sum(documents.fates().get(reason, Counter[str]()).total() for reason in reasons):
            (stratum,) = draw(documents, Criteria(rejected_by=stage), 3).values()
            assert stratum.size == rejected, stage
    assert documents.reasons["documents"]


def test_every_document_has_the_same_chance(tmp_path: Path) -> None:
    documents = stored(tmp_path, [rows(5, 40)])
    drawn = Counter(one for seed in range(300) for one in ids(documents, Criteria(), 10, seed=str(seed))[""])
    assert len(drawn) == 40
    assert all(40 < times < 115 for times in drawn.values()), "75 expected, 7.5 standard deviation"


def test_each_draws_some_of_each(tmp_path: Path) -> None:
    everything = rows(7, 300)
    documents = stored(tmp_path, [everything])
    strata = draw(documents, Criteria(), 4, each="reason")
    assert {name: stratum.size for name, stratum in strata.items()} == Counter(
        row["rejected_by"] or "kept" for row in everything
    )
    assert {len(stratum.drawn) for stratum in strata.values()} == {4}
    assert set(draw(documents, Criteria(), 1, each="filter")) == {"kept", "gopher_quality", "license"}
    assert {"0.1..0.2", "none"} < set(draw(documents, Criteria(), 1, each="quality"))
    assert set(draw(documents, Criteria(), 1, each="host")) == {
        "a.example",
        "deep.a.example",
        "nota.example",
        "b.example",
        "none",
    }


def test_what_the_judges_say_later_counts(tmp_path: Path) -> None:
    everything = [row | {"rejected_by": None} for row in rows(9, 30)]
    files.write_shard(str(tmp_path / "kept.arrow"), [batch_of(everything, DOCUMENT)], DOCUMENT)
    said = [
        {"id": row["id"], "license": "CC0-1.0", "rejected_by": "dedup.near" if place % 3 else None}
        for place, row in enumerate(everything)
    ]
    files.write_shard(str(tmp_path / "verdicts.arrow"), [batch_of(said, VERDICTS)], VERDICTS)
    fates = {"kept": {"und": 10}, "dedup.near": {"und": 20}}
    shard = DocumentShard(str(tmp_path / "kept.arrow"), fates, {"dedup": str(tmp_path / "verdicts.arrow")})
    documents = Documents("made", (shard,), None)
    assert draw(documents, Criteria("kept"), 99)[""].size == 10
    assert draw(documents, Criteria(license="CC0-1.0"), 99)[""].size == 30
    strata = draw(documents, Criteria(rejected_by="dedup"), 2)
    for one in specimens(documents, strata):
        assert (one.journey.rejected_by, one.journey.rejected_in) == ("dedup.near", "dedup")
        assert one.journey.document["license"] == "CC0-1.0"


def test_shards_in_which_it_cannot_be_are_not_read(tmp_path: Path) -> None:
    read = stored(tmp_path, [[rows(1, 1)[0] | {"rejected_by": None, "language": "tha_Thai"}]])
    absent = DocumentShard(str(tmp_path / "absent.arrow"), {"license.verdict": {"und": 3}, "kept": {"zho_Hans": 4}})
    documents = Documents("made", (*read.shards, absent), None)
    assert draw(documents, Criteria("kept", language="tha_Thai"), 1)[""].size == 1


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        (Criteria(rejected_by="gopher_quality.word"), "did you mean gopher_quality.words"),
        (Criteria(rejected_by="licnse"), "did you mean license"),
        (Criteria(language="tha"), "did you mean tha_Thai"),
        (Criteria(source="web"), "there are books, crawl"),
        (Criteria(host="c.example", quality=(0, 1)), "c.example and has a quality from 0 to 1; did you mean b.example"),
        (Criteria(license="MIT"), "no document is under MIT; "),
        (Criteria(quality=(8, 9)), "has a quality from 8 to 9; "),
    ],
)
def test_what_no_document_meets_is_told_with_what_is_near(tmp_path: Path, criteria: Criteria, message: str) -> None:
    documents = stored(tmp_path, [rows(2, 50)])
    object.__setattr__(documents, "run", SimpleNamespace(stages=()))
    with pytest.raises(QuestionError, match=message):
        draw(documents, criteria, 5)


def test_a_run_and_its_release_are_sampled_and_what_decided_is_marked(whole_run: SampleWeb) -> None:
    output = str(whole_run.folder / "whole")
    run, release = documents_at(output), documents_at(f"{output}/release")
    kept = draw(run, Criteria("kept"), 1000)[""]
    assert {place.id for place in kept.drawn} == {place.id for place in draw(release, Criteria(), 1000)[""].drawn}
    published = {
        one.journey.document["id"]: one.journey.document for one in specimens(release, draw(release, Criteria(), 5))
    }
    for one in specimens(run, draw(run, Criteria("kept"), 5)):
        same = published[one.journey.document["id"]]
        assert (one.journey.document["text"], one.journey.document["license"]) == (same["text"], same["license"])
    (repeating,) = specimens(run, draw(run, Criteria(rejected_by="boilerplate.top_word"), 1))
    text = repeating.journey.document["text"]
    line: dict[str, Any] = sample_as_json(repeating)
    (mark,) = line["marks"]
    assert mark["signal"] == line["rejected_by"]
    for start, end in mark["spans"]:
        assert text.count(text[start:end]) > 1
    with pytest.raises(QuestionError, match="ask the run"):
        draw(release, Criteria("rejected"), 1)
    with pytest.raises(QuestionError, match=r"nowhere: no such folder"):
        documents_at(str(whole_run.folder / "nowhere"))


@pytest.mark.parametrize(
    ("words", "band"),
    [
        ("0.2..0.4", (0.2, 0.4)),
        ("..0.1", (float("-inf"), 0.1)),
        ("0.9..", (0.9, float("inf"))),
        ("-1..-0.5", (-1, -0.5)),
    ],
)
def test_a_band_is_two_numbers_with_dots_between(words: str, band: tuple[float, float]) -> None:
    assert band_of(words) == band


@pytest.mark.parametrize("words", ["0.2", "0.4..0.2", "a..b", "0.2-0.4", "nan..1", "0.1..0.2..0.3"])
def test_what_is_no_band_is_told(words: str) -> None:
    with pytest.raises(QuestionError, match="not a range such as"):
        band_of(words)
