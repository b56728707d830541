"""Sentences with numbers of made-up people in Asia's languages, and science that is full of numbers of no one.

Numbers are drawn with a fixed seed and completed with right check digits. Sentences were written by the author of the
patterns: they show what is covered, not how often it occurs.
"""

import random
from collections.abc import Iterator

from filters.personal.checksums import CHECKS

Sentence = tuple[str, list[tuple[int, int, str]]]

# {}: the number. The group it counts for, how it is made, and sentences.
KINDS: list[tuple[str, str, tuple[str, ...]]] = [
    ("phone", "1[3578]#########", ("请拨打{}联系王女士。", "手机:{}（微信同号）", "聯絡人：陳先生，電話 {}。")),
    ("phone", "+86 13# #### ####", ("联系电话：{}", "ติดต่อ {} ได้ทุกวัน", "للاتصال: {}")),
    ("phone", "0[2-8]-####-####", ("お電話は電話{}まで。", "電話：{}（受付）")),
    ("phone", "010-####-####", ("전화 {} 로 연락 주세요.", "휴대폰: {}")),
    ("phone", "08#-###-####", ("โทร {} ค่ะ", "สอบถามโทร. {}")),
    ("phone", "+971 50 ### ####", ("هاتف: {}", "اتصل بنا {} الآن")),
    ("phone", "+91 98### #####", ("फ़ोन {} पर संपर्क करें", "call {} today")),
    ("national_id", "cn_ric", ("身份证号{}。", "公民身份号码：{}，姓名", "身分證 {} 號")),
    ("national_id", "hk_id", ("香港身份證 {}", "HKID: {}.")),
    ("national_id", "tw_id", ("身分證字號{}，", "國民身份證：{}")),
    ("national_id", "kr_rrn", ("주민등록번호 {}", "주민번호:{}입니다")),
    ("national_id", "jp_number", ("マイナンバーは{}です。", "個人番号：{}")),
    ("national_id", "th_pin", ("เลขบัตรประชาชน {}", "เลขประจำตัวประชาชน: {} ครับ")),
    ("national_id", "verhoeff", ("Aadhaar number {}.", "आधार संख्या {} है")),
    ("national_id", "sg_nric", ("NRIC {}, Singapore", "NRIC/FIN no.: {}")),
    ("bank_card", "luhn", ("银行卡号{}，开户行", "信用卡 {} 到期", "カード番号 {}", "카드번호 {}")),
    ("passport", "E########", ("护照号码：{}", "持護照 {} 入境")),
    ("passport", "H########", ("港澳居民来往内地通行证{}", "通行證號碼：{}")),
    ("plate", "粤B#####", ("车牌{}的司机", "一辆车（{}）违停")),
    ("account", "wx_abc####", ("微信号：{}", "加微信：{}咨询", "LINE ID: {}")),
    ("email", "li.ming####@mail.example", ("邮箱{}，谢谢", "อีเมล{}ครับ", "メール：{}まで", "البريد {}")),
]
HEADS = {
    "cn_ric": "11010519[4-9]#0[1-9]1####",
    "tw_id": "A1#######",
    "kr_rrn": "[4-9]#0[1-9]1#1#####",
    "jp_number": "###########",
    "th_pin": "1###########",
    "verhoeff": "2##########",
    "luhn": "622202#########",
}
LASTS = "0123456789XA"


def sentences(count: int = 40) -> Iterator[tuple[str, Sentence]]:
    """Yield the kind and a sentence with the spans of what is personal in it."""
    draw = random.Random(2026)
    for group, form, templates in KINDS:
        for number in range(count):
            before, after = templates[number % len(templates)].split("{}")
            value = _number(form, draw)
            yield f"{group} {form}", (before + value + after, [(len(before), len(before) + len(value), group)])


def _number(form: str, draw: random.Random) -> str:
    if form == "hk_id":
        head = "A" + _drawn("######", draw)
        return next(f"{head}({last})" for last in "0123456789A" if CHECKS[form](head + last))
    if form == "sg_nric":
        head = "S" + _drawn("#######", draw)
        return next(head + last for last in "ABCDEFGHIZJ" if CHECKS[form](head + last))
    if form not in HEADS:
        return _drawn(form, draw)
    while True:  # some heads have no check digit
        head = _drawn(HEADS[form], draw)
        full = next((head + last for last in LASTS if _holds(form, head + last)), None)
        if full:
            return f"{full[:6]}-{full[6:]}" if form == "kr_rrn" else full


def _holds(form: str, number: str) -> bool:
    try:
        return CHECKS[form](number)
    except ValueError:  # a letter where the kind has digits
        return False


def _drawn(form: str, draw: random.Random) -> str:
    text, position = "", 0
    while position < len(form):
        char = form[position]
        if char == "[":
            end = form.index("]", position)
            choices = form[position + 1 : end]
            if choices[1:2] == "-":
                choices = "".join(chr(code) for code in range(ord(choices[0]), ord(choices[2]) + 1))
            text, position = text + draw.choice(choices), end
        else:
            text += str(draw.randrange(10)) if char == "#" else char
        position += 1
    return text


def science(characters: int = 1_000_000) -> list[str]:
    """Return tables, formulas, genomes and crystals: about so many characters in which no number is anyone's."""
    draw = random.Random(45654)
    makers = (_table, _genome, _crystal, _formula, _catalogue, _weather)
    texts: list[str] = []
    while sum(map(len, texts)) < characters:
        texts.append("\n".join(makers[len(texts) % len(makers)](draw) for _ in range(40)))
    return texts


def _table(draw: random.Random) -> str:
    return "\t".join(f"{draw.uniform(-1e4, 1e6):.{draw.randrange(7)}f}" for _ in range(8))


def _genome(draw: random.Random) -> str:
    start = draw.randrange(10**8)
    return (
        f"chr{draw.randrange(1, 23)}:{start}-{start + draw.randrange(10**5)} NM_{draw.randrange(10**9):09}.3 "
        f"rs{draw.randrange(10**9)} ENSG{draw.randrange(10**11):011} c.{draw.randrange(5000)}G>A "
        f"{draw.randrange(10**12)} reads"
    )


def _crystal(draw: random.Random) -> str:
    cell = " ".join(f"{draw.uniform(3, 20):.4f}({draw.randrange(1, 9)})" for _ in range(3))
    return f"_cell {cell} 90.00 V {draw.uniform(100, 9000):.2f}(12) CCDC {draw.randrange(10**7)} {_table(draw)}"


def _formula(draw: random.Random) -> str:
    return (
        f"Re = {draw.uniform(1, 9):.4f}e+{draw.randrange(4, 9)}, k = 1.380649×10^-23 J/K, "
        f"N = {draw.randrange(10**15)}, "
        f"x + {draw.uniform(0, 1):.12f} y - {draw.uniform(0, 1):.9f} z = {draw.randrange(10**11)}"
    )


def _catalogue(draw: random.Random) -> str:
    return (
        f"CAS {draw.randrange(50, 10**6)}-{draw.randrange(100):02}-{draw.randrange(10)}, "
        f"UniProt P{draw.randrange(10**5):05}, "
        f"PMID: {draw.randrange(10**8)}, EC {draw.randrange(1, 7)}.{draw.randrange(1, 20)}.{draw.randrange(1, 20)}."
        f"{draw.randrange(1, 99)}, doi:10.{draw.randrange(1000, 9999)}/j.{draw.randrange(10**12)}"
    )


def _weather(draw: random.Random) -> str:
    day = f"{draw.randrange(1950, 2026)}-0{draw.randrange(1, 9)}-1{draw.randrange(9)}"
    groups = " ".join(f"{draw.randrange(10**4):04}" for _ in range(12))
    return f"{day} {draw.uniform(-90, 90):.6f} {groups}"
