"""Host lists: a decision has a reason, a person and a day; what is wrong with a list is told with its line."""

import json
from pathlib import Path

import pytest

from filters.licences.lists import HostListError, host_list
from filters.licences.sites import site_of

HEADER = "host\tdecision\tevidence\tdecided_by\tdecided_on"
ALLOWED = "blog.example.org\tallowed\thttps://blog.example.org/terms\tLi Na\t2026-11-22"


def written(folder: Path, *lines: str, name: str = "hosts.tsv") -> tuple[Path]:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return (path,)


def test_an_entry_holds_for_the_host_and_all_below_it(tmp_path: Path) -> None:
    hosts = host_list(written(tmp_path, "# reviewed", HEADER, ALLOWED))
    assert len(hosts) == 1
    for host in ("blog.example.org", "zh.blog.example.org"):
        entry = hosts.of(host)
        assert entry is not None
        assert (entry.status, entry.license, entry.where) == ("allowed", None, "hosts.tsv:3")
        assert entry.evidence_row["value"] == (
            "blog.example.org: allowed; https://blog.example.org/terms; decided by Li Na on 2026-11-22"
        )
    assert hosts.of("example.org") is hosts.of("myblog.example.org") is hosts.of(None) is None


def test_the_nearest_entry_counts_but_a_denial_counts_before_all(tmp_path: Path) -> None:
    rows = [
        "example.org\tCC-BY-SA-4.0\tc\tLi\t2026-01-01",
        "zh.example.org\tCC-BY-4.0\tc\tLi\t2026-01-01",
        "bad.zh.example.org\tdenied\tcease and desist\tLi\t2026-01-02",
    ]
    hosts = host_list(written(tmp_path, HEADER, *rows))
    found = {
        name: entry.decision
        for name in ("a.example.org", "a.zh.example.org", "x.bad.zh.example.org")
        if (entry := hosts.of(name))
    }
    assert list(found.values()) == ["CC-BY-SA-4.0", "CC-BY-4.0", "denied"]


def test_json_lines_and_hosts_in_any_script_are_read_too(tmp_path: Path) -> None:
    row = dict(zip(HEADER.split("\t"), ("www.例子.公司.cn", "CC0-1.0", "合同 7", "李娜", "2026-11-22"), strict=True))
    hosts = host_list(written(tmp_path, json.dumps(row), name="hosts.jsonl"))
    entry = hosts.of("xn--fsqu00a.xn--55qx5d.cn")
    assert entry is not None
    assert (entry.license, entry.decided_by) == ("CC0-1.0", "李娜")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["host\tdecision"], "hosts.tsv:1: the header must be host decision"),
        ([HEADER, ALLOWED + "\tmore"], "hosts.tsv:2: 6 columns, expected 5"),
        ([HEADER, ALLOWED.replace("Li Na", "")], "hosts.tsv:2: no decided_by"),
        ([HEADER, ALLOWED.replace("allowed", "CC-BY")], "hosts.tsv:2: 'CC-BY' is neither denied nor allowed nor"),
        ([HEADER, ALLOWED.replace("2026-11-22", "yesterday")], "decided_on 'yesterday' is not a day"),
        ([HEADER, "https://a.example/x\tdenied\tx\tLi\t2026-01-01"], "is not a host; write blog.example.org"),
        ([HEADER, "github.io\tallowed\tx\tLi\t2026-01-01"], "strangers share github.io"),
        ([HEADER, "medium.com\tallowed\tx\tLi\t2026-01-01"], "name one site of theirs"),
        ([HEADER, "wordpress.com\tCC-BY-4.0\tx\tLi\t2026-01-01"], "name one site of theirs"),
        (
            [HEADER, "medium.com/@li/a-page\tallowed\tx\tLi\t2026-01-01"],
            "the one that this page is on is medium.com/@li",
        ),
        ([HEADER, "co.uk\tCC-BY-4.0\tx\tLi\t2026-01-01"], "strangers share co.uk"),
        (
            [HEADER, ALLOWED, ALLOWED.replace("allowed", "CC-BY-4.0")],
            "hosts.tsv:3: blog.example.org is CC-BY-4.0, but allowed in hosts.tsv:2",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(HostListError) as caught:
        host_list(written(tmp_path, *lines))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", "hosts.jsonl:1: not JSON"),
        ('["blog.example.org"]', "hosts.jsonl:1: an object was expected"),
        ('{"host": "' + "x" * 70 + '.example"}', "hosts.jsonl:1"),
    ],
)
def test_what_is_wrong_in_json_lines_is_told_with_its_line_too(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(HostListError) as caught:
        host_list(written(tmp_path, line, name="hosts.jsonl"))
    assert message in str(caught.value)


def test_a_name_that_no_host_can_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HostListError, match=r"hosts\.tsv:2: 'x{70}\.example' is not a host"):
        host_list(written(tmp_path, HEADER, ALLOWED.replace("blog.example.org", "x" * 70 + ".example")))


def test_of_two_lists_the_denial_counts_whatever_their_order(tmp_path: Path) -> None:
    allowed = written(tmp_path, HEADER, ALLOWED, name="a.tsv")
    denied = written(tmp_path, HEADER, ALLOWED.replace("allowed", "denied"), name="b.tsv")
    for paths in ((*allowed, *denied), (*denied, *allowed)):
        entry = host_list(paths).of("blog.example.org")
        assert entry is not None
        assert entry.decision == "denied"


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HostListError, match=r"none\.tsv"):
        host_list((tmp_path / "none.tsv",))


def test_what_was_decided_of_a_host_says_nothing_of_a_strangers_part_of_it_unless_it_is_denied(tmp_path: Path) -> None:
    rows = [
        "uni.example.edu\tCC-BY-4.0\tc\tLi\t2026-01-01",
        "uni.example.edu/~wang\tCC-BY-SA-4.0\tc\tLi\t2026-01-01",
        "www.Medium.com/@Li\tallowed\tc\tLi\t2026-01-01",
        "tumblr.com\tdenied\tc\tLi\t2026-01-01",
    ]
    hosts = host_list(written(tmp_path, HEADER, *rows))
    decided = {
        url: (entry.decision if (entry := hosts.of(site_of(url))) else None)
        for url in (
            "https://uni.example.edu/physics/",
            "https://uni.example.edu/~wang/notes.html",
            "https://uni.example.edu/~zhao/notes.html",
            "https://medium.com/@li/one-page-7",
            "https://medium.com/@other/one-page-8",
            "https://a.tumblr.com/post/1",
        )
    }
    assert list(decided.values()) == ["CC-BY-4.0", "CC-BY-SA-4.0", None, "allowed", None, "denied"]
