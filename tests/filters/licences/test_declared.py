"""What a source declares: an expression is read whole or not at all, a name by all that it says."""

import pytest

from filters.licences.declared import license_of


@pytest.mark.parametrize(
    ("declared", "license"),
    [
        ("mit", "MIT"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC-BY", "LicenseRef-CC-BY"),
        ("CC-BY-NC", "LicenseRef-CC-BY-NC"),
        ("CC-BY-ND", "LicenseRef-CC-BY-ND"),
        ("CC-BY-SA", "LicenseRef-CC-BY-SA"),
        ("CC0", "CC0-1.0"),
        ("CC0-1.0 AND CC-BY-NC", "CC0-1.0 AND LicenseRef-CC-BY-NC"),
        ("CC BY 4.0 AND CC BY-SA 3.0", "CC-BY-4.0 AND CC-BY-SA-3.0"),
        ("GPL-2.0-only OR CC-BY-NC-4.0", "GPL-2.0-only OR CC-BY-NC-4.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("CC0-1.0 AND CC-BY-WHATEVER", None),
        ("MIT OR Nobody-Knows-1.0", None),
        ("some rights", None),
        ("", None),
    ],
)
def test_a_declared_licence_is_known_whole_or_not_at_all(declared: str, license: str | None) -> None:
    named = license_of(declared)
    assert (named.license if named else None) == license
