"""Personal data: found beside any script, told from other numbers, replaced the same way every time."""

import random
from collections.abc import Callable
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.chain import judge
from filters.documents import Documents
from filters.personal.checksums import CHECKS, PROVINCES, cn_ric, es_dni, hk_id, iban, luhn, tw_id, verhoeff
from filters.personal.find import Span, _is, _secrets, _spared, find, kinds
from filters.pii import PII, redact
from filters.text.shadow import shadow_table

Batch = Callable[..., pa.RecordBatch]


def kinds_in(text: str) -> list[str]:
    return [span.kind for span in find(text)]


def completed(head: str, check: Callable[[str], bool], last: str = "0123456789X") -> str:
    """Return a number with the last character that makes its check hold: no number here is anyone's."""
    return next(head + char for char in last if check(head + char))


RIC = completed("11010519491231000", cn_ric)
CARD = completed("622202123456789", luhn)

FOUND = [
    ("电话13812345678请", ["cn_mobile"]),
    ("手机：１３８１２３４５６７８", ["cn_mobile"]),
    ("联系人 138 1234 5678", ["cn_mobile"]),
    ("+86 13812345678", ["cn_mobile"]),
    ("咨询电话021-62345678转", ["cn_landline"]),
    ("邮箱a@b.com，谢谢", ["email"]),
    ("mail me at a@b.com", ["email"]),
    ("Пишите на имя.a.b@почта и x.y+z@mail.example.org.", ["email"]),
    (f"身份证号{RIC}。", ["cn_ric"]),
    (f"身份证{RIC.lower()}号", ["cn_ric"]),
    (f"卡号 {CARD}", ["bank_card"]),
    (f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}", ["bank_card"]),
    ("IBAN: DE89 3704 0044 0532 0130 00.", ["iban"]),
    ("HKID " + completed("A123456(", lambda n: hk_id(n.replace("(", "")), "0123456789A") + ")", ["hk_id"]),
    ("身分證字號 " + completed("A12345678", tw_id, "0123456789"), ["tw_id"]),
    ("aadhaar no. " + completed("23412341234", verhoeff, "0123456789"), ["in_aadhaar"]),
    ("護照號碼 E12345678", ["cn_passport"]),
    ("微信号：abc_12345", ["account_cn"]),
    ("车牌粤B12345", ["plate_cn"]),
    ("call me at 467 3395 now", ["phone_said"]),
    ("phone: +46 (0)8 928 571 38 fax", ["phone_international"]),
    ("هاتف: 00971501234567", ["phone_said"]),
    ("telefon: 0211 123456", ["phone_said"]),
    ("ไลน์ไอดี: somchai99", ["account_cn"]),
    ("台胞证号12345678", ["tw_permit"]),
    ("澳門身份證 1234567(8)", ["mo_id"]),
    ("旅券番号 TK1234567", ["jp_passport"]),
    ("여권번호 M12345678", ["kr_passport"]),
    ("The client is 106.31.73.20.", ["ip"]),
    ("Seen again: 106.31.73.20.", ["ip"]),  # a part above 99: no section, no version
    ("Seen again: 12.34.56.178.", ["ip"]),
    ("The server is 12.34.56.78.", ["ip"]),
    ("Mi D.N.I. " + completed("12345678", es_dni, "ABCDEFGHJKLMNPQRSTVWXYZ"), ["es_dni"]),
    ("WeChat ID: abc_12345", ["account_cn"]),
    ("카카오톡 ID: seoul_99", ["account_cn"]),
    ("key = AKIA" + "A" * 16, ["aws_key"]),
    ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", ["private_key"]),
    ("token ghp_" + "a" * 36, ["github_token"]),
    ("SSN: 536-22-1234", ["us_ssn"]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_personal_data_is_found_beside_any_script(text: str, expected: list[str]) -> None:
    assert kinds_in(text) == expected


SPARED = [
    "The values were 13812345678 13912345678 and 15012345678.",
    "n = 4454794511390933 events",
    "In the register under 12.34.56.78 and 8.9.10.11.",  # four parts, none above 99
    "EC 3.4.21.5 and version 10.2.3.4, section 1.2.3.4",
    "doi:10.1234/13812345678 and ISBN 978-3-16-148410-0",
    "https://site.example/item/13812345678?id=6222021234567894",
    "arXiv:2101.12345678, PMID: 12345678",
    "+12345.678 K, +1.5e10, Δ = +1.234 567 890 m",
    "3.14159265358979323846",
    "from 1998-2004, 10-12 and 2019-12-31T10:11:12",
    "LAT...LON 3906 8587 3893 8604 3879 8620 3877 8613",
    "logo@2x.png and git@host.example:repo",
    "192.168.1.20 and 127.0.0.1",
    f"{RIC}7",
    f"X{RIC}",
    "the code 536-22-1234 without a word for it",
]


@pytest.mark.parametrize("text", SPARED)
def test_numbers_of_science_and_of_the_web_stay(text: str) -> None:
    assert kinds_in(text) == []


def test_a_number_that_fails_its_check_is_a_number() -> None:
    wrong = RIC[:-1] + ("0" if RIC[-1] != "0" else "1")
    assert kinds_in(f"编号{wrong}。") == []


def test_luhn_alone_is_not_a_card() -> None:
    generator = random.Random(7)
    numbers = [completed("".join(generator.choices("0123456789", k=15)), luhn, "0123456789") for _ in range(500)]
    assert sum(bool(kinds_in(f"We counted {number} particles.")) for number in numbers) == 0


@pytest.mark.parametrize("province", sorted(PROVINCES))
def test_resident_numbers_of_every_province_are_known(province: str) -> None:
    assert kinds_in("公民" + completed(f"{province}010119900307123", cn_ric)) == ["cn_ric"]


@given(st.text("0123456789", min_size=18, max_size=18))
def test_no_digits_break_a_resident_number(number: str) -> None:
    cn_ric(number)


@pytest.mark.parametrize(
    ("check", "number"),
    [
        ("luhn", "79927398713"),
        ("iban", "GB82WEST12345698765432"),
        ("verhoeff", "2363"),
        ("cn_uscc", "91350100M000100Y43"),
        ("kr_rrn", "9710131019901"),
        ("jp_number", "123456789018"),
        ("sg_nric", "S1234567D"),
        ("th_pin", "1234545678781"),
        ("tr_tckn", "10000000146"),
        ("br_cpf", "39053344705"),
        ("pl_pesel", "44051401359"),
        ("fr_nir", "295109912611193"),
        ("es_dni", "12345678Z"),
        ("es_dni", "X1234567L"),
        ("it_codice", "RSSMRA85T10A562S"),
        ("hk_id", "AB9876543"),
    ],
)
def test_published_examples_of_check_digits_hold_and_neighbours_do_not(check: str, number: str) -> None:
    assert CHECKS[check](number)
    other = number[:-1] + ("1" if number[-1] == "0" else chr(ord(number[-1]) - 1) if number[-1] != "A" else "B")
    assert not CHECKS[check](other)


def test_every_kind_names_a_check_that_exists() -> None:
    assert {kind.check for kind in kinds()} <= set(CHECKS)


@given(st.text(alphabet="电话a@b.c1386+- （）\n微信", max_size=80))
def test_redaction_is_idempotent_and_loses_nothing_else(text: str) -> None:
    spans = find(text)
    assert all(first.end <= second.start for first, second in pairwise(spans))
    redacted = redact(text, spans)
    assert find(redacted) == []
    for span in spans:
        redacted = redacted.replace(f"<|pii:{span.kind}|>", text[span.start : span.end], 1)
    assert redacted == text


def test_the_text_is_redacted_and_each_type_is_counted(batch: Batch) -> None:
    texts = ("邮箱a@b.com，电话13812345678。" + "文" * 900, "no one here")
    signals, columns = PII().annotate(Documents(batch(*texts)))
    assert columns["text"].to_pylist() == ["邮箱<|pii:email|>，电话<|pii:cn_mobile|>。" + "文" * 900, "no one here"]
    assert [list(signals[name]) for name in ("email", "phone", "secret", "density")] == [[1, 0], [1, 0], [0, 0], [2, 0]]


def test_a_document_with_a_secret_or_a_list_of_people_is_rejected(batch: Batch) -> None:
    people = "\n".join(f"姓名 手机 138{number:08d}" for number in range(100))
    found = judge([PII()], batch("AKIA" + "A" * 16, people, "请写信给 a@b.com"))
    assert found.documents.column("rejected_by").to_pylist() == ["pii.secret", "pii.density", None]


def test_tagging_leaves_the_text_alone(batch: Batch) -> None:
    signals, columns = PII(action="tag").annotate(Documents(batch("a@b.com")))
    assert (dict(columns), list(signals["email"])) == ({}, [1])


def test_iban_lengths_are_not_guessed() -> None:
    assert not iban("GB82WEST12345698765433")


FRAGMENTS = """
电话 | tel |call me at |phone numbers: |telefon: |微信号：|QQid |said abcde |护照 |IP |card |身份证 |台胞证
https://x.example/|IBAN |SSN |粤B12345|京A·12345| |. |(|)|-|+|１３８|138|1234|5678|0|86|٠١٢٣٤٥٦٧٨|๐๑๒๓๔๕๖๗๘|abc|A|AB|X
_|@|b.com|:|::|192.0.2.1|8.8.8.8|fe80:1:2:3:4:5:6:7|GB82WEST12345698765432|DE89 3704 0044 0532 0130 00|sk-|ghp_|AKIA
-----BEGIN PRIVATE KEY-----|BBBBBBBBBBBBBBBB|1 85 05 2A 001 001 22|AB987654(3)|RSSMRA85T10A562S|+46 (0)8 928 571 38|) (
(415) 555-2671|+1 (415) 5552671|澳門 1234567(8)|여권 M12345678|TK1234567 パスポート|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
"""


@settings(max_examples=400)
@given(st.lists(st.sampled_from([*FRAGMENTS.replace("\n", "|").split("|"), "\n"]), max_size=14).map("".join))
def test_the_scan_loses_nothing_that_the_patterns_would_find_in_the_whole_text(text: str) -> None:
    shadow = "".join(chr(shadow_table()[ord(char)]) for char in text)
    assert found_by_patterns(shadow) == find(text)


def found_by_patterns(shadow: str) -> list[Span]:
    """What the patterns find if each is tried in the whole text, as the table describes it."""
    spans = [Span(match.start(), match.end(), str(match.lastgroup), "secret") for match in _secrets().finditer(shadow)]
    spared = [match.span() for match in _spared().finditer(shadow)]
    for kind in kinds():
        for match in kind.pattern.finditer(shadow):
            start, end = match.span()
            inside = not kind.in_urls and any(first < end and start < last for first, last in spared)
            if (
                not inside
                and _is(kind, shadow, start, end)
                and (kind.near is None or kind.near.search(shadow, 0, start))
            ):
                spans.append(Span(start, end, kind.name, kind.group))
    taken: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return sorted(taken, key=lambda span: span.start)
