"""Who wrote a page and when, as visible lines of it say: 作者：…, （记者 …）, 取材・文＝…, 홍길동 기자, بقلم …

Only labels that name an author or a publication are believed, and a line that begins with a date between the page's
title and its text. Editors and sources (编辑, 来源) are no authors.
"""

import re
from collections.abc import Iterable
from functools import cache, cached_property

import numpy as np

from filters.licences.words import Words, find, words
from pipeline.extract.eras import western

LONGEST_LINE = 120  # of a line with a byline in it
ENDS = 60  # characters at the beginning and at the end of a longer one, where a paragraph has its byline
FIRST_LINES = 200  # after the title within which a line that begins with a date is the page's date
LEAST_TITLE = 8  # characters of a line that is a part of the page's title, and at least half of it

_HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_NAME = r"[^\s:：|｜/／,，;；()（）<>【】\[\]丨]{2,24}"
_NAMES = rf"{_NAME}(?:[ \u3000]{_NAME}){{0,3}}"
_HAN_NAMES = rf"[{_HAN}·]{{2,5}}(?:[ 、,，][{_HAN}·]{{2,4}}(?![{_HAN}])){{0,4}}"
_BEFORE = r"(?:^|[\s|｜(（【\[])"
_PARTED = r"\s{0,3}[:：|｜丨＝]\s{0,5}"
LABELLED = re.compile(
    rf"{_BEFORE}(?:作\s?者|撰\s?文|撰稿人?|供稿人?|著者|執筆者?|筆者|文責|ライター|投稿者|发文机关|글쓴이|작성자|지은이|기고자?|بقلم|الكاتب|"
    rf"Автор|Автори|Tác giả|ผู้เขียน|लेखक){_PARTED}({_NAMES})"
)
# What stands beside "text" where one person did several things: 取材・文：…, 文・写真＝…, 글·사진 …
_TASKS = r"(?:取材|構成|撮影|写真|聞き手|編集|摄影|图|圖|图片|사진|그림)"
TASKS = re.compile(
    rf"{_BEFORE}(?:(?:{_TASKS}\s?[・·、/／&＆]\s?)+(?:文|글)|(?:文|글)(?:\s?[・·、/／&＆]\s?{_TASKS})+)"
    rf"(?:\s?[:：/／|｜丨=＝]\s?|[ \u3000])({_NAMES})"
)
WRITER = re.compile(rf"{_BEFORE}文\s?[/／|｜丨:：＝]\s?({_HAN_NAMES}|(?=[\u3041-\u30ff가-힣]){_NAMES})")
WRITER_IN_KOREAN = re.compile(rf"(?:^|[|｜(\[])\s?글\s?[/|｜:：=]\s?({_NAMES})")
REPORTER = re.compile(rf"(?:^|[\s(（【□■●])(?:[{_HAN}·]{{0,12}}(?:记者|記者|通讯员))[ \u3000:：]{{1,3}}({_HAN_NAMES})")
# Without a space the name ends where a bracket closes or another word of the byline begins.
REPORTER_OF_ONE = re.compile(
    rf"(?:[{_HAN}·]{{0,12}}(?:记者|記者))\s?([{_HAN}]{{2,4}}?)\s?(?:[/／|｜]\s?(?:文|图|摄|[{_HAN}]{{2,4}}報導)|"
    rf"(?:摄影)?(?:报道|報導)[)）]?$|[)）])"
)
REPORTERS_IN_BRACKETS = re.compile(
    rf"[(（【]\s?[{_HAN}·]{{0,8}}(?:记者|記者)\s?([{_HAN}·]{{2,4}}(?:[ 、,，][{_HAN}·]{{2,4}}){{1,5}})\s?[)）】]"
)
_KOREAN_NAMES = "[가-힣]{2,4}(?:[·,] ?[가-힣]{2,4}){0,4}"
_KOREAN_TITLES = "(?:선임|인턴|객원|수습|시민)?기자|특파원|논설위원|칼럼니스트|편집위원|통신원"
KOREAN = re.compile(rf"(?:^|[\s=(\[|])({_KOREAN_NAMES}) (?:{_KOREAN_TITLES})(?![가-힣])")
# Without a space only where the line begins or an agency ends, with a family name, so that 사진기자 is nobody's.
_FAMILY = (
    "김이박최정강조윤장임한오서신권황안송류홍고문양손배백허유남심노하곽성차주우구민진지엄채원천"
    "방공현함변염추도석선설마길연위표명기반왕금옥육인맹제모탁국"
)
KOREAN_GLUED = re.compile(rf"(?:^|[=\])|]\s?)([{_FAMILY}][가-힣](?![부국팀])[가-힣])(?:{_KOREAN_TITLES})(?![가-힣])")
_SIGNS = (
    *(
        "作者",
        "作 者",
        "作\u3000者",
        "作\u00a0者",
        "撰文",
        "撰 文",
        "撰\u3000文",
        "撰稿",
        "供稿",
        "著者",
        "執筆",
        "筆者",
        "文責",
    ),
    *("ライター", "投稿者", "发文机关", "글쓴이", "작성자", "지은이", "기고", "بقلم", "الكاتب", "Автор", "Tác giả"),
    *("ผู้เขียน", "लेखक"),
)
_TEXT_AND = tuple(pair for sign in "・·、/／&＆" for text in "文글" for pair in (f"{text}{sign}", f"{sign}{text}"))
_WRITES = tuple(f"文{space}{sign}" for space in ("", " ", "\u3000") for sign in "/／|｜丨:：＝")
_TITLES = ("기자", "특파원", "논설위원", "칼럼니스트", "편집위원", "통신원")
# Each with words of which one is in whatever it matches: all of them are found in one pass.
AUTHORS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (LABELLED, _SIGNS),
    (TASKS, _TEXT_AND),
    (WRITER, _WRITES),
    (REPORTERS_IN_BRACKETS, ("记者", "記者")),
    (REPORTER, ("记者", "記者", "通讯员")),
    (REPORTER_OF_ONE, ("记者", "記者")),
    (KOREAN, _TITLES),
    (KOREAN_GLUED, _TITLES),
    (WRITER_IN_KOREAN, ("글/", "글 /", "글|", "글 |", "글｜", "글 ｜", "글:", "글 :", "글：", "글 ：", "글=", "글 =")),
)
NOT_A_NAME = re.compile(
    r"简介|簡介|所有|声明|聲明|专栏|專欄|原创|未知|不详|匿名|佚名|紹介|について|一覧|プロフィール|フォロー|最新|更多|热门|作品|推荐|其他|主页|"
    r"图片|视频|图文|来自|转载|获悉|獲悉|从|了解|采访|採訪|报道|報道|報導|소개|더보기|전체|담당|취재|전문|소속|사진|admin|\d{3}|[\"=]",
    re.IGNORECASE,
)
# Another label behind a name, with no space between: 作者：王小明来源：…
_NEXT_LABEL = re.compile(
    r"(?:来源|來源|编辑|編輯|責任編輯|责编|责任编辑|校对|审核|審核|摄影|攝影|时间|時間|日期|发布|發布|發表|浏览|点击|阅读|編集|撮影|更新|公開)[^\s]*$"
)
# Lines that are a label by themselves, before a line that is a name.
_ALONE = {
    *("この記事を書いた人", "この記事を書いたライター", "この記事の著者", "この記事の筆者", "この記事の執筆者"),
    *("この記事のライター", "執筆", "執筆者", "著者", "筆者", "ライター", "撰文", "글쓴이", "작성자", "지은이"),
}

DATE = r"(?:19|20)\d{2}\s?[-/.年년]\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}(?!\d)"
_PUBLISHED = (
    r"(?:发布|發布|发表|發表|刊登|公開|掲載|投稿|配信|发文|發文|成文|刊发)(?:时间|時間|日期|日時|日|于|於)?|"
    r"(?:기사|최초)?\s?(?:입력|등록|작성|게시|게재|발행|승인|송고)(?:일자|일시|시간|시각|날짜|일)?"
)
DATE_LABEL = re.compile(
    rf"(?:{_PUBLISHED})\s{{0,3}}[:：|]?\s{{0,5}}({DATE})|"
    rf"(?:时间|時間|日期|تاريخ النشر)\s{{0,3}}[:：]?\s{{0,5}}({DATE})|"
    rf"({DATE})[일日]?\s?(?:[(（]\w[)）])?[ \d:時分]{{0,9}}\s?(?:{_PUBLISHED})(?![가-힣])"
)
# One of which is in whatever `DATE_LABEL` matches.
LABELS = (
    *("发布", "發布", "发表", "發表", "刊登", "公開", "掲載", "投稿", "配信", "发文", "發文", "成文", "刊发"),
    *("时间", "時間", "日期", "입력", "등록", "작성", "게시", "게재", "발행", "승인", "송고", "تاريخ النشر"),
)
SOURCE = re.compile(r"(?:来源|來源|稿源|文章来源|出处|出處)\s?[:：]")
SOURCES = ("来源", "來源", "稿源", "出处", "出處")  # in whatever `SOURCE` matches
WANTED = tuple(dict.fromkeys([sign for _, signs in AUTHORS for sign in signs] + [*LABELS, *SOURCES]))
DATE_BESIDE_SOURCE = re.compile(rf"(?:^|[\s(（\[【.A-Za-z])({DATE})")
BEGINS_WITH_DATE = re.compile(rf"^\s?\[?(?:[^\s\d]{{1,12}} )?({DATE})")


class Lines:
    """The lines of a page's text in which a byline may stand; a label is joined to what follows it."""

    def __init__(self, text: str) -> None:
        lines: list[str] = []
        for line in text.split("\n"):
            if not (stripped := line.strip()):
                continue
            if lines and len(lines[-1]) <= 12 and lines[-1].endswith((":", "：")):
                lines[-1] += stripped[:LONGEST_LINE]
            elif lines and lines[-1] in _ALONE:
                lines[-1] = f"作者：{stripped[:LONGEST_LINE]}"
            else:
                lines.append(stripped)
        self.lines = lines
        self.text = "\n".join(lines)

    @cached_property
    def _hits(self) -> dict[str, list[int]]:
        """The lines that have a word of which one is in whatever a pattern matches."""
        data = np.frombuffer(self.text.encode("utf-8", "replace"), np.uint8)
        found = find(data, np.array([0, len(data)]), _wanted())
        lines = np.searchsorted(np.flatnonzero(data == ord("\n")), found.starts)
        hits: dict[str, list[int]] = {}
        for word, line in zip(found.numbers.tolist(), lines.tolist(), strict=True):
            hits.setdefault(WANTED[word], []).append(line)
        return hits

    def having(self, signs: Iterable[str]) -> list[int]:
        """Return the numbers of the lines that have one of these words of WANTED, in order."""
        return sorted({line for sign in signs for line in self._hits.get(sign, ())})


@cache
def _wanted() -> Words:
    return words((word.encode(), number) for number, word in enumerate(WANTED))


def byline_author(page: Lines) -> str | None:
    """Return the author that a visible line names, or None."""
    for pattern, signs in AUTHORS:
        for number in page.having(signs):
            line = page.lines[number]
            match = pattern.search(line if len(line) <= LONGEST_LINE else f"{line[:ENDS]}\n{line[-ENDS:]}")
            name = _NEXT_LABEL.sub("", match[1]).strip(" ·、\u3000") if match else ""
            if len(name) > 1 and not NOT_A_NAME.search(name):
                return name
    return None


def byline_date(page: Lines, title: str | None) -> str | None:
    """Return the date that a visible line gives as the publication's, unparsed, or None."""
    start = _place_of(title, page)
    for line in page.lines[start : start + FIRST_LINES]:
        if len(line) > LONGEST_LINE:
            break  # the text has begun
        if match := BEGINS_WITH_DATE.search(western(line)):
            return match[1]
    labelled = (DATE_LABEL.search(western(page.lines[number])) for number in page.having(LABELS))
    match = next(filter(None, labelled), None)
    return (match[1] or match[2] or match[3]) if match else _date_beside_source(page)


def _place_of(title: str | None, page: Lines) -> int:
    """Return the number of the line with the title, or with a part of it; behind the last if there is none."""
    if not title:
        return len(page.lines)
    if (place := page.text.find(title[:40])) >= 0:
        return page.text.count("\n", 0, place)
    least = max(LEAST_TITLE, len(title) // 2)
    parts = (number for number, line in enumerate(page.lines) if len(line) >= least and line in title)
    return next(parts, len(page.lines))


def _date_beside_source(page: Lines) -> str | None:
    """Return the day beside the first words that say where a text is from: in their line, or just above."""
    for number in page.having(SOURCES):
        line = page.lines[number]
        if len(line) <= LONGEST_LINE and (source := SOURCE.search(line)):
            above = reversed(page.lines[max(0, number - 2) : number])
            for part in (line[: source.start()], *above, line[source.end() :]):
                if len(part) <= LONGEST_LINE and (match := DATE_BESIDE_SOURCE.search(western(part))):
                    return match[1]
            return None
    return None
