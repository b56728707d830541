"""The last word on rights: a site's licence needs its pages, and what people or today's robots.txt say counts."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.answers.finished_run import FinishedRun, open_run
from pipeline.config import load
from pipeline.errors import ConfigError
from pipeline.run import Local, run
from shards import files
from shards.release import manifest
from tests.runs import Silent

CC = "https://creativecommons.org/licenses"
BY = f'<footer>Content is licensed under <a href="{CC}/by/4.0/">CC BY 4.0</a>.</footer>'
SA = f'<footer>除另有说明外，本站内容采用 <a href="{CC}/by-sa/4.0/">CC BY-SA 4.0</a> 许可协议授权。</footer>'
OWN_NC = f'<link rel="license" href="{CC}/by-nc/4.0/">'
OWN_BY = f'<link rel="license" href="{CC}/by/4.0/">'


def response(url: str, html: str) -> bytes:
    body = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>{url}</p>{html}".encode()
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:{url}>\r\nWARC-Target-URI: {url}\r\n"
    head += "WARC-Date: 2026-01-02T03:04:05Z\r\nContent-Type: application/http; msgtype=response\r\n"
    return gzip.compress(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n\r\n", mtime=0)


class Web:
    """WARC files in a folder, and runs over them that judge nothing but rights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, pages: Mapping[str, str]) -> None:
        (self.folder / f"{name}.warc.gz").write_bytes(b"".join(response(*page) for page in pages.items()))

    def run(self, license: Mapping[str, Any] | None = None, output: str = "out", **rights: Any) -> FinishedRun:
        documents = {
            "name": "documents",
            "sources": [{"kind": "warc", "name": "web", "paths": [str(self.folder / "*.warc.gz")]}],
            "steps": [{"name": "license", **(license or {})}, {"name": "extract", "engine": "resiliparse"}],
            "task_bytes": 1,
        }
        stages = [documents, {"name": "rights", "partitions": 3, **rights}, {"name": "publish", "title": "Web"}]
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump({"name": "test", "output": str(self.folder / output), "stages": stages}))
        assert run(load(str(path)), Local(), Silent()).failures == []
        return open_run(str(self.folder / output))


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path)


def verdicts(found: FinishedRun) -> dict[str, dict[str, Any]]:
    """Return the verdict on every document that the license step let through, by its URL without the scheme."""
    documents, judge = found.stage("documents"), found.stage("rights")
    of: dict[str, dict[str, Any]] = {}
    for index, task in enumerate(documents.tasks):
        urls = files.read_table(documents.uri(task.key, "kept"), ["url"])["url"].to_pylist()
        rows = files.read_table(judge.uri(judge.tasks[index].key, "verdicts")).to_pylist()
        of |= {url.removeprefix("https://"): row for url, row in zip(urls, rows, strict=True)}
    return of


def reasons(found: FinishedRun) -> dict[str, str | None]:
    return {url: row["rejected_by"] for url, row in verdicts(found).items()}


def pages(host: str, html: str, count: int, first: int = 0) -> dict[str, str]:
    return {f"https://{host}/{number}": html for number in range(first, first + count)}


def test_a_licence_in_a_footer_is_published_when_the_pages_of_the_host_agree_across_files(web: Web) -> None:
    web.write("a", pages("blog.example", BY, 3) | pages("once.example", BY, 1))
    web.write("b", pages("www.blog.example", BY, 2, first=3) | pages("博客.example", SA, 2))
    found = web.run()
    published = {url for url, reason in reasons(found).items() if reason is None}
    assert published == {f"blog.example/{n}" for n in range(3)} | {
        "www.blog.example/3",
        "www.blog.example/4",
        "博客.example/0",
        "博客.example/1",
    }
    assert reasons(found)["once.example/0"] == "rights.confidence"
    row = verdicts(found)["blog.example/0"]
    assert (row["license"], row["license_scope"], row["rule"]) == ("CC-BY-4.0", "site", "hosts")
    assert row["license_confidence"] == pytest.approx(0.9)
    assert row["evidence"][-1]["value"] == "blog.example: CC-BY-4.0; stated on 5 of 5 pages"
    release = manifest.read(files.join(found.stage("publish").folder, "release"))
    assert {shard.license_class: shard.rows for shard in release.shards} == {"permissive": 5, "sharealike": 2}
    table = files.read_table(files.join(found.stage("publish").folder, "release", release.shards[0].path))
    assert all(row[-1]["kind"] == "host_pages" for row in table["evidence"].to_pylist())


def test_pages_that_were_rejected_for_their_licence_count_against_the_site(web: Web) -> None:
    web.write("a", pages("blog.example", BY, 6))
    web.write("b", pages("blog.example", OWN_NC, 2, first=6))
    found = web.run()
    assert set(reasons(found).values()) == {"rights.confidence"}
    assert verdicts(found)["blog.example/0"]["evidence"][-1]["value"] == (
        "blog.example: no licence of the whole site; 2 pages say otherwise"
    )


def test_a_site_that_states_two_licences_has_none(web: Web) -> None:
    web.write("a", pages("blog.example", BY, 6) | pages("blog.example", SA, 1, first=6))
    assert set(reasons(web.run()).values()) == {"rights.confidence"}


def test_a_page_that_states_its_own_licence_waits_for_nobody(web: Web) -> None:
    web.write("a", {"https://once.example/": OWN_BY})
    found = web.run()
    assert reasons(found) == {"once.example/": None}
    assert verdicts(found)["once.example/"]["rule"] is None


def test_another_file_judges_again_only_the_shards_whose_hosts_it_speaks_of(web: Web) -> None:
    web.write("a", pages("blog.example", BY, 2))
    web.write("b", pages("other.example", BY, 2))
    before = dict(web.run().stage("rights").receipts)
    web.write("c", pages("blog.example", BY, 1, first=9))
    after = web.run()
    shared = set(before) & set(after.stage("rights").receipts)
    assert len(before) == 2
    assert len(shared) == 1
    assert reasons(after)["blog.example/9"] is None


def hosts(folder: Path, *rows: str) -> list[str]:
    path = folder / "hosts.tsv"
    path.write_text("\n".join(["host\tdecision\tevidence\tdecided_by\tdecided_on", *rows]), encoding="utf-8")
    return [str(path)]


def test_hosts_can_be_allowed_and_denied_without_reading_a_page_again(web: Web) -> None:
    web.write("a", pages("once.example", BY, 1) | pages("bad.example", OWN_BY, 2))
    assert reasons(web.run()) == {"once.example/0": "rights.confidence", "bad.example/0": None, "bad.example/1": None}
    rows = ("once.example\tallowed\tterms\tLi\t2026-01-01", "bad.example\tdenied\tletter\tLi\t2026-01-01")
    decided = web.run(host_lists=hosts(web.folder, *rows))
    assert reasons(decided) == {"once.example/0": None, "bad.example/0": "rights.host", "bad.example/1": "rights.host"}
    assert verdicts(decided)["once.example/0"]["rule"] == "host_list"
    twice = {"rights", "ids", "repeated_ids", "gather", "publish"}
    assert len(files.folders_in(str(web.folder / "out"))) == len(web.run().stages) + len(twice) + 1  # and `release`


def test_a_broken_list_is_told_before_any_work(web: Web) -> None:
    web.write("a", pages("once.example", BY, 1))
    with pytest.raises(ConfigError, match=r"rights: hosts.tsv:2: no evidence"):
        web.run(host_lists=hosts(web.folder, "once.example\tallowed\t\tLi\t2026-01-01"))


ROBOTS = {
    "https://closed.example/robots.txt": "User-agent: *\nDisallow: /\n",
    "http://training.example/robots.txt": "User-agent: GPTBot\nDisallow: /1\n",
    "https://open.example/robots.txt": "User-agent: *\nAllow: /\n",
}
TODAY = {
    "closed.example/0": "rights.robots",
    "closed.example/1": "rights.robots",
    "training.example/0": None,
    "training.example/1": "rights.robots",
    "open.example/0": None,
    "open.example/1": None,
    "silent.example/0": None,
    "silent.example/1": None,
}


def snapshot(folder: Path, kind: str) -> list[str]:
    if kind == "warc":
        path = folder / "snapshot" / "robots.warc.gz"
        path.parent.mkdir(exist_ok=True)
        made = []
        for url, text in ROBOTS.items():
            body = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{text}".encode()
            head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:{url}>\r\nWARC-Target-URI: {url}\r\n"
            head += "WARC-Date: 2026-11-20T00:00:00Z\r\nContent-Type: application/http\r\n"
            made.append(gzip.compress(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n\r\n"))
        path.write_bytes(b"".join(made))
        return [str(path)]
    path = folder / "robots.jsonl"
    rows = [{"url": url, "text": text, "fetched_at": "2026-11-20T00:00:00Z"} for url, text in ROBOTS.items()]
    old = {"url": "https://open.example/robots.txt", "text": "User-agent: *\nDisallow: /", "fetched_at": "2026-11-01"}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, old]), encoding="utf-8")
    return [str(path)]


@pytest.mark.parametrize("kind", ["jsonl", "warc"])
def test_what_robots_txt_says_today_counts_with_its_line(web: Web, kind: str) -> None:
    names = ("closed", "training", "open", "silent")
    web.write("a", {url: html for name in names for url, html in pages(f"{name}.example", OWN_BY, 2).items()})
    found = web.run(robots_snapshots=snapshot(web.folder, kind))
    assert reasons(found) == TODAY
    said = {url: row["evidence"][-1] for url, row in verdicts(found).items() if row["rejected_by"]}
    assert {(row["kind"], row["value"], row["where"], row["subject"]) for row in said.values()} == {
        ("robots_access", "Disallow: /", "robots.txt:2 of 2026-11-20", "reservation"),
        ("robots_agents", "GPTBot: /1", "robots.txt:2 of 2026-11-20", "reservation"),
    }
    assert verdicts(found)["open.example/0"]["robots"] == "allowed"
    assert verdicts(found)["silent.example/0"]["robots"] == "unknown"


def test_a_licence_that_overrides_reservations_answers_todays_robots_txt_too(web: Web) -> None:
    web.write("a", pages("closed.example", OWN_BY, 2))
    policy = {"sources": {"web": {"license_overrides_reservation": True}}}
    found = web.run(policy, robots_snapshots=snapshot(web.folder, "jsonl"))
    assert reasons(found) == {"closed.example/0": None, "closed.example/1": None}
    assert verdicts(found)["closed.example/0"]["robots"] == "answered"


def test_the_policy_stands_once_in_the_step(web: Web) -> None:
    web.write("a", pages("a.example", OWN_NC, 1) | pages("b.example", OWN_NC, 1) | pages("c.example", OWN_BY, 1))
    also = {"verdict": ["permissive", "noncommercial"]}
    found = web.run({"verdict": ["open"], "domains": {"a.example": also, "c.example": also}})
    assert reasons(found) == {"a.example/0": None, "c.example/0": None}
    listed = hosts(web.folder, "c.example\tCC-BY-ND-4.0\tcontract\tLi\t2026-01-01")
    assert reasons(web.run({"verdict": ["open"], "domains": {"c.example": also}}, host_lists=listed)) == {
        "c.example/0": None  # the page's own word is the nearer one
    }


def test_rights_need_the_step_and_publishing_needs_rights(web: Web) -> None:
    def error(*stages: dict[str, Any], steps: list[Any]) -> str:
        documents = {"name": "documents", "sources": [{"kind": "text", "name": "n", "paths": ["x"]}], "steps": steps}
        path = web.folder / "config.yaml"
        path.write_text(yaml.safe_dump({"name": "t", "output": "o", "stages": [documents, *stages]}))
        with pytest.raises(ConfigError) as caught:
            load(str(path))
        return str(caught.value)

    assert "rights: needs the step `license`" in error({"name": "rights"}, steps=[{"name": "normalize"}])
    publish = {"name": "publish", "title": "x"}
    assert "needs the stage `rights`, which decides about licences" in error(publish, steps=[{"name": "license"}])
    strange = [{"name": "license", "sources": {"elsewhere": {}}}]
    assert "license.sources: no source is named elsewhere" in error({"name": "rights"}, steps=strange)
