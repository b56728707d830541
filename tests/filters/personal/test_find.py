"""Personal data: found beside any script, told from other numbers."""

import random
from collections.abc import Callable
from itertools import islice

import pytest

from filters.personal.checksums import PROVINCES, cn_ric, es_dni, hk_id, luhn, tw_id, uk_nhs, verhoeff
from filters.personal.find import find
from filters.personal.kinds import Kind


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
    (f"身份证 {RIC[:6]} {RIC[6:14]} {RIC[14:]}", ["cn_ric"]),
    ("身份证号 110105670401001，本人", ["cn_ric_15"]),
    ("NHS number " + completed("943476591", uk_nhs, "0123456789"), ["uk_nhs"]),
    ("my driver's license number is F162823540116", ["driving_licence"]),
    ("驾驶证号：110105196704010", ["driving_licence"]),
    ("mail: müller@bücher.example", ["email"]),
    ("почта иван@почта.рф", ["email"]),
    ("邮箱zhang@例子.中国。", ["email"]),
    ("邮箱zhang@mail.example或电话", ["email"]),
    ("client 2a02:8109:9a80::7 logged in", ["ipv6"]),
    ("loggte sich von 2001:db8::1 ein", ["ipv6"]),
    ("тел. 8 (495) 123-45-67", ["phone_ru"]),
    ("Звоните: 8 800 555-35-35 или +7 (495) 765-43-21", ["phone_ru", "phone_ru"]),
    ("客服热线 400-123-4567", ["cn_service"]),
    ("咨询：800 820 8820", ["cn_service"]),
    ("(416) 600-3992x123 or 416.600.3993", ["phone_us", "phone_us"]),
    ("930.167.39 fax\n28-64-66-98 office", ["phone_named", "phone_said"]),
    ("QQ 12345678", ["qq"]),
    ("QQ群 87654321", ["qq"]),
    ("加QQ12345678", ["qq"]),
    ("from ::ffff:8.9.10.11 on", ["ip"]),
    ("문의는 1588-9876으로", ["kr_service"]),
]


AREAS_OF_CHINA = ("10", "20", "21", "29", "311", "431", "531", "755", "998")
FORMS_OF_CHINA = (
    "0{area}-{number}",
    "(0{area}){number}",
    "0{area} {number}",
    "86-{area}-{number}",
    "+86 {area} {number}",
    "86 ({area}) {number}",
    "0086-0{area}-{number}",
    "+86{area}{number}",
    "86-0{area}-{number}-802",
)


@pytest.mark.parametrize("form", FORMS_OF_CHINA)
@pytest.mark.parametrize("area", AREAS_OF_CHINA)
def test_a_chinese_landline_is_found_whole_with_and_without_the_number_of_the_country(form: str, area: str) -> None:
    for said in ("电话：", "传真:", "TEL "):
        written = form.format(area=area, number="62345678")
        text = f"地址在这里。{said}{written} 邮编"
        assert [text[span.start : span.end] for span in find(text)] == [written], text


def test_a_landline_of_another_country_is_not_called_chinese() -> None:
    for written in ("043-4081234", "045-6612345", "075-3123456", "036-4567890"):
        assert kinds_in(f"Tel: {written}, Gronsveld") in (["phone_said"], ["phone_trunk"])


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_personal_data_is_found_beside_any_script(text: str, expected: list[str]) -> None:
    assert kinds_in(text) == expected


SPARED = [
    "the war of 1588-1648, pages 1566-1577 and 1644-1645",
    "bands at 1655-1423 cm-1, 1660-1400 and 1688-1211 nm",
    "0600 0700 0800 123 456 789",
    "0800 123 4567 1200 1300 1400",
    "012-34-5678 and 2019-02-0123, 1-02-123-4567",
    "ISBN 02-123-4567",
    "reached at fe80::1 or ::1",
    "fd12:3456:789a::1",
    "微信 abc_123、2024 年",
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
    "Firmware 10.2.201.108 fixed the crash that 8.8.101.7 introduced; upgrade from 2.1.1.208 first",
    "微信 8.0.16.141 版本下载",
    "Обновление до версии 6.1.760.12",
    "std::vector<int>, a::b::c, 12:30:45, dead::beef::cafe",
    "sold 1234567 mobile phones, and 12 345 678 office workers",
    "from 1998, 12345678 and 1999, 23456789 of them",
    "IP 300.300.1.1 and 999.1.1.1",
    f"{RIC}7",
    f"X{RIC}",
    "the code 536-22-1234 without a word for it",
    "Q: 12345678 of 87654321, Q 12345678, FAQ12345678, SEQ群12345678",
    "in 7 (1998) 2345678 and 8 (2001) 234 5678",
    "欢迎@微博 和 @例子.中国 谢谢",
]


@pytest.mark.parametrize("text", SPARED)
def test_numbers_of_science_and_of_the_web_stay(text: str) -> None:
    assert kinds_in(text) == []


# Each form with # for a digit, and its kind.
FORMS = {
    "phone": (
        *("8 (495) ###-##-##", "8(495)###-##-##", "7 (495) ###-##-##", "8 (8442) ##-##-##", "8 (495) ### ####"),
        *("8 495 ### ## ##", "8-800-###-##-##", "+7 495 ### ## ##", "400-###-####", "1-800-555-01##", "(800) 555-01##"),
        *("0120-###-###", "0120-##-####", "0800-###-####", "0800 ### ####", "0 800 ### ###", "03-####-####"),
        *("090-####-####", "02-###-####", "010-########", "0912-###-###", "(02) ####-####", "(0212) ### ####"),
        *("1588-01##", "1644-13##", "138-####-####", "400-###-####", "0812-####-####"),
        *("+86 10 6### ####", "+49 30 1####-##", "+1 (212) 555-01##"),
    ),
    "ip": (
        "fe80::1##:fe23:####:890a",
        "FE80::####:##ff:fe00:1",
        "2001:db8::#",
        "2a00:1450:40##::8a",
        "2606:4700:3###::#",
    ),
    "email": (
        *("имя.##@пример.рф", "имя@пример.онлайн", "jörg##@müller.de", "用户##@例子.中国", "사용자@예시.한국"),
        *("उपयोगकर्ता@उदाहरण.भारत", "info##@例え.コム", "info@xn--e1afmkfd.xn--p1ai"),
    ),
}
GROUPS_OF_RIC = ((6, 8, 4), (4, 4, 4, 4, 2), (3, 3, 4, 4, 4))
AROUND = (
    *(
        "{}",
        "Call {} now.",
        "Тел.: {}",
        "Контакты: {}.",
        "电话：{}。",
        "Contact\n{}\n",
        "Desk | {} | Monday",
        "({})",
        "연락처: {}",
    ),
    *("Kontakt: {}, montags", "— {} —", "اتصل: {}"),
)


@pytest.mark.parametrize(("group", "form"), [(group, form) for group, forms in FORMS.items() for form in forms])
def test_every_form_is_found_whole_whatever_stands_around_it(group: str, form: str) -> None:
    draw = random.Random(form)
    for around in AROUND:
        value = "".join(draw.choice("23456789") if char == "#" else char for char in form)
        text = around.format(value)
        assert [(text[span.start : span.end], span.group) for span in find(text)] == [(value, group)], text


@pytest.mark.parametrize("separator", " -")
@pytest.mark.parametrize("groups", GROUPS_OF_RIC)
def test_resident_numbers_are_found_in_whatever_groups_they_are_written(
    groups: tuple[int, ...], separator: str
) -> None:
    rest = iter(RIC)
    value = separator.join("".join(islice(rest, size)) for size in groups)
    for around in AROUND:
        assert kinds_in(around.format(value)) == ["cn_ric"]


@pytest.mark.parametrize(
    "said",
    [
        "QQ：{}",
        "加QQ{}",
        "QQ群{}",
        "Q群：{}",
        "Q Q: {}",
        "QQ交流群 {}",
        "qq号码是{}",
        "扣扣 {}",
        "企鹅号{}",
        "QQ1:{}",
        "客服QQ 2：{}",
    ],
)
def test_numbers_of_qq_are_found_with_or_without_a_sign_between(said: str) -> None:
    for number in ("123456", "12345678", "2851234567"):
        text = said.format(number)
        assert [text[span.start : span.end] for span in find(text)] == [number]


@pytest.mark.parametrize("seed", range(60))
def test_every_number_of_a_row_of_accounts_is_found(seed: int) -> None:
    draw = random.Random(seed)
    numbers = [str(draw.randrange(10**5, 10**10)) for _ in range(draw.randint(2, 4))]
    text = draw.choice(("QQ：", "QQ ", "加QQ", "客服QQ:", "QQ群：", "扣扣 "))
    text += "".join(number + draw.choice((" ", "  ", *SEPARATORS[:4], "或")) for number in numbers[:-1]) + numbers[-1]
    text += draw.choice(("", "。", " 咨询", "\n12345678"))
    assert [text[span.start : span.end] for span in find(text)] == numbers
    assert len(find("微信：abc_12345、" + text.partition("：")[2][:7])) == 1


NUMBERS = ("010-62345678", "13812345678", "555-0147", "0211 123456", "(030) 1234567", "+49 30 1234567")
SEPARATORS = (", ", "、", " / ", "；", " or ", " und ", " ou ", " или ", "或", " または ", " أو ", "\n, ")
LABELS = ("Tel: ", "电话：", "тел. ", "téléphone ", "電話 ", "هاتف: ", "โทร ")


@pytest.mark.parametrize("seed", range(60))
def test_every_number_of_a_row_of_telephone_numbers_is_found_with_its_extension(seed: int) -> None:
    draw = random.Random(seed)
    numbers = draw.choices(NUMBERS, k=draw.randint(2, 4))
    numbers = [number + draw.choice(("", "", " ext. 12", "转8001", " доб. 4")) for number in numbers]
    text = draw.choice(LABELS)
    for number in numbers[:-1]:
        text += number + draw.choice(SEPARATORS)
    text += numbers[-1]
    assert [text[span.start : span.end] for span in find(text)] == numbers


def test_a_number_after_another_that_is_no_telephone_number_is_a_number() -> None:
    assert kinds_in("We counted 6234567, 6234568 and 6234569.") == []


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


@pytest.mark.parametrize("wrong", [{"check": "luhm"}, {"scan": "numbers"}])
def test_a_kind_in_the_table_that_names_what_there_is_not_is_told(wrong: dict[str, str]) -> None:
    """A misspelt check must not let every number pass."""
    with pytest.raises(ValueError, match="there are "):
        Kind.model_validate({"group": "bank_card", "scan": "number", "check": "luhn", "pattern": "[0-9]+", **wrong})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("手机：13812345678 13912345679", 2),
        ("手机：13812345678, 13912345679 15012345670", 3),
        ("sample 13812345678 13912345679", 0),
        ("沪B12345点收盘，苏E90123型发动机", 0),
        ("某某浏览器 8.1.3.207", 0),
        ("浏览器的 IP 是 8.1.3.207", 1),
        ("Der browser 9.2.1.207 und das plug-in 8.8.1.207", 0),
    ],
)
def test_what_is_said_before_the_first_of_a_row_is_said_of_all_of_it(text: str, count: int) -> None:
    assert len(find(text)) == count
