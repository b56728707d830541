"""Licences by their addresses: the host must be exact, and the path begin with the licence."""

import pytest

from filters.licences.addresses import license_of_url


@pytest.mark.parametrize(
    ("address", "license"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("//creativecommons.org/licenses/by-sa/3.0/deed.zh", "CC-BY-SA-3.0"),
        ("www.creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("HTTP://CreativeCommons.org/licenses/BY/4.0/", "CC-BY-4.0"),
        ("https://notcreativecommons.org/licenses/by/4.0/", None),
        ("https://facebook.com/sharer?u=https://creativecommons.org/licenses/by/4.0/", None),
        ("ftp://creativecommons.org/licenses/by/4.0/", None),
        ("https://[creativecommons.org/licenses/by/4.0/", None),
        ("creativecommons", None),
        ("https://creativecommons.org/licenses/by/4.0/" + "x" * 2000, None),
    ],
)
def test_an_address_names_a_licence_only_on_the_licences_own_host(address: str, license: str | None) -> None:
    named = license_of_url(address)
    assert (named and named.license) == license
