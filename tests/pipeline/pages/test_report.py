"""The size of a page."""

from pipeline.pages.report import EXCERPTS, LARGEST_PAGE, fitting


def test_a_page_has_as_many_documents_as_are_not_too_much() -> None:
    def made(few: int, characters: int) -> str:
        return "x" * (few * characters * 1_000)

    assert fitting(made, texts=True) == made(2, 700)
    assert fitting(made, texts=False) == ""
    assert EXCERPTS[-1] == (0, 0)
    assert len(fitting(lambda few, _: "文" * LARGEST_PAGE if few else "none", texts=True)) == 4
