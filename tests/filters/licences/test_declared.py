"""What a source declares: an expression is read whole or not at all, a name by all that it says."""

import random

import pytest

from filters.licences.declared import license_of, says_more
from filters.licences.verdicts import restrictiveness, verdict_of


def read(text: str) -> str | None:
    named = license_of(text)
    return named.license if named else None


@pytest.mark.parametrize(
    ("declared", "license"),
    [
        ("mit", "MIT"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC-BY", "LicenseRef-CC-BY"),
        ("CC-BY-NC", "LicenseRef-CC-BY-NC"),
        ("CC-BY-ND", "LicenseRef-CC-BY-ND"),
        ("CC-BY-SA", "LicenseRef-CC-BY-SA"),
        ("CC-BY-NC-SA", "LicenseRef-CC-BY-NC-SA"),
        ("CC0", "CC0-1.0"),
        ("CC0-1.0 AND CC-BY-NC", "CC0-1.0 AND LicenseRef-CC-BY-NC"),
        ("CC BY 4.0 AND CC BY-SA 3.0", "CC-BY-4.0 AND CC-BY-SA-3.0"),
        ("GPL-2.0-only OR CC-BY-NC-4.0", "GPL-2.0-only OR CC-BY-NC-4.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("CC BY 4.0 / CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("CC0 1.0, with pictures under CC BY-ND 4.0", "CC-BY-ND-4.0"),
        ("CC0-1.0 AND CC-BY-WHATEVER", None),
        ("CC-BY-4.0 AND", None),
        ("CC-BY-4.0 OR", None),
        ("MIT OR Nobody-Knows-1.0", None),
        ("CC0-FOO", None),
        ("FOO-CC0", None),
        ("FOO/CC0-1.0", None),
        ("Apache-2.0-FOO", None),
        ("ODbL-WHATEVER", None),
        ("CC0-1.0-NC", None),
        ("some rights", None),
        ("", None),
    ],
)
def test_a_declared_licence_is_known_whole_or_not_at_all(declared: str, license: str | None) -> None:
    assert read(declared) == license


@pytest.mark.parametrize(
    "spoilt", ["CC-BY-WHATEVER", "CCBY4", "CC-BY-4.0-FOO", "CC-BY-FOO-4.0", "CC-BY-SA-FOO", "CC-BY-NCX"]
)
def test_a_short_name_with_a_part_that_is_not_understood_grants_nothing(spoilt: str) -> None:
    assert verdict_of(read(spoilt) or "") == "unknown"


def test_two_names_in_one_text_grant_no_more_than_the_stricter() -> None:
    names = (
        "CC BY 4.0",
        "CC0 1.0",
        "CC BY-SA 3.0",
        "CC BY-NC 4.0",
        "CC BY-NC-ND 2.0",
        "ODbL",
        "Open Government Licence v3.0",
    )
    seeded = random.Random(15)
    for _ in range(200):
        chosen = seeded.sample(names, 2)
        text = seeded.choice(["{} and {}", "{}, {}", "text {}; data {}", "{} / {}", "{} ({})", "{} & {}"]).format(
            *chosen
        )
        strictest = max((verdict_of(read(name) or "") for name in chosen), key=restrictiveness)
        assert verdict_of(read(text) or "") == strictest, text


@pytest.mark.parametrize("name", ["CC BY 4.0", "CC-BY-SA 3.0 DE", "MIT License", "CC BY-SA 4.0 or GFDL", "MIT OR Zlib"])
def test_words_beside_a_name_say_more(name: str) -> None:
    assert not says_more(name)
    for beside in ("{} for schools", "{}, except pictures", "mostly {}", "{} Foo"):
        assert says_more(beside.format(name))


def test_a_title_with_its_code_says_no_more() -> None:
    assert not says_more("Creative Commons Attribution 4.0 International (CC BY 4.0)")
    assert not says_more("https://creativecommons.org/licenses/by/4.0/")
