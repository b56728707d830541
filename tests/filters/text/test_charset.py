"""Which charset a page's bytes are read by, and what decided on it."""

import base64
import gzip
import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.text.charset import SUPERSETS, decode
from filters.text.plausibility import commonness

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


ENGLISH = "The board said it wasn’t ready; the café at the dam was open, and the smörgåsbord – “all of it” – was eaten."
HEBREW = "ועד הנמל התכנס ביום שלישי כדי להחליט אם להזיז את העגורן הישן לפני החורף, ורוב הדוברים התנגדו לכך."
GREEK = "Το συμβούλιο του λιμανιού συνεδρίασε την Τρίτη για να αποφασίσει αν ο παλιός γερανός πρέπει να μετακινηθεί."
ARABIC = (
    "اجتمعت لجنة الميناء يوم الثلاثاء لتقرر ما إذا كان يجب نقل الرافعة القديمة قبل الشتاء، وعارض معظم المتحدثين ذلك."
)
THAI = "คณะกรรมการท่าเรือประชุมเมื่อวันอังคารเพื่อตัดสินใจว่าควรย้ายปั้นจั่นเก่าก่อนฤดูหนาวหรือไม่"
SPOKEN = (ENGLISH, GERMAN, CZECH, RUSSIAN, GREEK, HEBREW, ARABIC, THAI, CHINESE, TAIWANESE, JAPANESE, KOREAN)


def damaged(random_: random.Random, payload: bytes) -> bytes:
    """Return a page with one or two faults, none of them in its head."""
    for _ in range(random_.choice((1, 1, 2))):
        at = random_.randrange(200, len(payload))
        while payload[at] & 0xC0 == 0x80:
            at -= 1
        wrong = random_.choice((b"\xa0", b"\xa9 2020", b"M\xfcller", b"\xed\xa0\xbd", b"\xc3", "中".encode("gb18030")))
        payload = payload[:at] + wrong + payload[at:]
    return payload


@pytest.mark.parametrize("seed", range(60))
def test_damage_throws_no_declaration_of_utf8_away(seed: int) -> None:
    random_ = random.Random(seed)
    text = page(random_.choice(SPOKEN), "utf-8")
    decoded = decode(damaged(random_, text.encode()), random_.choice((None, "text/html; charset=UTF-8")))
    assert decoded.encoding == "utf-8"
    assert 1 <= decoded.undecodable == decoded.text.count("\ufffd") <= 8
    assert sum(line in decoded.text for line in text.split("<p>")) >= 4


@pytest.mark.parametrize("text", SPOKEN)
@pytest.mark.parametrize("declared", [None, "utf-8"])
def test_a_page_may_be_cut_in_the_middle_of_a_character(text: str, declared: str | None) -> None:
    whole = page(text, declared)
    payload = whole.encode()
    for end in range(len(payload) - 60, len(payload) - 20):
        decoded = decode(payload[:end])
        assert decoded.encoding == "utf-8"
        assert whole.startswith(decoded.text.rstrip("\ufffd"))


@pytest.mark.parametrize("character", ["😀", "𠮷", "𝛼", "🇩🇪"])
@pytest.mark.parametrize("text", SPOKEN)
def test_surrogates_in_utf8_are_the_character_that_they_stand_for(text: str, character: str) -> None:
    units = character.encode("utf-16-be")
    pairs = "".join(map(chr, (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))))
    payload = page(f"{text}%", "utf-8").encode().replace(b"%", pairs.encode("utf-8", "surrogatepass"))
    assert decode(payload).text == page(f"{text}{character}", "utf-8")


SINGLE_BYTES = {
    **dict.fromkeys(("windows-1251", "koi8-r", "iso-8859-5"), RUSSIAN),
    **dict.fromkeys(("windows-1252", "iso-8859-1"), GERMAN.replace("–", "-").replace("„", "'").replace("“", "'")[:-4]),
    **dict.fromkeys(("windows-1250", "iso-8859-2"), CZECH),
    **dict.fromkeys(("windows-1253", "iso-8859-7"), GREEK),
    "windows-1255": HEBREW,
    "windows-1256": ARABIC,
    "windows-874": THAI,
}


@pytest.mark.parametrize("inserted", [RUSSIAN[:30], "café", "© 2020", CHINESE[:9], "– “so” –"])
@pytest.mark.parametrize("declared", SINGLE_BYTES)
def test_what_was_inserted_in_utf8_is_read_as_utf8(declared: str, inserted: str) -> None:
    if declared in {"windows-874", "iso-8859-5"} and inserted in {"café", "© 2020"}:
        pytest.skip("two letters of that charset, as good as any")
    text, codec = SINGLE_BYTES[declared] + " ", SUPERSETS.get(declared, (declared,))[0]
    start, tail = page(text * 3, declared).encode(codec), f"<p>{inserted}</p>"
    decoded = decode(start + tail.encode())
    assert decoded.text == page(text * 3, declared) + tail


@pytest.mark.parametrize("declared", SINGLE_BYTES)
@pytest.mark.parametrize("codec", SINGLE_BYTES)
def test_no_other_single_byte_charset_is_believed(codec: str, declared: str) -> None:
    payload = page(SINGLE_BYTES[codec]).encode(SUPERSETS.get(codec, (codec,))[0])
    if SINGLE_BYTES[codec] != SINGLE_BYTES[declared] and {codec[-4:], declared[-4:]} - {"1250", "1252", "59-1", "59-2"}:
        assert decode(payload, f"text/html; charset={declared}").text == page(SINGLE_BYTES[codec])


EAST_ASIAN = {"gb2312": CHINESE, "big5": TAIWANESE, "shift_jis": JAPANESE, "euc-jp": JAPANESE, "euc-kr": KOREAN}


@pytest.mark.parametrize("declared", EAST_ASIAN)
@pytest.mark.parametrize("codec", EAST_ASIAN)
def test_a_charset_that_makes_rare_letters_of_a_text_is_not_believed(codec: str, declared: str) -> None:
    text = page(EAST_ASIAN[codec].replace("①②③", "").replace("똠방각하 펲시콜라", ""))
    assert decode(text.encode(codec), f"text/html; charset={declared}").text == text


def test_common_letters_are_most_of_a_text_and_few_of_another_charsets() -> None:
    for codec, text in EAST_ASIAN.items():
        assert commonness(text) > 0.25
        assert codec == "gb2312" or commonness(text.encode(codec, "ignore").decode("gb18030", "ignore")) < 0.25
    assert commonness("plain") == 1


def test_a_byte_of_0x80_in_chinese_is_the_euro() -> None:
    payload = page(CHINESE + "%", "gbk").encode("gbk").replace(b"%", b"\x80")
    assert decode(payload).text == page(CHINESE + "€", "gbk")


EUC_TW = "eba3d5e8cbf4c8dcc4fce2e4eabdd3f7a1a2ead7c6a1cefbfbf4cfafc4bed7e4d2e0ccafa1a4c4c28ea2c1f68ea2a1a18ea2a1a2"


def test_euc_tw_is_read_though_python_has_no_codec_of_it() -> None:
    payload = bytes.fromhex(EUC_TW)
    assert decode(payload, "text/html; charset=EUC-TW").text == "語料來自公開網頁，臺北的讀者也能看到。兀嗀乂乜"
    assert decode(payload * 9 + payload[:-1], "text/html; charset=x-euc-tw").text.endswith("乂\ufffd")
    assert decode(payload * 9).encoding == "euc_tw"


def test_few_bytes_by_themselves_are_western_where_nothing_is_declared() -> None:
    for word in ("Müller", "café", "naïve", "Señor", "Malmö"):
        payload = page(f"The board met {word} on Tuesday and said that it was ready.").encode("cp1252")
        assert word in decode(payload[:120]).text


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
