import pytest

from tests.pipeline.pdf.conftest import Reader, placed

BODY = ["Sentence {} of page {} stands here and is long", "enough to be the text of a page, as it goes on", "and on."]


def page(number: int, head: str | None = None, foot: str | None = None) -> list[tuple[float, float, str]]:
    """Return a page with a body, and a line at its head and foot."""
    body = [(72.0, 700.0 - 14 * line, text.format(line, number)) for line, text in enumerate(BODY * 10)]
    return [
        *([(72.0, 760.0, head)] if head else []),
        *body,
        *([(300.0, 30.0, foot)] if foot else []),
    ]


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("Annual report 2020", "{}"),
        ("Annual report 2020, page {}", None),
        (None, "- {} -"),
        ("{} Sea levels", "Page {} of 4"),
    ],
)
def test_running_titles_and_page_numbers_are_left_out(read: Reader, head: str | None, foot: str | None) -> None:
    pages = [page(number, head and head.format(number), foot and foot.format(number)) for number in range(1, 5)]
    bare = read(placed([page(number) for number in range(1, 5)])).text
    assert read(placed(pages)).text == bare


def test_a_line_that_stands_once_is_kept(read: Reader) -> None:
    pages = [page(number, "Preface" if number == 1 else None) for number in range(1, 5)]
    assert "Preface" in read(placed(pages)).text
