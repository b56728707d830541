"""Visible lines that say who wrote a page and when, in the languages whose pages rarely say it in their head."""

import pytest

from pipeline.extract.bylines import byline_author, byline_date, visible_lines


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("来源：新华网\n作者：\n王小明\n编辑：李四", "王小明"),
        ("推动云南工业高质量发展。（记者 胡晓蓉）", "胡晓蓉"),
        ("新京报记者 彭冲 山东冠县报道", "彭冲"),
        ("文/陈平", "陈平"),
        ("執筆者：山田太郎", "山田太郎"),
        ("(서울=연합뉴스) 홍길동 기자 = 비가 왔다", "홍길동"),
        ("بقلم: نجيب محفوظ", "نجيب محفوظ"),
        ("Автор: Анна Каренина", "Анна Каренина"),
        ("责任编辑：孙重远", None),
        ("作者简介：某某", None),
        ("他是一位作者，也是记者。", None),
        ("作者：佚名", None),
    ],
)
def test_an_author_is_who_a_label_names(text: str, author: str | None) -> None:
    assert byline_author(visible_lines(text)) == author


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("发布时间：2022-02-13 04:22", "2022-02-13"),
        ("首页\n雨下了三天\n2005年4月5日 06:40 来源：千龙新闻", "2005年4月5日"),
        ("雨下了三天\n" + "河水上涨，老桥关闭。" * 20 + "\n2005-04-05", None),
        ("입력 2023.05.06 10:00", "2023.05.06"),
        ("2001-01-01 是一个日子", None),
    ],
)
def test_a_date_is_labelled_or_stands_between_title_and_text(text: str, day: str | None) -> None:
    found = byline_date(visible_lines(text), "雨下了三天")
    assert found == (day.removesuffix("日") if day else None)
