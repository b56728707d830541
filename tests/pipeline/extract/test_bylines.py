"""Visible lines that say who wrote a page and when, in the languages whose pages rarely say it in their head."""

import random
import re
from pathlib import Path

import pytest
import yaml

from pipeline.extract import bylines
from pipeline.extract.bylines import Lines, byline_author, byline_date

EXAMPLES = Path(__file__).parents[2] / "pattern_examples" / "extraction.yaml"


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
    assert byline_author(Lines(text)) == author


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
    found = byline_date(Lines(text), "雨下了三天")
    assert found == (day.removesuffix("日") if day else None)


@pytest.mark.parametrize("seed", range(60))
def test_a_reporter_and_a_day_beside_a_source_are_read_without_labels(seed: int) -> None:
    random_ = random.Random(seed)
    name = random_.choice(("马俊峰", "刘涛", "欧阳明月", "王小明", "陳平"))
    who = random_.choice(("河南商报记者{}/文", "（记者{}）", "(本报记者{})", "新华社记者{}报道", "记者{} / 图"))
    year, month, day = random_.randint(1998, 2025), random_.randint(1, 12), random_.randint(1, 28)
    days = (f"{year}年{month}月{day}日08:19", f"{year}-{month:02}-{day:02} 06:40更新", f"{year}/{month}/{day}")
    source = random_.choice(("来源：新华网", "稿源：人民网", "來源：中央社", "来源：["))
    head = random_.choice(("{}\n{}", "{} {}", "{}\n\n{}", "BUSINESS.X.COM {}\n{}")).format(random_.choice(days), source)
    noise = random_.choice(("首页\n新闻", "河水上涨，老桥关闭。" * 20))
    lines = Lines(f"{noise}\n{head}\n{who.format(name)}\n河水上涨。")
    assert byline_author(lines) == name
    numbers = [int(part) for part in re.findall(r"\d+", byline_date(lines, None) or "")]
    assert numbers == [year, month, day]


@pytest.mark.parametrize(
    "line",
    [
        "记者协会（北京）成立了",
        "他是记者，也是作家。",
        "本报记者站报道了三次",
        "2004年7月16日，北京下雨。",
        "来源：国家统计局",
    ],
)
def test_a_reporter_or_a_source_in_a_sentence_names_nobody(line: str) -> None:
    assert (byline_author(Lines(line)), byline_date(Lines(f"{line}\n河水上涨。"), None)) == (None, None)


@pytest.mark.parametrize(("pattern", "words"), [*bylines.AUTHORS, (bylines.SOURCE, bylines.SOURCES)])
def test_whatever_a_pattern_matches_has_one_of_its_words(pattern: re.Pattern[str], words: tuple[str, ...]) -> None:
    name = next(name for name, value in vars(bylines).items() if value is pattern)
    examples = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))[f"pipeline.extract.bylines:{name}"]
    matched = [match[0] for text in examples if (match := pattern.search(text))]
    assert [text for text in matched if not any(word in text for word in words)] == []
    assert all(pattern.search(text.replace("作者", "作 者")) for text in examples if "作者" in text)
