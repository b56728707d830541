"""What a licence permits: an AND is as restrictive as its most restrictive member, an OR as its least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.licences.verdicts import classes, restrictiveness, verdict_of

MEMBERS = {
    "CC0-1.0": "open",
    "MIT": "permissive",
    "CC-BY-4.0": "permissive",
    "CC-BY-SA-4.0": "sharealike",
    "CC-BY-NC-4.0": "noncommercial",
    "CC-BY-NC-ND-4.0": "noderivs",
    "LicenseRef-AllRightsReserved": "prohibited",
    "Nobody-Knows-1.0": "unknown",
}


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        *MEMBERS.items(),
        ("CC0-1.0 AND CC-BY-NC-4.0", "noncommercial"),
        ("CC0-1.0 OR CC-BY-NC-4.0", "open"),
        ("MIT AND CC-BY-SA-4.0 OR CC0-1.0", "open"),
        ("MIT AND (CC-BY-SA-4.0 OR CC0-1.0)", "permissive"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "sharealike"),
        ("(GPL-2.0-only WITH Classpath-exception-2.0 OR MIT) AND CC0-1.0", "permissive"),
        ("((MIT))", "permissive"),
        ("MIT AND (CC0-1.0", "unknown"),
        ("MIT OR Nobody-Knows-1.0", "permissive"),
        ("MIT AND Nobody-Knows-1.0", "unknown"),
    ],
)
def test_an_expression_is_in_the_class_that_its_members_come_to(expression: str, verdict: str) -> None:
    assert verdict_of(expression) == verdict


def test_classes_are_ordered_from_the_least_restrictive() -> None:
    assert sorted(classes(), key=restrictiveness) == list(classes())
    assert restrictiveness("open") < restrictiveness("sharealike") < restrictiveness("prohibited")


EXPRESSIONS: st.SearchStrategy[tuple[str, str]] = st.recursive(
    st.sampled_from(sorted(MEMBERS.items())),
    lambda parts: st.builds(
        lambda operator, members: (
            f"({f' {operator} '.join(expression for expression, _ in members)})",
            (max if operator == "AND" else min)((verdict for _, verdict in members), key=restrictiveness),
        ),
        st.sampled_from(["AND", "OR"]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_any_nesting_of_brackets_is_read(expression: tuple[str, str]) -> None:
    written, verdict = expression
    assert verdict_of(written) == verdict
