"""A DOI has one spelling, whatever a source makes of it."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.doi import doi_of, first_doi

REGISTRANTS = st.from_regex(r"[0-9]{4,9}(\.[0-9]{1,3}){0,2}", fullmatch=True)
SUFFIXES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30).filter(
    lambda suffix: not suffix.endswith((".", ",", ";", ":"))
)
SPELLINGS = {
    "bare": "{}",
    "doi": "doi:{}",
    "DOI and a space": "DOI {}",
    "doi, a colon and a space": "doi: {}",
    "urn": "urn:doi:{}",
    "info": "info:doi/{}",
    "with white space": "\n {}\t",
    "with a full stop": "doi:{}.",
}
ADDRESSES = ("https://doi.org/{}", "http://dx.doi.org/{}", "HTTPS://WWW.DOI.ORG/{}", "doi.org/{}")


@given(registrant=REGISTRANTS, suffix=SUFFIXES)
def test_every_spelling_of_a_doi_is_the_same_doi(registrant: str, suffix: str) -> None:
    bare = doi_of(f"10.{registrant}/{suffix}")
    assert bare is not None
    assert bare.startswith("10.")
    assert not any("A" <= letter <= "Z" for letter in bare)
    assert {doi_of(spelling.format(f"10.{registrant}/{suffix}")) for spelling in SPELLINGS.values()} == {bare}
    assert {doi_of(address.format(quote(f"10.{registrant}/{suffix}"))) for address in ADDRESSES} == {bare}
    assert doi_of(bare) == bare
    upper = "".join(letter.upper() if letter.isascii() else letter for letter in suffix)
    assert doi_of(f"10.{registrant}/{upper}") == bare


@given(st.text())
def test_what_is_none_is_none_and_what_is_one_stays_as_it_is(text: str) -> None:
    found = doi_of(text)
    assert found is None or doi_of(found) == found


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "10.1000",
        "10.1000/",
        "10.12/short",
        "ISBN 978-3-16-148410-0",
        "urn:uuid:10.1000/182",
        "https://publisher.example/10.1000/182",
        "see doi:10.1000/182",
        "doi:10.1000/182 and 10.1000/183",
        "https://doi.org/10.1000/a%20b",
        "١٠.١٠٠٠/182",
    ],
)
def test_what_is_not_a_doi_by_itself_is_none(value: str | None) -> None:
    assert doi_of(value) is None


def test_the_fragment_and_the_query_of_an_address_are_no_part_of_it() -> None:
    assert doi_of("https://doi.org/10.1000/182?nosfx=y#section") == "10.1000/182"
    assert doi_of("10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2#x") == (
        "10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2#x"
    )


def test_of_several_values_the_first_doi_counts() -> None:
    assert first_doi([None, "ISSN 1234-5678", "doi:10.1000/A", "10.1000/b"]) == "10.1000/a"
    assert first_doi([]) is None
