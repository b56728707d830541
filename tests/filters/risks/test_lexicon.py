"""The lists of terms: known roles, kinds and risks, each term once in a role, in every language that has some."""

from pathlib import Path

import pytest

from filters.bad_words import WordList, risks
from filters.risks.lexicon import KINDS, ROLES, SLUR, TERMS, Kind, TermRow, kinds, lexicon, role_of
from shards.tables import rows

ROWS = list(rows(TERMS, TermRow))


def test_roles_kinds_and_risks_are_known() -> None:
    names = {*ROLES, *(kind.kind for kind in kinds())}
    assert {row.role for row in ROWS} <= names
    assert {row.risk for row in ROWS} <= {*risks(), "A.0"}
    assert [kind.risk in risks() for kind in rows(KINDS, Kind)] == [True] * len(kinds())
    assert all(kind.distinct >= 2 for kind in kinds())


@pytest.mark.parametrize("language", sorted({row.language for row in ROWS}))
def test_a_language_has_each_term_once_in_a_role(language: str) -> None:
    for role in ROLES:
        listed = [
            term for row in ROWS if (row.language, row.role) == (language, role) for term in row.terms.split(" | ")
        ]
        assert len(listed) == len(set(listed)), role
        assert all(term == term.strip() and term.removesuffix("*") for term in listed)


@pytest.mark.parametrize("language", sorted({row.language for row in ROWS if row.role == "attack"}))
def test_a_language_that_tells_attacks_tells_what_excuses_them(language: str) -> None:
    roles = {row.role for row in ROWS if row.language == language}
    assert {"group", "they", "right", "slur", "deny", "report", "own", "plain", "harm", "intent", "context"} <= roles


def test_scripts_and_near_languages_share_lists() -> None:
    assert lexicon("zho_Hans") is not None
    assert lexicon("ara_Arab") is not None
    assert lexicon("xxx_Latn") is None
    assert lexicon("") is None


def test_a_list_of_ones_own_is_of_the_kind_of_its_risk(tmp_path: Path) -> None:
    path = tmp_path / "terms"
    path.write_text("raincoat\n\numbrella*\n", encoding="utf-8")
    for risk, role in (("A.4.1", role_of("self_harm")), ("A.1.8", role_of("gambling")), ("mine", SLUR)):
        found = lexicon("xxx_Latn", (WordList(path=path, risk=risk),))
        assert found is not None
        assert (found.roles.tolist(), found.risks) == ([role], (risk,))
