"""Check digits of the numbers that people and their accounts go by.

Each function takes the number without separators, upper case, already of the right form, and says whether its check
digits hold. Sources: GB 11643, GB 32100, ISO 7812 (Luhn), ISO 13616 (IBAN), and the national rules named at each.
"""

import ipaddress
import string
from collections.abc import Callable, Sequence
from datetime import date

DIGITS = string.digits + string.ascii_uppercase
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PROVINCES = frozenset(
    {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44"}
    | {"45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"}
)
TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # letter n stands for 10 + n
NRIC = {"S": (0, "JZIHGFEDCBA"), "T": (4, "JZIHGFEDCBA"), "F": (0, "XWUTRQPNMLK"), "G": (4, "XWUTRQPNMLK")}
DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
CODICE = "01000507090d0f111315" + "01000507090d0f111315020412140b0306080c0e100a16191817"  # digits, then letters
CODICE_ODD = dict(zip(DIGITS, bytes.fromhex(CODICE), strict=True))
VERHOEFF_D = """
    0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210
"""
VERHOEFF_P = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258"


def weighted(number: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits times their weights."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def luhn(number: str) -> bool:
    doubled = [int(digit) * 2 for digit in reversed(number[:-1])][::2]
    rest = [int(digit) for digit in reversed(number)][::2]
    return (sum(value - 9 if value > 9 else value for value in doubled) + sum(rest)) % 10 == 0


def iban(number: str) -> bool:
    return int("".join(str(DIGITS.index(char)) for char in number[4:] + number[:4])) % 97 == 1


def verhoeff(number: str) -> bool:
    state, table, permutations = 0, VERHOEFF_D.split(), VERHOEFF_P.split()
    for position, digit in enumerate(reversed(number)):
        state = int(table[state][int(permutations[position % 8][int(digit)])])
    return state == 0


def cn_ric(number: str) -> bool:
    """Resident identity number of China: a province, a date of birth, and mod 11-2."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    year = int(number[6:10])
    # 9: a foreigner's permanent residence card, whose first digits are no province (since 2023)
    born = 1900 <= year <= 2099 and is_date(year, int(number[10:12]), int(number[12:14]))
    return (
        (number[:2] in PROVINCES or number[0] == "9")
        and born
        and "10X98765432"[weighted(number, weights) % 11] == number[17]
    )


def cn_ric_15(number: str) -> bool:
    """Identity number of China as it was until 1999: a province and a date of birth of the 20th century."""
    return number[:2] in PROVINCES and is_date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))


def cn_uscc(number: str) -> bool:
    """Unified social credit code of an organisation in China."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(USCC.index(char) * weight for char, weight in zip(number, weights, strict=False))
    return USCC[(31 - total % 31) % 31] == number[17]


def hk_id(number: str) -> bool:
    letters = number[:-7].rjust(2)
    head = sum(
        weight * (36 if char == " " else DIGITS.index(char)) for char, weight in zip(letters, (9, 8), strict=True)
    )
    check = 10 if number[-1] == "A" else int(number[-1])
    return (head + weighted(number[-7:-1], (7, 6, 5, 4, 3, 2)) + check) % 11 == 0


def tw_id(number: str) -> bool:
    code = 10 + TAIWAN.index(number[0])
    return (code // 10 + code % 10 * 9 + weighted(number[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def kr_rrn(number: str) -> bool:
    century = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}.get(number[6])
    if century is None or not is_date(century + int(number[:2]), int(number[2:4]), int(number[4:6])):
        return False
    total = weighted(number, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))
    return (11 - total % 11) % 10 == int(number[12])


def jp_number(number: str) -> bool:
    rest = weighted(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == int(number[11])


def sg_nric(number: str) -> bool:
    offset, letters = NRIC[number[0]]
    return letters[(weighted(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + offset) % 11] == number[8]


def th_pin(number: str) -> bool:
    return (11 - weighted(number, range(13, 1, -1)) % 11) % 10 == int(number[12])


def tr_tckn(number: str) -> bool:
    digits = [int(digit) for digit in number]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[0] != 0 and digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def br_cpf(number: str) -> bool:
    if len(set(number)) == 1:
        return False
    first = weighted(number, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(number, range(11, 1, -1)) * 10 % 11 % 10
    return (first, second) == (int(number[9]), int(number[10]))


def pl_pesel(number: str) -> bool:
    return -weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10 == int(number[10])


def fr_nir(number: str) -> bool:
    department = number[:13].replace("2A", "19").replace("2B", "18")
    return department.isdigit() and 97 - int(department) % 97 == int(number[13:])


def es_dni(number: str) -> bool:
    digits = number[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return DNI[int(digits) % 23] == number[-1]


def it_codice(number: str) -> bool:
    total = 0
    for position, char in enumerate(number[:15]):
        value = DIGITS.index(char)
        total += CODICE_ODD[char] if position % 2 == 0 else value if value < 10 else value - 10
    return chr(ord("A") + total % 26) == number[15]


def uk_nhs(number: str) -> bool:
    """Number of the National Health Service: mod 11."""
    return (11 - weighted(number, range(10, 1, -1)) % 11) % 11 == int(number[9])


def us_ssn(number: str) -> bool:
    """No check digit: only the areas, groups and serials that are never given out are told apart."""
    return number[:3] not in ("000", "666") and number[0] != "9" and number[3:5] != "00" and number[5:] != "0000"


def ipv6(number: str) -> bool:
    """Whether it is an IPv6 address at all: the form alone allows two gaps."""
    try:
        return bool(ipaddress.IPv6Address(number))
    except ValueError:
        return False


def none(number: str) -> bool:
    """Hold for every number: the form and the context are all there is."""
    return bool(number)


CHECKS: dict[str, Callable[[str], bool]] = {
    check.__name__: check
    for check in (
        *(
            luhn,
            iban,
            verhoeff,
            cn_ric,
            cn_ric_15,
            cn_uscc,
            hk_id,
            tw_id,
            kr_rrn,
            jp_number,
            sg_nric,
            th_pin,
            tr_tckn,
            br_cpf,
        ),
        *(pl_pesel, fr_nir, es_dni, it_codice, uk_nhs, us_ssn, ipv6, none),
    )
}
