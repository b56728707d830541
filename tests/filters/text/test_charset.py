"""Which charset a page's bytes are read by, and what decided on it."""

import base64
import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.text.charset import SUPERSETS, decode

RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний."
CHINESE = "语料来自公开网页，按许可证发布；天气预报与材料科学数据也在其中，北京、上海与广州的读者都能看到。"
TAIWANESE = "語料來自公開網頁，依授權條款發布；天氣預報與材料科學的資料也在其中，臺北的讀者也能看到。"
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。①②③のカタカナも含む。"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 똠방각하 펲시콜라."
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy, a proto všichni lidé rodí se svobodní a sobě rovní."
GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich – „schöne Grüße“ für 5 €."


def page(text: str, charset: str | None = None) -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}<title>t</title></head><body>" + f"<p>{text}</p>" * 5 + "</body></html>"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (CHINESE, "gb18030", "gb2312"),
        (CHINESE + "镕喆", "gbk", "GB2312"),
        (TAIWANESE, "big5", "big5"),
        (TAIWANESE, "cp950", "Big5"),
        (JAPANESE, "cp932", "Shift_JIS"),
        (JAPANESE.replace("①②③", ""), "euc_jp", "EUC-JP"),
        (JAPANESE.replace("①②③", ""), "iso2022_jp", "ISO-2022-JP"),
        (KOREAN, "cp949", "EUC-KR"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8_r", "KOI8-R"),
        (CZECH, "cp1250", "windows-1250"),
        (CZECH, "iso8859_2", "iso-8859-2"),
        (GERMAN, "cp1252", "ISO-8859-1"),
    ],
)
def test_a_legacy_page_is_read_by_its_header_its_meta_tag_or_neither(text: str, codec: str, declared: str) -> None:
    if codec == "iso2022_jp":
        assert decode(page(text).encode(codec)).text == page(text)
        return
    in_header = decode(page(text).encode(codec), f"text/html; charset={declared}")
    assert (in_header.text, in_header.decided_by) == (page(text), "header")
    in_meta = decode(page(text, declared).encode(codec))
    assert (in_meta.text, in_meta.decided_by) == (page(text, declared), "meta")
    nowhere = decode(page(text).encode(codec))
    assert (nowhere.text, nowhere.decided_by) == (page(text), "detection")


@pytest.mark.parametrize("declared", ["iso-8859-1", "gb2312", "windows-1251", "no-such-charset", "base64", "utf-16"])
def test_valid_utf8_beats_every_declaration(declared: str) -> None:
    for text in (CHINESE, RUSSIAN, GERMAN, "plain"):
        decoded = decode(page(text, declared).encode(), f"text/html; charset={declared}")
        assert (decoded.text, decoded.decided_by) == (page(text, declared), "utf-8")


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (RUSSIAN, "cp1251", "utf-8"),
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "koi8_r", "windows-1251"),
        (CHINESE, "gb18030", "iso-8859-1"),
        (CHINESE, "gb18030", "utf-8"),
        (TAIWANESE, "big5", "windows-1252"),
        (JAPANESE, "cp932", "iso-8859-1"),
        (KOREAN, "cp949", "utf-8"),
        (KOREAN, "cp949", "nonsense"),
        (CZECH, "cp1250", "iso-8859-1"),
    ],
)
def test_a_wrong_declaration_is_overruled(text: str, codec: str, declared: str) -> None:
    decoded = decode(page(text).encode(codec), f"text/html; charset={declared}")
    assert (decoded.text, decoded.decided_by) == (page(text), "detection")


def test_the_document_may_correct_its_server() -> None:
    decoded = decode(page(CZECH, "windows-1250").encode("cp1250"), "text/html; charset=ISO-8859-1")
    assert decoded.text == page(CZECH, "windows-1250")


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-be"])
def test_unicode_is_read_with_and_without_its_mark(codec: str) -> None:
    assert decode(page(JAPANESE).encode(codec), "text/html; charset=iso-8859-1").text == page(JAPANESE)


def test_a_cut_off_or_damaged_utf8_page_is_still_utf8() -> None:
    payload = page(CHINESE).encode()
    damaged = payload[:200] + b"\xff" + payload[200:-16]
    decoded = decode(damaged, "text/html; charset=utf-8")
    assert decoded.encoding == "utf-8"
    assert 1 <= decoded.undecodable <= 3


def test_what_nothing_decodes_is_reported() -> None:
    decoded = decode(b"<p>\x81\x8d\x8f\x90\x9d\xff</p>")
    assert decoded.decided_by in {"fallback", "detection"}


def test_an_xml_declaration_counts() -> None:
    feed = f'<?xml version="1.0" encoding="windows-1251"?><p>{RUSSIAN}</p>'
    assert decode(feed.encode("cp1251")).text == feed


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400), st.none() | st.sampled_from([f"text/html; charset={name}" for name in SUPERSETS]))
def test_any_bytes_are_decoded_to_some_text(payload: bytes, content_type: str | None) -> None:
    decoded = decode(payload, content_type)
    assert decoded == decode(payload, content_type)
    assert isinstance(decoded.text, str)


def test_charset_detection_does_not_get_worse() -> None:
    path = (
        Path(os.environ.get("YULIAO_DATA", Path(__file__).parents[4].parent / "shared/data"))
        / "charset/charset.jsonl.gz"
    )
    if not path.exists():
        pytest.skip(f"{path} is not here")
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    right = 0
    for row in rows:
        payload = base64.b64decode(row["body_b64"])
        label = row["encoding"].lower()
        label = {"maccyrillic": "x-mac-cyrillic", "ibm855": "cp855", "ibm866": "cp866"}.get(label, label)
        for codec in SUPERSETS.get(label, (label,)):
            try:
                right += decode(payload).text.lstrip("\ufeff") == payload.decode(codec).lstrip("\ufeff")
                break
            except (UnicodeDecodeError, LookupError):
                continue
    assert len(rows) == 223
    assert right >= 200
