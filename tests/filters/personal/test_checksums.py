"""Check digits: published examples hold, their neighbours do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.personal.checksums import CHECKS, cn_ric, iban


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


@pytest.mark.parametrize(
    ("check", "number"),
    [
        ("kr_rrn", "9713131019901"),  # the thirteenth month
        ("kr_rrn", "9710139019901"),  # of no century
        ("br_cpf", "11111111111"),
        ("tr_tckn", "00000000000"),
        ("us_ssn", "000123456"),
    ],
)
def test_what_no_authority_would_give_out_is_no_number_whatever_its_check_digits(check: str, number: str) -> None:
    assert not CHECKS[check](number)


def test_iban_lengths_are_not_guessed() -> None:
    assert not iban("GB82WEST12345698765433")


@pytest.mark.parametrize(("check", "length"), [("luhn", 15), ("verhoeff", 11), ("jp_number", 11), ("th_pin", 12)])
@given(data=st.data())
def test_one_digit_of_ten_completes_a_number(check: str, length: int, data: st.DataObject) -> None:
    """Whatever its remainder: the rules for remainders of 0, 1 and 10 are where a check goes wrong."""
    head = data.draw(st.text("0123456789", min_size=length, max_size=length))
    assert sum(CHECKS[check](head + digit) for digit in "0123456789") == 1


@pytest.mark.parametrize("number", ["100000000080", "100000000030"], ids=["no remainder", "a remainder of 1"])
def test_the_check_digit_of_my_number_is_0_where_11_less_the_remainder_is_no_digit(number: str) -> None:
    assert CHECKS["jp_number"](number)
