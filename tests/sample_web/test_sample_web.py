import gzip
import hashlib
import html
import http.client
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastWarcIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped, unused-ignore]
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped, unused-ignore]

from tests.sample_web.pack import FILES, RESOURCE_URL, archives, truth
from tests.sample_web.serve import VIRTUAL, serving
from tests.sample_web.web import CODECS, Page, pages

PACK = Path(__file__).with_name("pack.py")
LANGUAGES = {
    "zho_Hans", "zho_Hant", "jpn_Jpan", "kor_Hang", "tha_Thai", "arb_Arab", "hin_Deva", "rus_Cyrl",
    "eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn", "por_Latn", "vie_Latn",
}  # fmt: skip
LICENSES = {
    "CC-BY-4.0", "CC-BY-3.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0", "CC-BY-SA-2.0", "CC0-1.0", "CC-BY-NC-4.0",
    "CC-BY-ND-4.0", "LicenseRef-AllRightsReserved", None,
}  # fmt: skip
PLACES = {"link-rel", "a-rel-license", "meta", "json-ld", "text", "http-link", None}
REASONS = {"license", "duplicate", "quality", "extract", "status", "truncated", "type", "language"}
ACCEPTED = re.compile(r"CC0-1\.0|CC-BY-\d\.\d|CC-BY-SA-\d\.\d")
BY_ID = {page.id: page for page in pages()}


def visible(page: Page) -> str:
    """The page with its tags stripped and its white space made one."""
    assert page.charset_real is not None
    document = page.body.decode(CODECS[page.charset_real])
    document = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", document)
    return squeezed(html.unescape(re.sub(r"(?s)<[^>]*>", " ", document)))


def squeezed(text: str) -> str:
    """Without white space, as tags between letters may or may not stand for it."""
    return "".join(text.split())


@pytest.fixture(scope="module")
def packed() -> dict[str, bytes]:
    return archives()


@pytest.mark.parametrize("page", [page for page in pages() if page.text], ids=lambda page: page.id)
def test_a_page_shows_the_text_that_its_truth_claims(page: Page) -> None:
    shown = visible(page)
    for line in page.text.split("\n"):
        assert squeezed(line) in shown, f"{page.id} does not show {line!r}"
    assert page.title is None or squeezed(page.title) in shown


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("once", "again"):
        subprocess.run([sys.executable, str(PACK), str(tmp_path / name)], check=True, cwd=tmp_path)
    digests = [
        [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted((tmp_path / name).iterdir())]
        for name in ("once", "again")
    ]
    assert len(digests[0]) == 3
    assert digests[0] == digests[1]


def test_every_record_but_the_last_is_read_back_by_warcio(packed: dict[str, bytes], tmp_path: Path) -> None:
    bodies: dict[str, bytes] = {}
    kinds: dict[str, int] = defaultdict(int)
    for name, content in packed.items():
        (tmp_path / name).write_bytes(content)
        with (tmp_path / name).open("rb") as stream:
            try:
                for record in ArchiveIterator(stream):
                    kinds[record.rec_type] += 1
                    if record.rec_type == "response":
                        bodies[record.rec_headers.get_header("WARC-Record-ID")] = record.content_stream().read()
            except (ArchiveLoadFailed, EOFError):
                assert name == FILES[1]
    for page in pages():
        if page.cut is None:
            assert page.record is not None
            assert bodies[page.record] == page.body, page.id
    assert kinds["warcinfo"] == 2
    assert kinds["metadata"] == kinds["revisit"] == kinds["resource"] == 1
    assert kinds["request"] == len(pages())


def test_fastwarc_reads_the_same_bodies(packed: dict[str, bytes], tmp_path: Path) -> None:
    found: dict[str, bytes] = {}
    for name, content in packed.items():
        (tmp_path / name).write_bytes(content)
        for record in FastWarcIterator(str(tmp_path / name), record_types=WarcRecordType.response):
            found[str(record.record_id)] = record.reader.read()
    for page in pages():
        if page.cut is None:
            assert page.record is not None
            assert found[page.record] == page.body, page.id


def test_each_record_is_a_gzip_member_without_a_clock(packed: dict[str, bytes]) -> None:
    first = packed[FILES[0]]
    members = [match.start() for match in re.finditer(rb"\x1f\x8b\x08\x00\x00\x00\x00\x00", first)]
    assert len(members) > len(pages())
    assert gzip.decompress(first).startswith(b"WARC/1.1\r\n")


def test_the_second_file_ends_inside_the_last_member(packed: dict[str, bytes]) -> None:
    with pytest.raises(EOFError):
        gzip.decompress(packed[FILES[1]])
    (cut,) = [page for page in pages() if page.cut == "member"]
    assert cut.file == FILES[1]
    assert cut.reason_class == "truncated"


def test_a_truncated_payload_says_so(packed: dict[str, bytes]) -> None:
    (half,) = [page for page in pages() if page.cut == "payload"]
    assert half.file is not None
    assert packed[half.file]
    text = b"".join(gzip.decompress(packed[FILES[0]]).split(b"\r\n"))
    assert (b"WARC-Truncated: length" in text) == (half.file == FILES[0])


def test_the_truth_is_one_row_a_page_with_a_record_in_a_file() -> None:
    rows = truth()
    assert len(rows) == len(pages()) + 1
    assert len({row["id"] for row in rows}) == len({row["record"] for row in rows}) == len(rows)
    assert all(row["file"] in FILES and str(row["record"]).startswith("<urn:uuid:") for row in rows)
    assert all(set(row) == set(rows[0]) for row in rows)
    assert json.loads(json.dumps(rows, ensure_ascii=False)) == rows
    assert rows[-1]["url"] == RESOURCE_URL


def test_the_server_answers_with_the_bytes_of_each_page() -> None:
    with serving() as addresses:
        virtual = addresses[VIRTUAL].removeprefix("http://")
        for page in pages():
            host = addresses[page.host].removeprefix("http://")
            for address, name in ((host, host), (virtual, page.host)):
                connection = http.client.HTTPConnection(address, timeout=10)
                connection.request("GET", page.path, headers={"Host": name})
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (page.status, page.body), page.id
                for header, value in page.headers:
                    assert answer.getheader(header) == value
                connection.close()


def test_each_host_has_robots_and_a_sitemap_of_pages_that_exist() -> None:
    with serving() as addresses:
        for host, address in addresses.items():
            if host == VIRTUAL:
                continue
            with urllib.request.urlopen(f"{address}/robots.txt") as answer:
                assert f"Sitemap: {address}/sitemap.xml" in answer.read().decode()
            with urllib.request.urlopen(f"{address}/sitemap.xml") as answer:
                locations = [
                    str(element.text)
                    for element in ElementTree.fromstring(answer.read()).iter()
                    if element.tag.endswith("loc")
                ]
            assert locations
            for location in locations:
                with urllib.request.urlopen(location) as answer:
                    assert answer.status == 200


def test_the_server_knows_no_other_page_and_no_other_host() -> None:
    with serving() as addresses:
        for address, path in ((addresses["kexue.example"], "/nothing"), (addresses[VIRTUAL], "/")):
            with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(address + path):
                pass
            assert caught.value.code == 404
            caught.value.close()


def test_every_required_language_has_at_least_two_articles() -> None:
    articles: dict[str | None, int] = defaultdict(int)
    for page in pages():
        if page.kind in ("article", "mirror_hant"):
            articles[page.language] += 1
    assert set(articles) >= LANGUAGES
    assert min(articles.values()) >= 2


def test_every_required_license_is_declared_in_every_required_way() -> None:
    assert {page.license for page in pages()} == LICENSES
    assert {page.license_where for page in pages()} == PLACES
    assert all((page.license is None) == (page.license_where is None) for page in pages())
    kept = [page for page in pages() if page.expect == "kept"]
    assert {page.license_where for page in kept} == PLACES - {None}


def test_a_kept_page_is_whole_licensed_and_long_enough() -> None:
    for page in pages():
        if page.expect == "kept":
            assert page.reason_class is None
            assert page.license is not None
            assert ACCEPTED.fullmatch(page.license), page.id
            assert page.author, page.id
            assert page.published, page.id
            scripts = page.language.rsplit("_", 1)[1] if page.language else ""
            if scripts in ("Hans", "Hant", "Jpan", "Thai"):
                assert len(page.text) >= 250, page.id
            else:
                assert len(page.text.split()) >= 100, page.id


def test_a_rejected_page_has_one_reason() -> None:
    rejected = [page for page in pages() if page.expect == "rejected"]
    assert {page.reason_class for page in rejected} == REASONS
    for page in rejected:
        accepted = bool(page.license and ACCEPTED.fullmatch(page.license)) and "noai" not in str(page.body)
        assert accepted != (page.reason_class == "license") or page.status == 301, page.id


def test_about_half_of_the_pages_are_kept() -> None:
    kept = sum(page.expect == "kept" for page in pages())
    assert 0.4 < kept / len(pages()) < 0.6


def test_exactly_one_page_of_a_group_is_kept() -> None:
    groups: dict[str | None, list[Page]] = defaultdict(list)
    for page in pages():
        groups[page.group].append(page)
    copies = {name: members for name, members in groups.items() if len(members) > 1}
    assert len(copies) == 6
    for name, members in copies.items():
        assert [page.id for page in members if page.expect == "kept"] == [name]


def test_texts_of_distinct_groups_are_distinct() -> None:
    seen: dict[str, str | None] = {}
    for page in pages():
        if page.text:
            assert seen.setdefault(squeezed(page.text), page.group) == page.group, page.id


def test_copies_are_as_alike_as_they_are_said_to_be() -> None:
    bounds = {"exact": (1.0, 1.0), "near": (0.75, 0.95), "mirror": (0.0, 0.5)}
    for page in pages():
        if page.duplicate_of is not None:
            low, high = bounds[page.similarity_class]
            assert low <= jaccard(page.text, BY_ID[page.duplicate_of].text) <= high, page.id


def jaccard(one: str, other: str) -> float:
    """The similarity of two texts by their runs of five characters."""
    left, right = ({text[i : i + 5] for i in range(len(text) - 4)} for text in map(squeezed, (one, other)))
    return len(left & right) / len(left | right)


def test_the_charset_a_page_declares_is_wrong_where_it_should_be() -> None:
    said = {page.id: (page.charset_real, page.charset_header, page.charset_meta) for page in pages()}
    assert said["shanghai-waibaidu"] == ("gbk", "GBK", "utf-8")
    assert said["shanghai-library"] == ("gbk", None, "gb2312")
    assert said["shanghai-noodles"] == ("utf-8-sig", None, None)
    assert said["tokyo-tsuyu"] == ("shift_jis", None, None)
    assert said["siberia-permafrost"] == ("windows-1251", "utf-8", "windows-1251")
    assert said["seoul-kimchi"] == ("euc-kr", None, "euc-kr")
    assert said["taipei-tea"] == ("big5", "Big5", None)
    assert said["rhone-mistral"] == ("iso-8859-1", None, None)
    assert said["bangkok-monsoon"] == ("windows-874", "tis-620", None)


def test_the_gb2312_page_uses_characters_that_gb2312_lacks() -> None:
    with pytest.raises(UnicodeEncodeError):
        BY_ID["shanghai-library"].text.encode("gb2312")


def test_the_traps_name_a_license_that_is_not_for_the_text() -> None:
    for page in pages():
        if page.kind == "trap":
            assert b"creativecommons.org" in page.body
            assert page.reason_class == "license"
