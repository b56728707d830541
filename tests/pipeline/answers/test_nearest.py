"""What a question without an answer may have meant."""

import random
import string
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answers import nearest as module
from pipeline.answers.nearest import nearest
from pipeline.words import did_you_mean

URLS = (
    "https://www.example.org/Notes/",
    "https://blog.tokyo.example/2023/11/だし.html",
    "https://archive.cairo.example/articles/القهوة",
    "https://kexue.example/private/draft.html",
)
RECORDS = ("<urn:uuid:c794e57d-6149-5b90-aa6a-b97199d85510>", None, "10.1000/xyz123", "row-7")


def batches() -> Iterator[pa.RecordBatch]:
    yield pa.record_batch({"url": pa.array(URLS), "source_id": pa.array(RECORDS)})


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("http://example.org/notes", URLS[0]),
        ("EXAMPLE.ORG/Notes", URLS[0]),
        ("blog.tokyo.example/2023", URLS[1]),
        ("だし.html", URLS[1]),
        ("https://archive.cairo.example/articles/القهوه", URLS[2]),
        ("https://kexue.exmaple/private/draft.html", URLS[3]),
        ("https://kexue.example/private/draft.html?a=1", URLS[3]),
        ("urn:uuid:c794e57d-6149-5b90-aa6a-b97199d85510", RECORDS[0]),
        ("c794e57d", RECORDS[0]),
        ("10.1000/xyz124", RECORDS[2]),
    ],
)
def test_what_people_leave_out_or_mistype_is_found(asked: str, meant: str) -> None:
    assert nearest(asked, batches())[0] == meant


@pytest.mark.parametrize("asked", ["", "ro", "https://", "zzzzzzzz", "https://elsewhere.invalid/page"])
def test_what_is_like_nothing_is_not_guessed_at(asked: str) -> None:
    assert nearest(asked, batches()) == []


def test_the_closest_come_first_and_there_are_few() -> None:
    names = ["https://a.example/page/1", "a.example/page", *(f"https://a.example/page/{n}" for n in range(2, 30))]
    found = nearest("https://a.example/page/", [pa.record_batch({"url": names})])
    assert found == ["a.example/page", "https://a.example/page/1", "https://a.example/page/2"]
    assert did_you_mean(found).startswith("; did you mean a.example/page or https://a.example/page/1 or ")
    assert did_you_mean([]) == ""


@given(st.integers(0, 10**6), st.data())
def test_one_wrong_letter_in_an_id_is_forgiven(seed: int, data: st.DataObject) -> None:
    digits = random.Random(seed)
    ids = ["".join(digits.choices("0123456789abcdef", k=32)) for _ in range(50)]
    place = data.draw(st.integers(0, 31))
    asked = ids[7][:place] + data.draw(st.sampled_from(string.ascii_lowercase)) + ids[7][place + 1 :]
    assert nearest(asked, [pa.record_batch({"id": ids})])[0] == ids[7]


def test_a_large_run_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 100)
    read = 0

    def endless() -> Iterator[pa.RecordBatch]:
        nonlocal read
        while True:
            read += 40
            yield pa.record_batch({"id": [f"{read:08}-{n}" for n in range(40)]})

    assert nearest("something", endless()) == []
    assert read <= 160
