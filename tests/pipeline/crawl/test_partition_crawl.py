"""A task settles every answer: WARC, journal, consequences; killed anywhere, it goes on where it was."""

import gzip
import itertools
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli
import pytest
from backports import zstd
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from warcio.checker import Checker

from filters.documents import Documents
from filters.license import License
from pipeline.crawl.outcomes import read_results
from pipeline.crawl.partition import load, save
from pipeline.crawl.partition_crawl import PartitionCrawl
from pipeline.crawl.rounds import first_frontier, partitions
from pipeline.crawl.rows import read_rows
from pipeline.sources.warc import Warc
from shards.schema import PAGE, batch_of
from tests.pipeline.crawl.simulation import Pages, Simulated, begin, settings
from tests.pipeline.crawl.web import page, respond, robots

SITE: Pages = {
    "http://a.test/": page("<a href=/1>1</a><a href=/2>2</a><a href=http://b.test/>b</a><a href=/secret>s</a>"),
    "http://a.test/robots.txt": robots("User-agent: *\nDisallow: /secret\nUser-agent: GPTBot\nDisallow: /\n"),
    "http://a.test/1": page("<a href=/3>3</a><a href=/2>2</a> 你好"),
    "http://a.test/2": page("<a href=/gone>4</a><a href=/old>o</a>"),
    "http://a.test/3": page("three"),
    "http://a.test/old": respond(status="301 Moved", location="/new"),
    "http://a.test/new": page("new"),
    "http://b.test/": page("<a href=/x>x</a>"),
    "http://b.test/x": page("x"),
}
SEEDS = ["http://a.test/", "http://b.test/"]
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
LATER: Pages = {
    **SITE,
    "http://a.test/1": NOT_MODIFIED,
    "http://b.test/x": NOT_MODIFIED,
    "http://a.test/2": page("<a href=/gone>4</a><a href=/old>o</a> and more"),
    "http://b.test/": page("all is new"),
    "http://a.test/3": respond("", "404 Not Found"),
}


def crawled(directory: Path, pages: Pages, seeds: list[Any] | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    task = begin(settings(seeds or ["http://a.test/"], **more), directory)
    Simulated(pages).run(task, directory)
    return {row["url"]: row for row in read_rows(directory / "pages.jsonl.gz")}


def records(directory: Path) -> list[dict[str, Any]]:
    return [
        {**dict(record.headers), "kind": record.record_type, "block": record.reader.read()}
        for path in sorted(directory.rglob("*.warc.gz"))
        for record in ArchiveIterator(str(path), parse_http=False)
    ]


def check_warcs(directory: Path) -> None:
    """Every file is valid for warcio and for fastwarc, payload digests included."""
    for path in directory.rglob("*.warc.gz"):
        checker = Checker(SimpleNamespace(inputs=[], verbose=False))
        checker.process_one(str(path))
        assert checker.exit_value == 0, path
        for record in ArchiveIterator(str(path), parse_http=False):
            assert record.verify_block_digest(), (path, record.record_id)
        kinds = WarcRecordType.response
        assert all(record.verify_payload_digest() for record in ArchiveIterator(str(path), record_types=kinds))


def test_every_admitted_url_ends_in_one_row_that_says_how(tmp_path: Path) -> None:
    rows = crawled(tmp_path, SITE, SEEDS)
    assert {url.removeprefix("http://"): row["outcome"] for url, row in rows.items() if row["kind"] == "page"} == {
        "a.test/": "fetched",
        "a.test/1": "fetched",
        "a.test/2": "fetched",
        "a.test/3": "fetched",
        "a.test/gone": "missing",
        "a.test/new": "fetched",
        "a.test/old": "redirect",
        "a.test/secret": "denied",
        "b.test/": "fetched",
        "b.test/x": "fetched",
    }


def test_the_response_stands_in_the_warc_as_it_was_received(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 Fine  with me\r\nX-oDD:  two\r\ncontent-type:text/html\r\nX-Caf\xe9: \xff\r\n\r\n"
    odd = head + b"<p>\xb0\xa1\r\n\r\n"
    crawled(tmp_path, {**SITE, "http://a.test/1": odd})
    blocks = [record["block"] for record in records(tmp_path) if record["kind"] == WarcRecordType.response]
    assert odd in blocks
    check_warcs(tmp_path)


def test_a_chunked_and_compressed_body_is_kept_raw_and_read_decoded(tmp_path: Path) -> None:
    body = gzip.compress(b"<a href=/hidden>h</a>", mtime=0)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    rows = crawled(tmp_path, {"http://a.test/": head + chunked, "http://a.test/hidden": page("found")})
    assert rows["http://a.test/hidden"]["outcome"] == "fetched"
    assert head + chunked in [record["block"] for record in records(tmp_path)]
    check_warcs(tmp_path)


def test_a_metadata_record_says_what_the_robots_told_whom(tmp_path: Path) -> None:
    tagged = page("x", x_robots_tag="noai", tdm_reservation="1", content_usage="train-ai=n")
    site = {**SITE, "http://a.test/3": tagged, "http://a.test/ai.txt": robots("User-Agent: *\nDisallow: /\n")}
    site["http://a.test/robots.txt"] = robots(
        "User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n\nUser-agent: GPTBot\nDisallow: /\n"
    )
    crawled(tmp_path, site, evidence=["/ai.txt"])
    found = records(tmp_path)
    noted = [
        each for each in found if each["kind"] == WarcRecordType.metadata and each["WARC-Target-URI"].endswith("/3")
    ]
    note = json.loads(noted[0]["block"])
    assert {(signal["kind"], signal["value"]) for signal in note["signals"]} == {
        ("x_robots_tag", "noai"),
        ("tdm_reservation", "1"),
        ("content_usage", "train-ai=n"),
    }
    assert note["robots"]["denied_agents"] == ["GPTBot"]
    assert note["robots"]["reserving"] == [{"line": 2, "text": "Content-Signal: ai-train=no"}]
    assert note["evidence"][0]["url"] == "http://a.test/ai.txt"
    assert note["evidence"][0]["status"] == 200
    assert "text" not in note["evidence"][0]
    assert [(each["mechanism"], each["raw"], each["where"]) for each in note["preferences"]] == [
        ("robots_agents", "GPTBot: /", "robots.txt:6"),
        ("content_signal", "ai-train=no", "robots.txt:2"),
        ("ai_txt", "Disallow: /", "ai.txt"),
    ]
    assert {len(each["digest"]) for each in note["preferences"]} == {64}
    by_id = {each["WARC-Record-ID"]: each for each in found}
    assert by_id[note["robots"]["record"]]["block"].endswith(b"Disallow: /\n")
    assert by_id[noted[0]["WARC-Concurrent-To"]]["WARC-Target-URI"] == "http://a.test/3"


@pytest.mark.parametrize(
    "location",
    [
        *(
            "file:///etc/passwd",
            "FILE:/etc/passwd",
            "ftp://a.test/robots.txt",
            "data:text/plain,",
            "javascript:alert(1)",
        ),
        *("mailto:a@a.test", "http://", "http://user:password@a.test/r", "https://[::1", "gopher://a.test/", None),
    ],
)
def test_a_robots_txt_that_leads_to_what_is_no_web_address_forbids_everything(
    tmp_path: Path, location: str | None
) -> None:
    onward = {"location": location} if location else {}
    rows = crawled(tmp_path, {**SITE, "http://a.test/robots.txt": respond(status="302 Found", **onward)})
    asked = {url: (row["outcome"], row.get("reason")) for url, row in rows.items()}
    assert asked == {"http://a.test/robots.txt": ("failed", "location"), "http://a.test/": ("denied", "location")}


def test_a_robots_txt_that_leads_to_a_forbidden_address_forbids_everything(tmp_path: Path) -> None:
    moved = respond(status="302 Found", location="http://10.0.0.1/robots.txt")
    rows = crawled(tmp_path, {**SITE, "http://a.test/robots.txt": moved, "http://10.0.0.1/robots.txt": "address"})
    assert (rows["http://a.test/"]["outcome"], rows["http://a.test/"]["reason"]) == ("denied", "address")


@pytest.mark.parametrize("bytes_per_task", [1 << 20, 700])
def test_what_was_noted_of_a_page_becomes_its_evidence_wherever_a_split_ends(
    tmp_path: Path, bytes_per_task: int
) -> None:
    said = "User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nDisallow: /3\n"
    crawled(tmp_path, {**SITE, "http://a.test/robots.txt": robots(said)})
    paths = tuple(str(path) for path in sorted(tmp_path.rglob("pages/*.warc.gz")))
    source = Warc(name="crawl", paths=paths, bytes_per_task=bytes_per_task)
    rows = [row for split in source.splits() for row in source.read(split)]
    judged = License().annotate(Documents(batch_of(rows, PAGE)))[1]["evidence"].to_pylist()
    reserved = {
        row["url"]: [(each["kind"], each["value"], each["where"]) for each in evidence]
        for row, evidence in zip(rows, judged, strict=True)
        if any(each["subject"] == "reservation" for each in evidence)
    }
    assert reserved == {"http://a.test/3": [("robots_agents", "GPTBot: /3", "robots.txt:5")]}


RSL = """<rsl xmlns="https://rslstandard.org/rsl">
<content url="/"><license><permits type="usage">search</permits></license></content>
<content url="/free/"><license><payment type="free"/></license></content></rsl>"""


def judged(directory: Path) -> dict[str, list[tuple[str, str, str]]]:
    """What the rights filter makes of the pages of a crawl: by URL, the opt-outs noted, and how each stands."""
    source = Warc(name="crawl", paths=tuple(str(path) for path in sorted(directory.rglob("pages/*.warc.gz"))))
    rows = [row for split in source.splits() for row in source.read(split)]
    evidence = License().annotate(Documents(batch_of(rows, PAGE)))[1]["evidence"].to_pylist()
    return {
        row["url"]: [(each["kind"], each["where"], each["subject"]) for each in found if each["kind"] == "rsl"]
        for row, found in zip(rows, evidence, strict=True)
    }


def test_an_rsl_document_that_robots_txt_names_is_read_before_the_pages_and_judged_with_them(tmp_path: Path) -> None:
    site = {
        "http://a.test/robots.txt": robots("License: http://a.test/terms\nUser-agent: *\nDisallow: /no\n"),
        "http://a.test/terms": respond(status="302 Found", location="/rsl.xml"),
        "http://a.test/rsl.xml": respond(RSL, content_type="application/rsl+xml"),
        "http://a.test/": page("home <a href=/free/x>x</a>"),
        "http://a.test/free/x": page("free"),
    }
    task = begin(settings([{"url": "http://a.test/", "sitemaps": False}], evidence=["/ai.txt"]), tmp_path)
    web = Simulated(site)
    web.run(task, tmp_path)
    asked = [url.removeprefix("http://a.test/") for _, url in web.asked]
    assert asked == ["robots.txt", "ai.txt", "terms", "rsl.xml", "", "free/x"]
    assert judged(tmp_path) == {
        "http://a.test/": [
            ("rsl", "robots.txt:1", "preference"),
            ("rsl", "http://a.test/rsl.xml", "reservation"),
        ],
        "http://a.test/free/x": [
            ("rsl", "robots.txt:1", "preference"),
            ("rsl", "http://a.test/rsl.xml", "preference"),
        ],
    }
    assert any(b"rslstandard" in record["block"] for record in records(tmp_path))


def test_an_rsl_document_that_a_page_names_is_fetched_once_and_only_if_robots_txt_allows_it(tmp_path: Path) -> None:
    head = '<link rel=license type="application/rsl+xml" href='
    site = {
        "http://a.test/robots.txt": robots("User-agent: *\nDisallow: /secret"),
        "http://a.test/rsl.xml": respond(RSL, content_type="text/html"),
        "http://a.test/secret.xml": respond(RSL),
        "http://a.test/": page(f"{head}/rsl.xml><a href=/1>1</a>"),
        "http://a.test/1": page(f"{head}/rsl.xml>{head}/secret.xml><a href=/2>2</a>"),
        "http://a.test/2": page(
            "two", link='<http://b.test/far.xml>; rel="license"; type="application/rsl+xml", </r2>; rel=next'
        ),
    }
    task = begin(settings(["http://a.test/"], evidence=["/ai.txt"]), tmp_path)
    web = Simulated(site)
    web.run(task, tmp_path)
    asked = [url for _, url in web.asked]
    assert asked.count("http://a.test/rsl.xml") == 1
    assert "http://a.test/secret.xml" not in asked
    assert asked.index("http://b.test/robots.txt") < asked.index("http://b.test/far.xml")
    assert "http://b.test/ai.txt" not in asked  # no page is wanted there
    assert judged(tmp_path)["http://a.test/1"] == [
        ("rsl", "http://a.test/rsl.xml", "reservation"),
        ("rsl", "head", "preference"),
        ("rsl", "head", "preference"),
    ]
    rows = {row["url"]: row["outcome"] for row in read_rows(tmp_path / "pages.jsonl.gz") if row["kind"] == "evidence"}
    assert rows == {
        "http://a.test/ai.txt": "missing",
        "http://a.test/rsl.xml": "fetched",
        "http://a.test/secret.xml": "denied",
        "http://b.test/far.xml": "missing",
    }


def test_an_origin_may_name_only_so_many_rsl_documents(tmp_path: Path) -> None:
    names = "".join(f'<link rel=license type="application/rsl+xml" href=/{n}.xml>' for n in range(30))
    rows = crawled(tmp_path, {"http://a.test/": page(names)}, limits={"terms": 4})
    assert sum(row["kind"] == "evidence" for row in rows.values()) == 4


def test_pages_in_another_language_are_left_whether_they_declare_it_or_not(tmp_path: Path) -> None:
    russian = "Это руководство описывает установку системы и то, что нужно подготовить до её начала. " * 3
    site = {
        "http://a.test/": respond(
            "<html lang=en><a href=/fr>f</a><a href=/ru>r</a><a href=/plain>p</a><a href=/en>e</a>"
        ),
        "http://a.test/fr": respond("<html lang=fr><p>oui <a href=/behind>b</a>"),
        "http://a.test/ru": respond(f"<p>{russian}"),
        "http://a.test/plain": respond(russian, content_type="text/plain"),
        "http://a.test/en": respond("<p>yes"),
        "http://a.test/behind": respond("<html lang=en-GB>behind"),
    }
    rows = crawled(tmp_path, site, [{"url": "http://a.test/", "languages": ["en"], "sitemaps": False}])
    ends = {url: (row["outcome"], row.get("reason")) for url, row in rows.items() if row["kind"] == "page"}
    assert ends == {
        "http://a.test/": ("fetched", None),
        "http://a.test/fr": ("left", "language"),
        "http://a.test/ru": ("left", "language_of_text"),
        "http://a.test/plain": ("left", "language_of_text"),
        "http://a.test/en": ("fetched", None),
        "http://a.test/behind": ("fetched", None),
    }


@pytest.mark.parametrize(("coding", "packed"), [("br", brotli.compress), ("zstd", zstd.compress)])
def test_brotli_and_zstd_are_kept_raw_and_read_decoded_here_and_by_the_pipeline(
    coding: str, packed: Any, tmp_path: Path
) -> None:
    text = b"<!doctype html><title>t</title><a href=/hidden>h</a> some text"
    answer = respond(packed(text), content_encoding=coding)
    rows = crawled(tmp_path, {"http://a.test/": answer, "http://a.test/hidden": page("found")})
    assert rows["http://a.test/hidden"]["outcome"] == "fetched"
    assert answer in [record["block"] for record in records(tmp_path)]
    source = Warc(name="crawl", paths=tuple(str(path) for path in tmp_path.rglob("pages/*.warc.gz")))
    assert text in [row["payload"] for split in source.splits() for row in source.read(split)]


def test_the_index_finds_every_response_by_its_offset(tmp_path: Path) -> None:
    crawled(tmp_path, SITE, SEEDS)
    lines = (tmp_path / "index.cdxj").read_text().splitlines()
    assert lines == sorted(lines)
    for line in lines:
        fields = json.loads(line.split(" ", 2)[2])
        with (tmp_path / fields["filename"]).open("rb") as file:
            file.seek(int(fields["offset"]))
            block = gzip.decompress(file.read(int(fields["length"])))
        assert f"WARC-Target-URI: {fields['url']}\r\n".encode() in block


def test_files_rotate_by_size_and_a_pair_stays_together(tmp_path: Path) -> None:
    crawled(tmp_path, SITE, SEEDS, limits={"warc_bytes": 2_000})
    files = sorted(tmp_path.rglob("*.warc.gz"))
    assert len(files) > 3
    for path in files:
        kinds = [record.record_type for record in ArchiveIterator(str(path), parse_http=False)]
        assert kinds[0] == WarcRecordType.warcinfo
        assert kinds.count(WarcRecordType.request) == kinds.count(WarcRecordType.response)
    check_warcs(tmp_path)


def finished(directory: Path) -> tuple[list[Any], list[tuple[str, str]], bytes]:
    rows = [
        {name: row[name] for name in ("url", "outcome", "digest") if name in row}
        for row in read_rows(directory / "pages.jsonl.gz")
    ]
    warc = [(str(each["kind"]), each.get("WARC-Target-URI", "")) for each in records(directory)]
    return rows, sorted(warc), (directory / "out.jsonl.gz").read_bytes()


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("straight")
    crawled(directory, SITE, SEEDS, limits={"warc_bytes": 3_000})
    return finished(directory)


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The links of a second crawl, and what it brings if nobody disturbs it."""
    first, directory = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("again")
    crawled(first, SITE, SEEDS, limits={"warc_bytes": 3_000})
    crawl = settings(SEEDS, limits={"warc_bytes": 3_000})
    links = first_frontier(crawl, read_results(first / "pages.jsonl.gz"))
    Simulated(LATER).run(begin(crawl, directory, links), directory)
    return links, finished(directory)


Stops = list[tuple[int, int, int]]  # after how many steps, and what a kill leaves at the end of journal and WARC
STOPS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 400), st.integers(0, 3_000)), min_size=1, max_size=3)
KILLED = budget(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@KILLED
@given(stops=STOPS)
def test_killed_at_any_moment_it_loses_nothing_and_stores_nothing_twice(
    stops: Stops, straight: Any, tmp_path: Path
) -> None:
    killed_and_run_again(SITE, None, stops, tmp_path)
    assert finished(tmp_path) == straight


@KILLED
@given(stops=STOPS)
def test_a_second_crawl_killed_at_any_moment_loses_nothing_and_stores_nothing_twice(
    stops: Stops, again: Any, tmp_path: Path
) -> None:
    links, whole = again
    killed_and_run_again(LATER, links, stops, tmp_path)
    assert finished(tmp_path) == whole
    outcomes = Counter(row["outcome"] for row in whole[0] if "/robots.txt" not in row["url"])
    assert outcomes == {"unchanged": 4, "fetched": 2, "missing": 2, "denied": 1, "redirect": 1}


def killed_and_run_again(site: Pages, links: Any, stops: Stops, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    crawl = settings(SEEDS, limits={"warc_bytes": 3_000})
    web = Simulated(site)
    for steps, torn, garbage in stops:
        task = begin(crawl, tmp_path, links, now=web.now)
        for _ in range(steps):
            web.step(task)
        task.archive.close(seal=False)
        with (tmp_path / "journal.jsonl").open("ab") as file:  # a line that was being written
            file.write(b'{"url":"http://a.test/", ' + b"x" * torn)
        for path in tmp_path.rglob("*.open"):  # records that the journal does not know yet
            with path.open("ab") as file:
                file.write(os.urandom(garbage))
        task._journal.close()
    web.run(begin(crawl, tmp_path, links, now=web.now), tmp_path)
    check_warcs(tmp_path)
    urls = [url for _, url in web.asked]
    assert sorted(set(urls)) == sorted(urls)


def test_a_warc_shorter_than_its_journal_is_crawled_again_from_there(tmp_path: Path, straight: Any) -> None:
    crawl = settings(SEEDS, limits={"warc_bytes": 3_000})
    web = Simulated(SITE)
    task = begin(crawl, tmp_path)
    for _ in range(20):
        web.step(task)
    task.archive.close(seal=False)
    task._journal.close()
    (last,) = tmp_path.glob("pages/*.open")
    os.truncate(last, last.stat().st_size // 2)  # a power cut, not a kill
    web.run(begin(crawl, tmp_path, now=web.now), tmp_path)
    assert finished(tmp_path) == straight
    check_warcs(tmp_path)


@pytest.mark.parametrize("steps", range(1, 8))
@pytest.mark.parametrize(
    "location", ["/robots.txt", "http://a.test/robots.txt?again", "http://b.test/robots.txt", "/elsewhere"]
)
def test_a_robots_txt_that_is_redirected_is_not_asked_for_without_end_after_a_kill(
    location: str, steps: int, tmp_path: Path
) -> None:
    robots_txt = "http://a.test/robots.txt"
    site = {robots_txt: respond(status="302 Found", location=location), "http://a.test/": page("home")}
    site["http://b.test/robots.txt"] = respond(status="302 Found", location=robots_txt)
    crawl = settings(["http://a.test/"])
    straight, web = Simulated(site), Simulated(site)
    straight.run(begin(crawl, tmp_path / "straight"), tmp_path / "straight")
    task = begin(crawl, tmp_path / "killed")
    for _ in range(steps):
        web.step(task)
    task.archive.close(seal=False)
    task._journal.close()
    task = begin(crawl, tmp_path / "killed", now=web.now)
    for _ in range(100):
        if not web.step(task):
            break
    task.close()
    assert [url for _, url in web.asked] == [url for _, url in straight.asked]


def test_a_page_that_is_asked_for_once_more_after_a_kill_is_still_known_from_the_crawl_before(tmp_path: Path) -> None:
    site: Pages = {"http://a.test/robots.txt": robots(""), "http://a.test/": page("home", etag='"1"')}
    first, directory = tmp_path / "first", tmp_path / "second"
    crawl = settings(["http://a.test/"])
    Simulated(site).run(begin(crawl, first), first)
    links = first_frontier(crawl, read_results(first / "pages.jsonl.gz"))
    web = Simulated({**site, "http://a.test/": respond("", "503 Busy")})
    task = begin(crawl, directory, links)
    while "http://a.test/" not in [url for _, url in web.asked]:
        web.step(task)
    task.archive.close(seal=False)
    task._journal.close()
    web.pages = {**site, "http://a.test/": NOT_MODIFIED}
    web.run(begin(crawl, directory, links, now=web.now), directory)
    (result,) = [result for result in read_results(directory / "pages.jsonl.gz") if result.kind == "page"]
    assert (result.outcome, result.reason) == ("unchanged", None)
    assert result.recorded is not None
    assert result.recorded.revisit


def test_a_bomb_is_not_read_and_its_body_is_not_kept(tmp_path: Path) -> None:
    bomb = gzip.compress(b"0" * 30_000_000)
    rows = crawled(tmp_path, {"http://a.test/": respond(bomb, content_encoding="gzip")})
    assert (rows["http://a.test/"]["outcome"], rows["http://a.test/"]["reason"]) == ("left", "bomb")
    (kept,) = [
        each
        for each in records(tmp_path)
        if each["WARC-Target-URI" if "WARC-Target-URI" in each else "kind"] == "http://a.test/"
        and each["kind"] == WarcRecordType.response
    ]
    assert kept["WARC-Truncated"] == "unspecified"
    assert len(kept["block"]) < 1_000


def test_a_broken_answer_is_kept_as_far_as_it_came_once_retries_are_over(tmp_path: Path) -> None:
    cut = respond("half of it").replace(b"Content-Length: 10", b"Content-Length: 100")
    task = begin(settings(["http://a.test/"]), tmp_path)
    web = Simulated({"http://a.test/robots.txt": robots(""), "http://a.test/": "length"})
    web.run(task, tmp_path)
    assert [url for _, url in web.asked].count("http://a.test/") == 2
    (row,) = [row for row in read_rows(tmp_path / "pages.jsonl.gz") if row["kind"] == "page"]
    assert (row["outcome"], row["reason"]) == ("failed", "length")
    assert cut


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (page("x", content_type="application/zip"), "left", "type"),
        (respond("<html lang=fr>oui"), "left", "language"),
        (respond("<html lang=en-GB>yes"), "fetched", None),
        (respond("<p>undeclared"), "fetched", None),
        (respond("", "410 Gone"), "missing", "410"),
        (respond("", "403 Forbidden"), "refused", "403"),
        (respond("", "503 Busy"), "error", "503"),
        (respond("", "304 Not Modified"), "left", "status"),
        (respond("", "206 Partial Content"), "left", "status"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "failed", "not_http"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + page("late"), "fetched", None),
    ],
)
def test_an_answer_has_an_outcome_and_a_reason(answer: bytes, outcome: str, reason: str | None, tmp_path: Path) -> None:
    seed = {"url": "http://a.test/", "languages": ["en"], "sitemaps": False}
    row = crawled(tmp_path, {"http://a.test/": answer}, [seed])["http://a.test/"]
    assert (row["outcome"], row.get("reason")) == (outcome, reason)
    check_warcs(tmp_path)


def test_redirects_end_and_loops_do_not_begin(tmp_path: Path) -> None:
    site = {f"http://a.test/{n}": respond(status="302 Found", location=f"/{n + 1}") for n in range(20)}
    site |= {"http://a.test/": page("<a href=/0>0</a><a href=/loop>l</a>")}
    site["http://a.test/loop"] = respond(status="301 Moved", location="/loop")
    rows = crawled(tmp_path, site)
    assert rows["http://a.test/4"]["outcome"] == "redirect"
    assert (rows["http://a.test/5"]["outcome"], rows["http://a.test/5"]["reason"]) == ("left", "redirects")
    assert "http://a.test/6" not in rows


def test_a_redirect_out_of_scope_is_not_followed(tmp_path: Path) -> None:
    rows = crawled(tmp_path, {"http://a.test/": respond(status="302 Found", location="http://169.254.169.254/latest")})
    assert [row["outcome"] for row in rows.values() if row["kind"] == "page"] == ["redirect"]


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [
        ({"/robots.txt": respond("", "500 Oops")}, False),
        ({"/robots.txt": respond("", "429 Slow down")}, False),
        ({"/robots.txt": "timeout"}, False),
        ({"/robots.txt": respond("", "404 Not Found")}, True),
        ({"/robots.txt": respond("", "401 Who are you")}, True),
        ({"/robots.txt": robots("User-agent: *\nDisallow: /")}, False),
        ({"/robots.txt": robots("User-agent: *\nDisallow: /\nUser-agent: YuliaoBot\nAllow: /")}, True),
        (
            {"/robots.txt": respond(status="301 Moved", location="/r"), "/r": robots("User-agent: *\nDisallow: /")},
            False,
        ),
        ({"/robots.txt": respond(status="301 Moved", location="/robots.txt")}, True),  # the sixth hop is not taken
        ({"/robots.txt": respond("<html>User-agent: none of your business</html>")}, True),
        ({"/robots.txt": robots("#" * 600_000 + "\nUser-agent: *\nDisallow: /")}, True),  # beyond 500 KiB
    ],
)
def test_robots_decide_as_the_standard_says(answers: dict[str, bytes | str], allowed: bool, tmp_path: Path) -> None:
    task = begin(settings(["http://a.test/p"]), tmp_path)
    web = Simulated(
        {"http://a.test" + path: answer for path, answer in answers.items()} | {"http://a.test/p": page("x")}
    )
    web.run(task, tmp_path)
    assert ("http://a.test/p" in [url for _, url in web.asked]) is allowed


def test_pages_of_an_origin_without_robots_wait_for_another_day(tmp_path: Path) -> None:
    task = begin(settings(["http://a.test/p"]), tmp_path)
    report = Simulated({"http://a.test/robots.txt": respond("", "503 Busy"), "http://a.test/p": page("x")}).run(
        task, tmp_path
    )
    assert report.left == {"rest": 1}


def test_robots_are_read_again_after_a_day(tmp_path: Path) -> None:
    crawl = settings(
        ["http://a.test/"],
        politeness={"delay": 40_000.0, "max_delay": 1, "patience": 50_000},
        limits={"round_seconds": 1_000_000},
    )
    task = begin(crawl, tmp_path)
    web = Simulated({**SITE, "http://a.test/robots.txt": robots("User-agent: *\nDisallow: /secret")})
    web.run(task, tmp_path)
    times = [at for at, url in web.asked if url.endswith("/robots.txt")]
    assert len(times) > 2
    gap = max(later - earlier for earlier, later in itertools.pairwise(times))
    assert 86_400 <= gap < 86_400 + 2 * 40_000


def test_sitemaps_and_feeds_are_read_and_bounded_by_the_scope(tmp_path: Path) -> None:
    index = "<sitemapindex><sitemap><loc>http://a.test/s1.xml.gz</loc></sitemap></sitemapindex>"
    urlset = "<urlset><url><loc>http://a.test/from-map</loc></url><url><loc>http://other.test/</loc></url></urlset>"
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/from-feed"/></entry></feed>'
    site = {
        "http://a.test/robots.txt": robots("Sitemap: http://a.test/index.xml\n"),
        "http://a.test/index.xml": respond(index, content_type="application/xml"),
        "http://a.test/s1.xml.gz": respond(gzip.compress(urlset.encode()), content_type="application/gzip"),
        "http://a.test/": respond('<link rel=alternate type="application/atom+xml" href=/feed>'),
        "http://a.test/feed": respond(atom, content_type="application/atom+xml"),
        "http://a.test/from-map": page("m"),
        "http://a.test/from-feed": page("f"),
    }
    rows = crawled(tmp_path, site, [{"url": "http://a.test/"}])
    assert {url for url, row in rows.items() if row["outcome"] == "fetched" and row["kind"] == "page"} == {
        "http://a.test/",
        "http://a.test/from-map",
        "http://a.test/from-feed",
    }


def test_a_seed_below_a_path_learns_from_the_sitemap_of_its_host_what_lies_there(tmp_path: Path) -> None:
    urlset = (
        "<urlset>"
        + "".join(f"<url><loc>http://a.test{path}</loc></url>" for path in ("/doc/x", "/news/y"))
        + "</urlset>"
    )
    site = {
        "http://a.test/sitemap.xml": respond(urlset, content_type="application/xml"),
        "http://a.test/doc/": page("d"),
        "http://a.test/doc/x": page("x"),
        "http://a.test/news/y": page("y"),
    }
    rows = crawled(tmp_path, site, [{"url": "http://a.test/doc/", "reach": "prefix"}])
    assert {url for url, row in rows.items() if row["kind"] == "page"} == {"http://a.test/doc/", "http://a.test/doc/x"}


def test_a_spent_budget_ends_a_seed_and_not_its_neighbour(tmp_path: Path) -> None:
    site = {f"http://a.test/{n}": page(f"<a href=/{n + 1}>n</a>") for n in range(50)}
    site |= {f"http://b.test/{n}": page(f"<a href=/{n + 1}>n</a>") for n in range(30)}
    seeds = [{"url": "http://a.test/0", "pages": 7, "sitemaps": False}, {"url": "http://b.test/0", "sitemaps": False}]
    rows = crawled(tmp_path, site, seeds)
    fetched = [url for url, row in rows.items() if row["outcome"] == "fetched" and row["kind"] == "page"]
    assert sum(url.startswith("http://a.test") for url in fetched) == 7
    assert sum(url.startswith("http://b.test") for url in fetched) == 30


def test_a_seed_that_has_spent_its_bytes_is_asked_for_no_more(tmp_path: Path) -> None:
    site = {f"http://a.test/{n}": page("x" * 1_000 + f"<a href=/{n + 1}>n</a>") for n in range(50)}
    rows = crawled(tmp_path, site, [{"url": "http://a.test/0", "bytes": 5_000, "sitemaps": False}])
    received = [row["bytes"] for row in rows.values() if row["kind"] == "page"]
    assert 5_000 <= sum(received) < 5_000 + max(received)


def test_an_endless_calendar_and_endless_parameters_are_left(tmp_path: Path) -> None:
    class Endless(dict[str, bytes]):
        def get(self, url: str, default: Any = None) -> Any:
            if url.endswith("/robots.txt"):
                return robots("")
            if "/cal/" in url:
                year, month = map(int, url.split("/cal/")[1].split("/"))
                return page(f"{year} {month} <a href=/cal/{year + month // 12}/{month % 12 + 1}>next</a>")
            if "?" in url:
                return page("nothing to see" + "".join(f"<a href='/p?x={n}&y={len(url)}'>l</a>" for n in range(30)))
            return page("<a href=/cal/2020/1>c</a><a href=/p?x=0>p</a><a href=/rel/>r</a>")

    rows = crawled(tmp_path, Endless())
    assert 350 < sum("/cal/" in url for url in rows) <= 400
    assert sum("/p?" in url and row["outcome"] == "fetched" for url, row in rows.items()) <= 60


def test_a_task_is_equal_to_its_saved_self(tmp_path: Path) -> None:
    crawl = settings(SEEDS)
    (partition,) = partitions(crawl, first_frontier(crawl), "n", suppressed=frozenset({b"k" * 32}))
    save(tmp_path / "input.jsonl.gz", crawl, partition)
    assert load(tmp_path / "input.jsonl.gz") == (crawl, partition)
    assert isinstance(begin(crawl, tmp_path / "t"), PartitionCrawl)


def test_robots_that_change_during_a_crawl_are_obeyed_once_they_are_due(tmp_path: Path) -> None:
    crawl = settings(["http://a.test/0"], politeness={"delay": 1.0, "robots_seconds": 5.5})
    task = begin(crawl, tmp_path)
    pages = {f"http://a.test/{n}": page(f"<a href=/{n + 1}>next</a>") for n in range(30)}
    pages["http://a.test/robots.txt"] = robots("")
    web = Simulated(pages)
    while len(web.asked) < 4:
        web.step(task)
    pages["http://a.test/robots.txt"] = robots("User-agent: *\nDisallow: /")
    web.run(task, tmp_path)
    asked = [url.removeprefix("http://a.test") for _, url in web.asked]
    assert asked == ["/robots.txt", "/0", "/1", "/2", "/3", "/4", "/robots.txt"]


def test_a_page_that_breaks_a_library_is_a_row_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("pipeline.crawl.settling.read_page", broken)
    rows = crawled(tmp_path, SITE)
    assert (rows["http://a.test/"]["outcome"], rows["http://a.test/"]["reason"]) == ("failed", "crash.RecursionError")
    check_warcs(tmp_path)


def test_progress_is_told_by_host_while_the_task_runs(tmp_path: Path) -> None:
    task = begin(settings(SEEDS), tmp_path)
    web = Simulated(SITE)
    for _ in range(6):
        web.step(task)
    task.tell()
    told = json.loads((tmp_path / "progress.json").read_text())
    assert told.keys() == {"a.test", "b.test"}
    assert told["a.test"]["fetched"] >= 1
    web.run(task, tmp_path)
    assert not (tmp_path / "progress.json").exists()
