"""The journal holds what has happened, in the words that it always had, and is read as far as it is whole."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.crawl.journal import Entry, Journal, cut, read
from tests.pipeline.crawl import strategies

ANSWERED = (
    '"status":200,"seconds":0.25,"bytes":157,"retry":false,"busy":false,"failed":false,"retry_after":null,'
    '"date":"2026-11-14T22:13:24Z","type":"text/html","digest":null,"etag":"\\"é\\"","modified":null,'
    '"record":"<urn:uuid:1>","file":"site/x-00000.warc.gz","offset":3452,"length":429,'
    '"original":["<urn:uuid:1>","2026-11-14T22:13:24Z","sha256:D6GE"],'
)
UNREAD = '"status":null,"seconds":1.5,"bytes":0,"retry":true,"busy":false,"failed":true,"retry_after":null,'
WARC = '"warc":{"pages":[0,0],"site":[0,5669],"diagnostics":[1,0]},"stored":false}'
RULES = (
    '"rules":{"url":"u","status":200,"fetched_at":1.5,"body":"VXNlci1hZ2VudDogKgo=","unreachable":null,'
    '"record":"<urn:uuid:1>"},'
)
NOTE = '"note":{"url":"u","status":404,"fetched_at":1,"digest":"sha256:0","record":"r","text":null},'
FOUND = '"found":[["http://a.test/2","page",0,1,0,""]],'


def line(kind: str, outcome: str, rest: str, reason: str = "null") -> str:
    link = f'"url":"http://a.test/é","kind":"{kind}","seed":1,"depth":2,"hops":3,"attempt":1,"origin":"http://a.test"'
    return f'{{{link},"at":1700000005.13205,"outcome":"{outcome}","reason":{reason},{rest}'


@pytest.mark.parametrize(
    "text",
    [
        line("page", "denied", "", '"robots"').removesuffix(",") + "}",
        line("page", "retry", UNREAD + '"stored":false}', '"503"'),
        line("page", "missing", ANSWERED + '"signals":["x_robots_tag: noai"],' + WARC, '"404"'),
        line("page", "redirect", ANSWERED + '"signals":[],"found":[["http://b.test/","page",0,0,1,""]],' + WARC),
        line("page", "left", UNREAD + '"language":null,"found":[],"lists":[],"terms":[],"stored":false}'),
        line(
            "page",
            "fetched",
            ANSWERED
            + '"signals":[],"language":"zh",'
            + FOUND
            + '"lists":[["http://a.test/feed",0]],"terms":["/rsl"],'
            + WARC,
        ),
        line("list", "redirect", ANSWERED + '"lists":[["/s2.xml",1]],' + WARC),
        line("list", "fetched", ANSWERED + '"lists":[["/s2.xml",0]],' + FOUND + WARC),
        line("robots", "redirect", ANSWERED + '"found":[["http://a.test/r","robots",0,0,1,"http://a.test"]],' + WARC),
        line("robots", "fetched", ANSWERED + RULES + '"terms":["/rsl"],' + WARC),
        line("robots", "failed", UNREAD + RULES + '"stored":false}', '"crash.X"'),
        line(
            "evidence",
            "failed",
            UNREAD + '"note":{"url":"u","status":null,"fetched_at":1,"digest":null,"record":null},"stored":false}',
            '"timeout"',
        ),
        line(
            "evidence",
            "missing",
            ANSWERED + NOTE + WARC,
            '"404"',
        ),
    ],
)
def test_a_line_of_any_kind_is_written_as_it_was_read(text: str, tmp_path: Path) -> None:
    """A crawl that was begun by an earlier version goes on: these lines are that version's."""
    (tmp_path / "old.jsonl").write_text(text + "\n", encoding="utf-8")
    journal = Journal(tmp_path / "new.jsonl")
    for entry in read(tmp_path / "old.jsonl"):
        journal.append(entry)
    journal.close()
    assert (tmp_path / "new.jsonl").read_text(encoding="utf-8") == text + "\n"


@given(entries=st.lists(strategies.ENTRIES, max_size=5), torn=st.integers(0, 200), kept=st.integers(0, 6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_torn_line_is_not_read_and_a_journal_that_was_cut_is_continued(
    tmp_path: Path, entries: list[Entry], torn: int, kept: int
) -> None:
    path = tmp_path / "journal.jsonl"
    path.unlink(missing_ok=True)
    journal = Journal(path)
    for entry in entries:
        journal.append(entry)
    journal.close()
    with path.open("ab") as file:
        file.write(json.dumps({"url": "x" * 300}).encode()[:torn])
    assert list(read(path)) == entries
    cut(path, kept)
    assert list(read(path)) == entries[:kept]
    journal = Journal(path)
    for entry in entries[kept:]:
        journal.append(entry)
    journal.close()
    assert list(read(path)) == entries


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    cut(tmp_path / "journal.jsonl", 0)
    assert list(read(tmp_path / "journal.jsonl")) == []
