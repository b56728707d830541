"""Every page of the sample web fares as its truth says: kept or not, why, in which language, under which licence."""

import gzip
from collections import Counter, defaultdict
from typing import Any

import pytest

from filters.gopher_quality import GopherQuality
from pipeline.answers.settings import settings_of
from pipeline.stages.documents import DocumentsStage
from shards import files
from shards.release import manifest, validation
from shards.release.lineage import read_lineage
from shards.schema import PUBLISHED
from tests.runs import SampleWeb, documents

# What may reject a page of each class of truth. Thin pages are lost by extraction or by quality: either is right.
REASONS = {
    "license": ("license.", "rights."),
    "duplicate": ("dedup.",),
    "quality": ("gopher_", "boilerplate.", "language.", "fineweb.", "c4.", "extract.no_main_text"),
    "extract": ("extract.", "boilerplate.shell_characters", "gopher_quality.", "warc.empty", "license."),
    "status": ("warc.status",),
    "truncated": ("warc.truncated",),
    "type": ("warc.not_text", "license.verdict"),
    "language": ("language.", "gopher_quality.stop_words"),
}


@pytest.fixture(scope="module")
def found(whole_run: SampleWeb) -> dict[str, dict[str, Any]]:
    return documents(whole_run.open("whole"))


def reason(document: dict[str, Any]) -> str | None:
    return document["rejected_by"]


def alone(truth: dict[str, Any], group: Counter[str]) -> bool:
    return group[truth["group"]] == 1


@pytest.fixture(scope="module")
def groups(whole_run: SampleWeb) -> Counter[str]:
    return Counter(row["group"] for row in whole_run.truth.values())


def test_no_record_is_lost(whole_run: SampleWeb, found: dict[str, dict[str, Any]]) -> None:
    assert set(whole_run.truth) <= set(found)


def test_a_page_is_kept_or_rejected_for_the_reason_its_truth_names(
    whole_run: SampleWeb, found: dict[str, dict[str, Any]], groups: Counter[str]
) -> None:
    wrong = []
    for record, truth in whole_run.truth.items():
        got = reason(found[record])
        if alone(truth, groups):
            right = got is None if truth["expect"] == "kept" else (got or "").startswith(REASONS[truth["reason_class"]])
            if not right:
                wrong.append((truth["id"], truth["expect"], truth["reason_class"], got))
    assert wrong == []


def test_of_each_group_of_copies_exactly_one_is_kept(
    whole_run: SampleWeb, found: dict[str, dict[str, Any]], groups: Counter[str]
) -> None:
    reasons = defaultdict(list)
    for record, truth in whole_run.truth.items():
        if not alone(truth, groups):
            reasons[truth["group"]].append(reason(found[record]))
    assert len(reasons) >= 5
    for name, members in reasons.items():
        assert members.count(None) == 1, (name, members)
        others = [member for member in members if member is not None]
        # A licence in the footer of one page is not yet a licence of the page.
        assert all(member.startswith(("dedup.", "rights.confidence")) for member in others), (name, members)


def test_a_copy_names_the_document_that_stands_for_it(found: dict[str, dict[str, Any]]) -> None:
    by_id = {document["id"]: document for document in found.values()}
    copies = [d for d in found.values() if (reason(d) or "").startswith("dedup.")]
    assert copies
    for document in copies:
        survivor = by_id[document["dedup"]["duplicate_of"]]
        assert reason(survivor) is None
        assert survivor["dedup"]["duplicates"] > 1
        assert document["dedup"]["similarity"] >= 0.8


def test_language_and_licence_of_kept_pages_are_right(whole_run: SampleWeb, found: dict[str, dict[str, Any]]) -> None:
    kept = {record: truth for record, truth in whole_run.truth.items() if reason(found[record]) is None}
    assert len({truth["language"] for truth in kept.values()}) >= 12
    for record, truth in kept.items():
        assert (found[record]["language"], found[record]["license"]) == (truth["language"], truth["license"]), truth[
            "id"
        ]
        assert found[record]["evidence"], truth["id"]
        assert found[record]["license_confidence"] >= 0.8, truth["id"]


def tokens(text: str) -> Counter[str]:
    """Return the runs of three characters of a text without its spaces: a measure that every script can share."""
    letters = "".join(text.replace("\u200c", "").split())
    return Counter(letters[start : start + 3] for start in range(len(letters) - 2))


def test_the_text_of_kept_pages_is_their_main_text(whole_run: SampleWeb, found: dict[str, dict[str, Any]]) -> None:
    scores = {}
    for record, truth in whole_run.truth.items():
        if reason(found[record]) is None:
            mine, true = tokens(found[record]["text"]), tokens(truth["text"])
            scores[truth["id"]] = 2 * (mine & true).total() / (mine.total() + true.total())
    assert min(scores.values()) > 0.8, sorted(scores.items(), key=lambda item: item[1])[:5]
    assert sum(scores.values()) / len(scores) > 0.95


def test_every_row_is_in_the_receipts(whole_run: SampleWeb, found: dict[str, dict[str, Any]]) -> None:
    stages = {stage.name: stage for stage in whole_run.open("whole").stages}
    for stage in stages.values():
        for receipt in stage.receipts.values():
            assert receipt.rows == receipt.kept_rows + receipt.rejected_rows
    assert sum(receipt.rows for receipt in stages["documents"].receipts.values()) == len(found)
    kept = sum(receipt.kept_rows for receipt in stages["dedup"].receipts.values())
    assert kept == manifest.read(str(whole_run.release("whole"))).rows == sum(reason(d) is None for d in found.values())


def test_the_checksums_of_receipts_are_those_of_the_files(whole_run: SampleWeb) -> None:
    for stage in whole_run.open("whole").stages:
        for receipt in stage.receipts.values():
            for file in receipt.files.values():
                assert files.sha256(files.join(stage.folder, file.path)) == file.sha256


def test_signals_are_kept_for_every_document_that_was_measured(whole_run: SampleWeb) -> None:
    run = whole_run.open("whole")
    stage, settings = run.stage("documents"), settings_of(run).flat_stages()[0]
    assert isinstance(settings, DocumentsStage)

    def least(row: dict[str, Any]) -> float:
        chain = settings.filters_for(row["language.label"])
        return next(filter.words.min or 0 for filter in chain if isinstance(filter, GopherQuality))

    rows = [row for task in stage.tasks for row in files.read_table(stage.uri(task.key, "signals")).to_pylist()]
    by_reason = defaultdict(list)
    for row in rows:
        by_reason[row["rejected_by"]].append(row)
    assert all(row["gopher_quality.words"] >= least(row) for row in by_reason[None])
    assert all(row["gopher_quality.words"] < least(row) for row in by_reason["gopher_quality.words"])
    assert all(row["gopher_quality.words"] is None for row in by_reason["license.verdict"])


def test_the_release_is_as_its_manifest_says_and_loads(whole_run: SampleWeb) -> None:
    release = str(whole_run.release("whole"))
    assert list(validation.problems(release)) == []
    assert list(validation.loading_problems(release, manifest.read(release).shards)) == []


def test_the_manifest_is_small_and_has_the_lineage_beside_it(whole_run: SampleWeb) -> None:
    release = whole_run.release("whole")
    assert (release / "manifest.json").stat().st_size < 30_000
    lineage = manifest.read(str(release)).lineage
    stages = read_lineage(str(release), lineage)["stages"]
    assert len(stages[0]["settings"]["languages"]) > 100
    packed = gzip.decompress((release / lineage.path).read_bytes())
    assert len(packed) < 400_000, "what languages have in common is written once (1.28 MB otherwise)"


def test_no_shard_mixes_languages_or_classes_of_licence(whole_run: SampleWeb) -> None:
    release = str(whole_run.release("whole"))
    shards = manifest.read(release).shards
    assert {shard.license_class for shard in shards} >= {"open", "permissive", "sharealike"}
    for shard in shards:
        table = files.read_table(files.join(release, shard.path))
        assert table.schema == PUBLISHED
        assert set(table["language"].to_pylist()) == {shard.language}
        assert all(
            ("-SA-" in license) == (shard.license_class == "sharealike") for license in table["license"].to_pylist()
        )


def test_a_changed_byte_is_found(whole_run: SampleWeb, tmp_path: Any) -> None:
    import shutil

    release = tmp_path / "release"
    shutil.copytree(whole_run.release("whole"), release)
    shard = next(release.glob("data/*/*.arrow"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(bytes(content))
    next(release.glob("data/tha_Thai/*.arrow")).unlink()
    problems = list(validation.problems(str(release)))
    assert any("SHA-256" in problem for problem in problems)
    assert any("is missing" in problem for problem in problems)
