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


NAMES = {
    "zho": ("马俊峰", "刘涛", "欧阳明月", "王小明", "陳平"),
    "jpn": ("山田太郎", "佐藤 花子", "鈴木　一郎", "やまだはなこ"),
    "kor": ("김철수", "이영희", "박민준", "남궁민수"),
}
BYLINES = {  # lines that name who wrote
    "zho": (
        *(
            "作者：{}",
            "作者 | {}",
            "作者丨{}",
            "作 者：{}",
            "来源：新华网 作者：{}",
            "作者：{}来源：新华网",
            "撰文｜{}",
            "文丨{}",
        ),
        *(
            "文｜{}",
            "文：{}",
            "文/图 {}",
            "文、摄影/{}",
            "供稿：{}",
            "（记者{}）",
            "【记者{}／台北報導】",
            "記者{}／高雄報導",
            "作者：{} 责任编辑：李四",
        ),
    ),
    "jpn": (
        *(
            "文：{}",
            "文・写真：{}",
            "取材・文：{}",
            "取材・文 {}",
            "取材・構成／文＝{}",
            "執筆：{}",
            "執筆者：{}",
            "ライター：{}",
            "著者：{}",
        ),
        *(
            "筆者：{}",
            "文責：{}",
            "投稿者：{}",
            "この記事を書いた人\n{}",
            "この記事の著者\n{}",
            "ライター\n{}",
            "著者：\n{}",
        ),
    ),
    "kor": (
        *(
            "{} 기자",
            "{} 선임기자",
            "(서울=연합뉴스) {} 기자 = 비가 왔다",
            "[서울=뉴시스] {} 기자 =",
            "글·사진 {}",
            "글 | {}",
            "글쓴이: {}",
        ),
        *("작성자 : {}", "글쓴이\n{}", "{} 특파원", "{} 논설위원", "기고: {}", "지은이: {}"),
    ),
}
FOLLOWED = {  # lines around it, which name nobody
    "zho": ("责任编辑：李四", "河水上涨，老桥关闭。", "记者协会成立了", "更多文章", "作者简介"),
    "jpn": ("編集部", "川の水が増えた。", "ライター一覧", "フォローする", "著者について", "文：について"),
    "kor": ("취재 기자", "강물이 불어났다.", "사진 기자", "글쓴이 소개", "전문 기자", "더보기"),
}


@pytest.mark.parametrize("language", list(BYLINES))
@pytest.mark.parametrize("seed", range(60))
def test_whoever_a_byline_names_is_found_and_nobody_else(language: str, seed: int) -> None:
    random_ = random.Random(f"{language}{seed}")
    name, around = random_.choice(NAMES[language]), list(FOLLOWED[language])
    random_.shuffle(around)
    line = random_.choice(BYLINES[language]).format(name)
    assert byline_author(Lines("\n".join([*around[:2], line, *around[2:4]]))) == name, line
    assert byline_author(Lines("\n".join(around))) is None


DATED = {  # lines that say when; {} is a day
    "zho": (
        "发布时间：{}",
        "發布時間：{} 10:00",
        "来源：新华网 {}",
        "{} 来源：新华网",
        "时间：{}",
        "{} 10:00 发布",
        "发表于 {}",
    ),
    "jpn": ("公開日：{}", "掲載日時 {} 10:00", "投稿日：{}", "{} 公開", "配信：{}", "{}(日) 12:00 掲載"),
    "kor": (
        "입력 {}",
        "기사입력 {} 10:00",
        "등록일 : {}",
        "승인 {} 10:00",
        "{} 10:00 송고",
        "게시일시: {}",
        "작성일자 {}",
        "발행일 | {}",
    ),
}
DAYS = {
    "zho": ("{}-{:02}-{:02}", "{}年{}月{}日", "{}/{}/{}", "{}.{:02}.{:02}"),
    "jpn": ("{}年{}月{}日", "{}.{:02}.{:02}", "{}/{:02}/{:02}", "{}-{:02}-{:02}"),
    "kor": ("{}.{:02}.{:02}", "{}-{:02}-{:02}", "{}년 {}월 {}일", "{}. {}. {}", "{}/{:02}/{:02}"),
}


@pytest.mark.parametrize("language", list(DATED))
@pytest.mark.parametrize("seed", range(60))
def test_a_day_behind_or_before_a_label_is_found(language: str, seed: int) -> None:
    random_ = random.Random(f"{language}{seed}")
    parts = random_.randint(1998, 2025), random_.randint(1, 12), random_.randint(1, 28)
    day = random_.choice(DAYS[language]).format(*parts)
    line = random_.choice(DATED[language]).format(day)
    lines = Lines(f"{random_.choice(FOLLOWED[language])}\n{line}\n{FOLLOWED[language][1]}")
    assert [int(part) for part in re.findall(r"\d+", byline_date(lines, None) or "")] == list(parts), line


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
