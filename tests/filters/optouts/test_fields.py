"""Structured fields (RFC 9651), as far as opt-outs use them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.optouts.fields import FieldError, dictionary
from filters.optouts.files import aipref


@pytest.mark.parametrize(
    ("field", "members"),
    [
        ("train-ai=n, search=y", {"train-ai": "n", "search": "y"}),
        ("train-ai=y, train-ai, search=n", {"train-ai": True, "search": "n"}),
        ("train-ai;allow=n, search=?0;x;y=1.5", {"train-ai": True, "search": False}),
        ("train-ai=n;  why=x; x", {"train-ai": "n"}),
        ('a="x,y\\"z", b=:aGk=:, c=(1 "b";q t), d=-12, e=@1659578233', None),
        ("", {}),
    ],
)
def test_a_dictionary_is_read_as_rfc_9651_says(field: str, members: dict[str, object] | None) -> None:
    found = dictionary(field)
    if members is None:
        assert list(found) == list("abcde")
        assert (found["a"], found["b"], found["d"]) == ('x,y"z', b"aGk=", -12)
    else:
        assert found == members


@pytest.mark.parametrize(
    "field", ["Train-AI=n", "train-ai=n,", "train-ai=", "=n", "train-ai=n search=y", "a=(1", 'a="']
)
def test_a_field_that_cannot_be_parsed_says_nothing(field: str) -> None:
    with pytest.raises(FieldError):
        dictionary(field)
    assert aipref(field) == "unknown"


@given(st.text(max_size=60))
def test_any_field_is_a_dictionary_or_an_error(field: str) -> None:
    try:
        dictionary(field)
    except FieldError:
        assert aipref(field) == "unknown"
