"""What judges leave of the documents: rejected once, by the first; rewritten by the last; out of all that follows."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.answers.finished_run import FinishedRun
from pipeline.stages.base import Task, Workspace
from pipeline.stages.dedup.signatures import SignaturesStage
from pipeline.stages.partitions import KeptFacts, PartitionSize
from pipeline.stages.verdicts import ShardVerdicts, changed, count_verdicts, kept_documents, with_verdicts
from shards import files
from shards.schema import DOCUMENT, batch_of
from shards.spans import REMOVED
from tests.pipeline.stages.corpus import Corpus, prose, rows

LICENSED = ("CC-BY-4.0", "MIT", "CC0-1.0")
TEXT = "The rain falls on the hills and on the rivers that have been with the people for long."
SHARD = ShardVerdicts(documents="d", verdicts={"rights": "v", "safety": "v"})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Three documents with one text, of which `rights` rejects the first and `safety` the first and the second."""
    rows = [{"id": name, "text": TEXT, "language": "eng_Latn", "license": "MIT"} for name in "abc"]
    judges: dict[str, list[dict[str, Any]]] = {
        "rights": [
            {"rejected_by": reason, "license": license}
            for reason, license in zip(("rights.unknown", None, None), LICENSED, strict=True)
        ],
        "safety": [{"rejected_by": reason} for reason in (None, "safety.flagged", None)],
    }
    folders = {name: str(tmp_path / name) for name in ("documents", *judges)}
    files.write_shard(files.join(folders["documents"], "kept", "d.arrow"), [batch_of(rows, DOCUMENT)], DOCUMENT)
    for name, verdicts in judges.items():
        table = pa.Table.from_pylist(verdicts)
        files.write_shard(files.join(folders[name], "verdicts", "v.arrow"), table.to_batches(), table.schema)
    return Workspace("next", Task.of(SHARD.reads, SHARD), str(tmp_path / "next"), folders)


def test_the_first_judge_who_rejects_a_document_is_the_one_who_did(workspace: Workspace) -> None:
    left = with_verdicts(workspace, SHARD, ["id", "license"])
    assert left["rejected_by"].to_pylist() == ["rights.unknown", "safety.flagged", None]
    assert left["license"].to_pylist() == list(LICENSED)


def test_a_column_that_a_judge_rewrote_stands_for_the_documents_own(workspace: Workspace) -> None:
    left = kept_documents(workspace, SHARD)
    assert left["license"].to_pylist() == list(LICENSED[2:])
    assert left["text"].to_pylist() == [TEXT]


def test_what_a_judge_took_out_of_a_text_is_gone_for_all_that_follows(workspace: Workspace) -> None:
    documents = pa.table({"text": ["海內存知己", "abc", None, "one two"], "rejected_by": pa.nulls(4, pa.string())})
    spans = [[(0, 6), (12, 15)], None, None, [(3, 7)]]
    removed = [[{"start": s, "end": e, "documents": 11} for s, e in each] if each else None for each in spans]
    verdicts = pa.table({"removed": pa.array(removed, REMOVED), "rejected_by": pa.nulls(4, pa.string())})
    assert changed(documents, verdicts)["text"].to_pylist() == ["存知", "abc", None, "one"]
    assert changed(documents.slice(1), verdicts.slice(1))["text"].to_pylist() == ["abc", None, "one"]


def test_a_judge_answers_only_for_what_stood_before_it(workspace: Workspace) -> None:
    left = with_verdicts(workspace, SHARD, ["id", "language", "license", "text"])
    verdicts = pa.table({"rejected_by": ["dedup.near", "dedup.near", None]})
    outcome = count_verdicts(left, verdicts).outcome()
    assert (outcome.rows, outcome.kept, outcome.rejected) == (1, {"eng_Latn": 1}, {})
    assert outcome.facts == KeptFacts(partitions=(PartitionSize("eng_Latn", "open", "", "train", 1, len(TEXT)),))


def test_what_is_rejected_already_is_nobodys_duplicate(workspace: Workspace) -> None:
    SignaturesStage().process(workspace)
    signed = files.read_table(files.join(workspace.folder, "signatures", f"{workspace.task.key}.arrow"))
    assert signed["row"].to_pylist() == [2]


STEPS = [{"name": "license"}, {"name": "normalize"}]
MENU = "首页 关于我们 联系方式 网站地图 友情链接\nالرئيسية من نحن اتصل بنا خريطة الموقع روابط صديقة"
NOTE = "Сегодня дождь идёт над рекой и холмами весь день"


def over_all_hosts(corpus: Corpus) -> list[dict[str, Any]]:
    """Write documents that each of three judges would reject, in part the same ones, and return what rejects them."""
    texts = [prose(1), prose(1), prose(2), *(f"{MENU}\n{prose(number)}" for number in range(3, 9)), f"{MENU}\n{NOTE}"]
    for host in ("denied.example", "kept.example"):
        corpus.write(host, *({"text": text, "url": f"https://{host}/{n}"} for n, text in enumerate(texts)))
    decision = "denied.example\tdenied\tletter\tLi\t2026-01-01"
    listed = corpus.folder / "hosts.tsv"
    listed.write_text(f"host\tdecision\tevidence\tdecided_by\tdecided_on\n{decision}\n", encoding="utf-8")
    dedup = {"name": "dedup", "partitions": 2, "index": False, "paragraphs": {"documents": 5}}
    return [{"name": "rights", "partitions": 2, "host_lists": [str(listed)]}, dedup]


def reasons(found: FinishedRun) -> dict[str, dict[str, str]]:
    """Return why each stage that judges has rejected documents, by their addresses."""
    urls = [row["url"] for row in rows(found, "documents", "kept")]
    return {
        stage.name: {
            url: row["rejected_by"]
            for url, row in zip(urls, rows(found, stage.name, "verdicts"), strict=True)
            if row["rejected_by"]
        }
        for stage in found.stages
        if stage.judges
    }


def test_what_one_judge_has_rejected_no_later_one_judges_again(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path, "url")
    judges = over_all_hosts(corpus)
    alone = [reasons(corpus.run(STEPS, judge, output=judge["name"])) for judge in judges]
    for first, second in ((0, 1), (1, 0)):
        found = corpus.run(STEPS, judges[first], judges[second], output=f"{first}-{second}")
        both = reasons(found)
        assert {name: both[name] for name in alone[first]} == alone[first]
        rejected = [url for urls in both.values() for url in urls]
        assert len(rejected) == len(set(rejected)), "a document is rejected once"
        assert sum(stage.receipts[key].rejected_rows for stage in found.stages for key in stage.keys) == len(rejected)
    by_rights, by_dedup = (set().union(*judged.values()) for judged in alone)
    assert by_rights & by_dedup, "else there was nothing to judge again"
    assert {reason for urls in alone for found in urls.values() for reason in found.values()} == {
        "rights.host",
        "dedup.exact",
        "dedup.paragraphs",
    }
