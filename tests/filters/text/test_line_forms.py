from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.documents import Documents
from filters.text import line_forms

Batch = Callable[..., pa.RecordBatch]

PRICES = [
    "$655.00 $403.00",
    "$7.95 - $179.95",
    "Special Price $173.00 You Save $176.99",
    "8,25 €",
    "statt 1.299,00 €",
    "市场价：¥1898.00",
    "99元",
    "старая цена 363 руб.",
    "¥ 1,200 税込",
    "1 299 Kč s DPH",
]
NO_PRICES = [
    "It costs $5.",
    "$x = 5$",
    "2013",
    "4.5 kg",
    "- Eggs $3",
    "Alaska | $14.55",
    "价格",
    "$5 $",
    "Q1 revenue: $5.2 million",
]
RATINGS = [
    "★ ★ ★ ★ ★ ☆ 43 ratings",
    "Rated 5 out of 5",
    "3.65 von 1990 Bewertungen",
    "4.67 from 21 votes",
    "Average Rating: 4.9",
    "评分：4.5分",
    "平均評価 4.5 レビュー 12",
    "평점 4.5",
    "Средняя оценка: 4,8 из 5",
    "Note moyenne : 4,5 sur 5 (12 avis)",
    "★★★★½",
]
NO_RATINGS = [
    "Reviews",
    "AVERAGE 43 38 5 25",
    "5 of 10",
    "It has a rating of 4.5.",
    "评论",
    "均价",
    "3 stars",
    "Notes 2",
]


@pytest.mark.parametrize(("form", "right", "wrong"), [("prices", PRICES, NO_PRICES), ("ratings", RATINGS, NO_RATINGS)])
def test_a_line_of_a_form_has_nothing_else(batch: Batch, form: str, right: list[str], wrong: list[str]) -> None:
    found = getattr(line_forms, form)(Documents(batch(*right, *wrong)))
    assert [line for line, there in zip([*right, *wrong], found, strict=True) if there] == right


@pytest.mark.parametrize(("form", "line"), [("prices", "$5.00 - $9.00"), ("ratings", "4.5 from 21 votes")])
@given(word=st.from_regex(r"\A[bcdfghjklm]{6,12}\Z"), place=st.integers(0, 3))
def test_a_word_more_makes_another_line(batch: Batch, form: str, line: str, word: str, place: int) -> None:
    parts = line.split(" ")
    text = " ".join([*parts[:place], word, *parts[place:]])
    assert getattr(line_forms, form)(Documents(batch(line, text))).tolist() == [True, False]


RECORD = ("Registrar: Example Inc.", "Creation Date: 1999-01-01", "Name Server: NS1.EXAMPLE.NET")


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        ("Alexa Rank: 1,234", "Daily pageviews | 90", "- Estimated worth = $ 70"),
        ("注册商：某某公司", "域名状态：ok", "百度权重：1"),
        ("Имя домена: пример.рф", "Дата регистрации: 2001", "Возраст домена: 20"),
    ],
)
def test_a_record_has_three_fields(batch: Batch, record: tuple[str, ...]) -> None:
    whole, part, again = "\n".join(record), "\n".join(record[:2]), "\n".join(record[:1] * 5)
    documents = Documents(batch(f"Here:\n{whole}", part, again, " ".join(record)))
    named = np.ones(len(documents.lines.starts), np.bool_)
    assert line_forms.records(documents, named).tolist() == [False, True, True, True, *[False] * 8]
    assert not line_forms.records(documents, ~named).any()


@pytest.mark.parametrize("between", [",", "_", "|", "，"])
def test_two_keywords_of_the_first_line_that_return_are_counted(batch: Batch, between: str) -> None:
    title = between.join(("港口起重机", "领航员招聘", "www.857u.com"))
    page = f"{title}\n港口起重机\n" + "港口起重机在冬天也工作。领航员招聘，请来信。\n" * 6
    once = f"{title}\n" + "港口起重机在冬天也工作。\n" * 6
    parted = page.replace(between, f"{between} ", 2)
    latin = "mod_cache_disk モジュール\n" + "cache disk cache disk\n" * 6
    texts = (page, once, parted, latin, title, "")
    assert line_forms.repeated_keywords(Documents(batch(*texts))).tolist() == [6, 0, 0, 0, 0, 0]
    assert {page[begin:end] for begin, end in line_forms.keyword_spans(page)} == {"领航员招聘"}
