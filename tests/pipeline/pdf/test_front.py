import pytest

from pipeline.pdf.front import licence_statements, stated_doi
from pipeline.sources.licence import Statement, own_licence
from pipeline.sources.pdf import Pdf


@pytest.mark.parametrize(
    ("text", "license"),
    [
        (
            "Authors release the work under a Creative Commons Attribution 4.0 International License (CC BY 4.0).",
            "CC-BY-4.0",
        ),
        ("see http://creativecommons.org/licenses/by-sa/4.0/.", "CC-BY-SA-4.0"),
        ("CC\u2010BY\u2010NC 4.0", "CC-BY-NC-4.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", "CC-BY-NC-ND-4.0"),
        ("© 2020 The Press. All rights reserved.", "LicenseRef-AllRightsReserved"),
        ("Creative Commons Attribution, non-commercial use", "LicenseRef-CC-BY-NC"),
        ("The common attribution of the text is to a monk.", None),
    ],
)
def test_a_licence_in_words_is_understood_whole_or_not_at_all(text: str, license: str | None) -> None:
    said = [Statement("page", value) for value in licence_statements(text)]
    assert own_licence(Pdf(name="a", paths=("a",)), said).get("license") == license


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.5555/A.1. DOI: 10.5555/a.1", "10.5555/a.1"),
        ("doi:10.5555/a and doi:10.5555/b", None),
        ("number 10.5555/a of the list", None),
    ],
)
def test_the_one_doi_that_calls_itself_so_is_the_documents(text: str, doi: str | None) -> None:
    assert stated_doi(text) == doi
