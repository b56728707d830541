"""Who wrote a page and when, as visible lines of it say: 作者：…, （記者 …）, 홍길동 기자, بقلم …

Only labels that name an author or a publication are believed, and a line that begins with a date between the page's
title and its text. Editors and sources (编辑, 来源) are no authors.
"""

import re
from collections.abc import Iterable, Sequence

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
# Each with words of which one is in whatever it matches: to look for them is a tenth of the work.
AUTHORS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (LABELLED, ("作", "撰", "著者", "筆者", "글쓴이", "작성자", "بقلم", "الكاتب", "Автор", "Tác giả", "ผู้เขียน", "लेखक")),
    (WRITER, ("文",)),
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
CENTURIES = ("19", "20")  # one of which is in whatever `DATE_LABEL` matches
SOURCE = re.compile(r"(?:来源|來源|稿源|文章来源|出处|出處)\s?[:：]")
SOURCES = ("来源", "來源", "稿源", "出处", "出處")  # in whatever `SOURCE` matches
DATE_BESIDE_SOURCE = re.compile(rf"(?:^|[\s(（\[【.A-Za-z])({DATE})")
BEGINS_WITH_DATE = re.compile(rf"^\s?\[?(?:[^\s\d]{{1,12}} )?({DATE})")


def byline_author(lines: Sequence[str]) -> str | None:
    """Return the author that a visible line names, or None."""
    text = "\n".join(lines)
    for pattern, words in AUTHORS:
        for line in _having([word for word in words if word in text], lines):
            match = pattern.search(line)
            if match and not NOT_A_NAME.search(match[1]):
                return match[1].strip(" ·、")
    return None


def byline_date(lines: list[str], title: str | None) -> str | None:
    """Return the date that a visible line gives as the publication's, unparsed, or None."""
    start = next((number for number, line in enumerate(lines) if title and title[:40] in line), len(lines))
    for line in lines[start : start + FIRST_LINES]:
        if len(line) > LONGEST_LINE:
            break  # the text has begun
        if match := BEGINS_WITH_DATE.search(line):
            return match[1]
    matches = (match for line in _having(CENTURIES, lines) if (match := DATE_LABEL.search(line)))
    labelled = next((match[1] or match[2] for match in matches), None)
    return labelled or _date_beside_source(lines)


def _date_beside_source(lines: list[str]) -> str | None:
    """Return the day that stands before the first words that say where a text is from, in their line or just above."""
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE or not any(word in line for word in SOURCES):
            continue
        if source := SOURCE.search(line):
            for before in (line[: source.start()], *reversed(lines[max(0, number - 2) : number])):
                if len(before) <= LONGEST_LINE and (match := DATE_BESIDE_SOURCE.search(before)):
                    return match[1]
            return None
    return None


def _having(words: Sequence[str], lines: Iterable[str]) -> Iterable[str]:
    """Return the lines that have one of the words."""
    return (line for line in lines if any(word in line for word in words)) if words else ()


def visible_lines(text: str) -> list[str]:
    """Return the lines of a page's text in which a byline may stand; a label is joined to what follows it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not (stripped := line.strip()):
            continue
        if lines and len(lines[-1]) <= 12 and lines[-1].endswith((":", "：")):
            lines[-1] += stripped[:LONGEST_LINE]
        else:
            lines.append(stripped)
    return lines
