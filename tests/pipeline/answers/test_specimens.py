"""A few documents of each fate and language: in which order, of which shards, and the same however they lie."""

from pathlib import Path
from typing import Any

from pipeline.answers.documents import KEPT, Documents, DocumentShard
from pipeline.answers.specimens import AMONG, LANGUAGES_KEPT, LANGUAGES_REJECTED, _shards, few_of_each
from shards import files
from shards.receipts import counted
from shards.schema import DOCUMENT, batch_of


def made(folder: Path, *parts: list[tuple[str | None, str | None, int]]) -> Documents:
    """Return documents of a reason and a language, so many of each, a shard for each part."""
    shards, number = [], 0
    for place, part in enumerate(parts):
        rows: list[dict[str, Any]] = []
        for reason, language, count in part:
            rows += [
                {"id": f"{number + at:04}", "text": "x", "source": "s", "language": language, "rejected_by": reason}
                for at in range(count)
            ]
            number += count
        uri = str(folder / f"task-{place}" / "kept.arrow")
        files.write_shard(uri, [batch_of(rows, DOCUMENT)], DOCUMENT)
        kept, rejected = counted([row["rejected_by"] for row in rows], [row["language"] for row in rows])
        shards.append(DocumentShard(uri, {KEPT: kept, **rejected}))
    return Documents("made", tuple(shards), None)


def test_what_was_kept_comes_first_then_the_most_frequent_reason_with_its_largest_languages(tmp_path: Path) -> None:
    many = [("dedup.near", f"l{number:02}", 1 + number) for number in range(LANGUAGES_REJECTED + 2)]
    kept = [(None, f"l{number:02}", 1) for number in range(LANGUAGES_KEPT + 2)]
    found = few_of_each(made(tmp_path, [("license.verdict", None, 3), *many, *kept]), None, 2)
    assert list(dict.fromkeys(one.fate for one in found)) == [KEPT, "dedup.near", "license.verdict"]
    told = [(one.language, one.size, len(one.drawn)) for one in found if one.fate == "dedup.near"]
    assert told == [("l04", 5, 2), ("l03", 4, 2), ("l02", 3, 2)]
    assert [one.language for one in found if one.fate == KEPT] == [f"l{number:02}" for number in range(LANGUAGES_KEPT)]
    assert (found[-1].language, found[-1].size) == ("und", 3)


def test_the_documents_are_the_same_however_they_lie(tmp_path: Path) -> None:
    part = [(None, "tha_Thai", 30), ("dedup.near", "tha_Thai", 20)]
    one = made(tmp_path / "one", [*part])
    two = made(tmp_path / "two", [part[0]], [part[1]])
    ids = [
        [[each.journey.document["id"] for each in few.drawn] for few in few_of_each(documents, None, 4)]
        for documents in (one, two)
    ]
    assert ids[0] == ids[1]
    assert [len(few) for few in ids[0]] == [4, 4]


def test_of_a_large_run_no_more_shards_are_read_than_have_enough(tmp_path: Path) -> None:
    large: list[tuple[str | None, str | None, int]] = [(None, "tha_Thai", AMONG)]
    documents = made(tmp_path, large, large, large, [("dedup.near", "tha_Thai", 1)])
    wanted = {(KEPT, "tha_Thai"): 3 * AMONG, ("dedup.near", "tha_Thai"): 1}
    first, last = _shards(documents, wanted)
    assert last == 3
    for place in {0, 1, 2} - {first}:
        Path(documents.shards[place].uri).unlink()
    found = few_of_each(documents, None, 1)
    assert [(few.fate, few.size, len(few.drawn)) for few in found] == [(KEPT, 3 * AMONG, 1), ("dedup.near", 1, 1)]
