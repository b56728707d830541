"""Who wrote a page and when, as visible lines of it say: 作者：…, （記者 …）, 홍길동 기자, بقلم …

Only labels that name an author or a publication are believed, and a line that begins with a date between the page's
title and its text. Editors and sources (编辑, 来源) are no authors.
"""

import re
from collections.abc import Iterable
from functools import cache, cached_property

import numpy as np

from filters.licences.words import Words, find, words

LONGEST_LINE = 120  # of a line with a byline in it
FIRST_LINES = 200  # after the title within which a line that begins with a date is the page's date

_HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_NAME = r"[^\s:：|｜/,，;；()（）<>【】\[\]]{2,24}"
_HAN_NAMES = rf"[{_HAN}·]{{2,5}}(?:[ 、,，][{_HAN}·]{{2,4}}(?![{_HAN}])){{0,4}}"
LABELLED = re.compile(
    rf"(?:^|[\s|｜(（【\[])(?:作\s?者|撰文|撰稿人?|著者|執筆者?|筆者|글쓴이|작성자|بقلم|الكاتب|Автор|Автори|Tác giả|"
    rf"ผู้เขียน|लेखक)"
    rf"\s{{0,3}}[:：]\s{{0,5}}({_NAME}(?: {_NAME}){{0,3}})"
)
REPORTER = re.compile(rf"(?:^|[\s(（【□■●])(?:[{_HAN}·]{{0,12}}(?:记者|記者|通讯员))[ \u3000:：]{{1,3}}({_HAN_NAMES})")
# Without a space the name ends where a bracket closes or another word of the byline begins.
REPORTER_OF_ONE = re.compile(
    rf"(?:[{_HAN}·]{{0,12}}(?:记者|記者))\s?([{_HAN}]{{2,4}}?)\s?(?:[/／|｜]\s?(?:文|图|摄)|(?:摄影)?(?:报道|報導)[)）]?$|[)）])"
)
KOREAN = re.compile("(?:^|[\\s=(\\[])([가-힣]{2,4}) (?:기자|특파원|선임기자)(?![가-힣])")
WRITER = re.compile(rf"(?:^|[\s(（])文\s?[/／|｜]\s?({_HAN_NAMES})")
_WRITES = ("文/", "文 /", "文／", "文 ／", "文|", "文 |", "文｜", "文 ｜", "文\u3000")
_SIGNS = (
    *(
        "作者",
        "作 者",
        "作\u3000者",
        "作\u00a0者",
        "撰文",
        "撰稿",
        "著者",
        "執筆",
        "筆者",
        "글쓴이",
        "작성자",
        "بقلم",
        "الكاتب",
    ),
    *("Автор", "Tác giả", "ผู้เขียน", "लेखक"),
)
# Each with words of which one is in whatever it matches: all of them are found in one pass.
AUTHORS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (LABELLED, _SIGNS),
    (WRITER, _WRITES),
    (REPORTER, ("记者", "記者", "通讯员")),
    (REPORTER_OF_ONE, ("记者", "記者")),
    (KOREAN, ("기자", "특파원")),
)
NOT_A_NAME = re.compile(
    r"简介|簡介|所有|声明|聲明|专栏|專欄|原创|未知|不详|匿名|佚名|紹介|について|admin|\d{3}|[\"=]", re.IGNORECASE
)

DATE = r"(?:19|20)\d{2}\s?[-/.年년]\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}(?!\d)"
DATE_LABEL = re.compile(
    r"(?:发布|發布|发表|發表|刊登|公開|掲載|投稿|配信|发文|發文|成文)(?:时间|時間|日期|日時|日|于|於)?\s{0,3}[:：]?\s{0,5}"
    rf"({DATE})|(?:时间|時間|日期|입력|등록|게시일|작성일|승인|تاريخ النشر)\s{{0,3}}[:：]?\s{{0,5}}({DATE})"
)
# One of which is in whatever `DATE_LABEL` matches.
LABELS = (
    *("发布", "發布", "发表", "發表", "刊登", "公開", "掲載", "投稿", "配信", "发文", "發文", "成文"),
    *("时间", "時間", "日期", "입력", "등록", "게시일", "작성일", "승인", "تاريخ النشر"),
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
            match = pattern.search(page.lines[number])
            if match and not NOT_A_NAME.search(match[1]):
                return match[1].strip(" ·、")
    return None


def byline_date(page: Lines, title: str | None) -> str | None:
    """Return the date that a visible line gives as the publication's, unparsed, or None."""
    start = (
        page.text.count("\n", 0, page.text.find(title[:40])) if title and title[:40] in page.text else len(page.lines)
    )
    for line in page.lines[start : start + FIRST_LINES]:
        if len(line) > LONGEST_LINE:
            break  # the text has begun
        if match := BEGINS_WITH_DATE.search(line):
            return match[1]
    labelled = (DATE_LABEL.search(page.lines[number]) for number in page.having(LABELS))
    match = next(filter(None, labelled), None)
    return (match[1] or match[2]) if match else _date_beside_source(page)


def _date_beside_source(page: Lines) -> str | None:
    """Return the day that stands before the first words that say where a text is from, in their line or just above."""
    for number in page.having(SOURCES):
        line = page.lines[number]
        if len(line) <= LONGEST_LINE and (source := SOURCE.search(line)):
            for before in (line[: source.start()], *reversed(page.lines[max(0, number - 2) : number])):
                if len(before) <= LONGEST_LINE and (match := DATE_BESIDE_SOURCE.search(before)):
                    return match[1]
            return None
    return None
