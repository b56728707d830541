"""What a licence permits: each licence has the class that people gave it, and no expression is freer than its parts."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from license_expression import get_license_index
from packaging.licenses._spdx import EXCEPTIONS, LICENSES

from filters.licences.verdicts import classes, expression_of, licences, restrictiveness, verdict_of

SPDX = sorted(entry["id"] for entry in LICENSES.values())
ELEMENTS = {
    ("BY",): "permissive",
    ("BY", "SA"): "sharealike",
    ("BY", "ND"): "noderivs",
    ("BY", "NC"): "noncommercial",
    ("BY", "NC", "SA"): "noncommercial",
    ("BY", "NC", "ND"): "noderivs",
}
VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
PORTS = ("AT", "AU", "BR", "CN", "DE", "ES", "FR", "IGO", "JP", "KR", "NL", "SCOTLAND", "TW", "UK", "US", "ZA")
REVIEWED = {
    "open": "0BSD CC0-1.0 CC-PDM-1.0 PDDL-1.0 Unlicense WTFPL DL-DE-ZERO-2.0 LicenseRef-USGov-105 "
    "LicenseRef-PD-Expired",
    "permissive": "MIT MIT-0 ISC Zlib NCSA BSL-1.0 ECL-2.0 UPL-1.0 Apache-2.0 BSD-2-Clause BSD-3-Clause BSD-4-Clause "
    "Unicode-3.0 PostgreSQL Python-2.0 PSF-2.0 W3C MulanPSL-2.0 ODC-By-1.0 OGL-UK-3.0 OGL-Canada-2.0 "
    "etalab-2.0 DL-DE-BY-2.0 NLOD-2.0 OGDL-Taiwan-1.0 CDLA-Permissive-2.0 FreeBSD-DOC LicenseRef-KOGL-1 "
    "LicenseRef-GJSTU-2.0",
    "sharealike": "GPL-2.0-only GPL-3.0-or-later GPL-2.0+ LGPL-2.1 AGPL-3.0-only MPL-2.0 EPL-2.0 EUPL-1.2 OFL-1.1 "
    "LPPL-1.3c Artistic-2.0 ODbL-1.0 CDLA-Sharing-1.0 GFDL-1.3-or-later GFDL-1.3-no-invariants-only "
    "CC-SA-1.0 OPUBL-1.0 CDDL-1.0",
    "noncommercial": "NCGL-UK-2.0 PolyForm-Noncommercial-1.0.0 Aladdin PPL LicenseRef-KOGL-2 LicenseRef-Crown-NC",
    "noderivs": "GFDL-1.1-invariants-only GFDL-1.2-invariants-or-later GFDL-1.3-invariants-only LicenseRef-KOGL-3 "
    "LicenseRef-KOGL-4 QPL-1.0",
    "contract": "LicenseRef-Contract-7f3a LicenseRef-CN-PublicData-Authorised",
    "prohibited": "LicenseRef-AllRightsReserved",
    "unknown": "LicenseRef-CC CC-PDDC LicenseRef-RSL-0a1b JSON Hippocratic-2.1 BUSL-1.1 Elastic-2.0 SSPL-1.0 any-OSI "
    "C-UDA-1.0 BSD-3-Clause-No-Military-License BSD-3-Clause-No-Nuclear-License "
    "BSD-3-Clause-No-Nuclear-License-2014 MS-LPL",
}


def test_every_licence_and_exception_of_spdx_is_in_the_table() -> None:
    index = {entry["spdx_license_key"] for entry in get_license_index() if entry.get("spdx_license_key")}
    exceptions = {entry["id"] for entry in EXCEPTIONS.values()}
    listed = {row.id for row in licences().values()}
    assert not {*SPDX, *exceptions, *(license for license in index if not license.startswith("LicenseRef-"))} - listed
    assert {row.id for row in licences().values() if row.verdict == "exception"} == exceptions
    assert {license for license in listed if not license.startswith("LicenseRef-")} == {*SPDX, *exceptions}


def test_the_class_of_a_licence_is_the_one_that_was_reviewed() -> None:
    for verdict, ids in REVIEWED.items():
        for license in ids.split():
            assert (license, verdict_of(license)) == (license, verdict)
            assert verdict_of(license.lower()) == verdict_of(license.upper()) == verdict


def test_every_licence_of_spdx_is_its_own_class_alone_and_nothing_else_is() -> None:
    for license in SPDX:
        spelt = expression_of(license)
        assert spelt is not None
        assert (spelt.spelt, spelt.verdict) == (license, licences()[license.lower()].verdict)
        for wrong in (
            f"{license}-",
            f"{license}-WHATEVER",
            f"{license}x",
            f"X{license}",
            f"{license}-4.0-ZZZ",
            f"LicenseRef-{license}-",
        ):
            if wrong.lower() not in licences():
                assert (wrong, verdict_of(wrong)) == (wrong, "unknown")


@pytest.mark.parametrize("elements", ELEMENTS, ids="-".join)
def test_a_licence_of_creative_commons_is_in_the_class_of_its_elements(elements: tuple[str, ...]) -> None:
    name, verdict = "-".join(("CC", *elements)), ELEMENTS[elements]
    assert verdict_of(name) == "unknown"  # SPDX has no such id
    assert verdict_of(f"LicenseRef-{name}") == verdict
    for version, port in product(VERSIONS, ("", *PORTS)):
        full = "-".join(filter(None, (name, version, port)))
        assert verdict_of(f"LicenseRef-{full}") == verdict
        assert verdict_of(full) == (verdict if full.lower() in licences() else "unknown")
    for wrong in (f"LicenseRef-{name}-5.0", f"LicenseRef-{name}-4.0-WHATEVER", f"LicenseRef-{name}-FOO", f"{name}-FOO"):
        assert verdict_of(wrong) == "unknown"


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("CC0-1.0 AND CC-BY-NC-4.0", "noncommercial"),
        ("CC0-1.0 OR CC-BY-NC-4.0", "open"),
        ("MIT AND CC-BY-SA-4.0 OR CC0-1.0", "open"),
        ("MIT AND (CC-BY-SA-4.0 OR CC0-1.0)", "permissive"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "sharealike"),
        ("(GPL-2.0-only WITH Classpath-exception-2.0 OR MIT) AND CC0-1.0", "permissive"),
        ("Apache-2.0+", "permissive"),
        ("mit and cc-by-sa-4.0", "sharealike"),
        ("((MIT))", "permissive"),
        ("MIT OR LicenseRef-CC", "permissive"),
        ("MIT AND LicenseRef-CC", "unknown"),
        ("MIT OR Nobody-Knows-1.0", "unknown"),  # what it offers cannot be told
        ("MIT AND Nobody-Knows-1.0", "unknown"),
        ("MIT WITH Nobody-Knows-1.0", "unknown"),
        ("MIT WITH Apache-2.0", "unknown"),
        ("Classpath-exception-2.0", "unknown"),
        ("MIT AND (CC0-1.0", "unknown"),
        ("MIT AND", "unknown"),
        ("MIT CC0-1.0", "unknown"),
        ("MIT, CC0-1.0", "unknown"),
        ("LicenseRef-Contract-", "unknown"),
        ("LicenseRef-PD-WHATEVER", "unknown"),
        ("", "unknown"),
        ("(" * 3000 + "MIT" + ")" * 3000, "unknown"),
        (" AND ".join(["MIT"] * 100), "permissive"),
    ],
)
def test_an_expression_is_in_the_class_that_its_members_come_to(expression: str, verdict: str) -> None:
    assert verdict_of(expression) == verdict


def test_classes_are_ordered_from_the_least_restrictive() -> None:
    assert sorted(classes(), key=restrictiveness) == list(classes())
    assert restrictiveness("open") < restrictiveness("sharealike") < restrictiveness("prohibited")


UNKNOWN = ("Nobody-Knows-1.0", "CC-BY-WHATEVER", "CC0-FOO", "CC-BY", "MIT-", "Classpath-exception-2.0")
SYMBOLS = st.one_of(st.sampled_from(SPDX), st.sampled_from([*SPDX[:20], "LicenseRef-CC-BY-NC", *UNKNOWN]))
EXPRESSIONS: st.SearchStrategy[tuple[str, str]] = st.recursive(
    SYMBOLS.map(lambda license: (license, verdict_of(license) if license not in UNKNOWN else "none")),
    lambda parts: st.builds(
        lambda operator, members: (
            f"({f' {operator} '.join(expression for expression, _ in members)})",
            "none"
            if "none" in {verdict for _, verdict in members}
            else (max if operator == "AND" else min)((verdict for _, verdict in members), key=restrictiveness),
        ),
        st.sampled_from(["AND", "OR"]),
        st.lists(parts, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(EXPRESSIONS)
def test_and_is_as_strict_as_its_strictest_part_and_or_offers_what_each_side_offers(
    expression: tuple[str, str],
) -> None:
    written, verdict = expression
    assert verdict_of(written) == ("unknown" if verdict == "none" else verdict)
    read = expression_of(written)
    assert (read is None) is (verdict == "none")
    if read is not None:  # what it is spelt as is the same expression
        assert expression_of(read.spelt) == read
        assert re.findall(r"[^\s()]+", read.spelt.upper()) == re.findall(r"[^\s()]+", written.upper())
