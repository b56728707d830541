"""What a template leaves in a text goes, in every language of the table; what says the same in a sentence stays."""

import random

import pytest

from filters.text.phrases import phrases_by_kind
from pipeline.extract.leftovers import LONGEST, SHORTEST_ALONE, TABLE, Leftover, is_filed, leftovers
from shards.tables import rows

PHRASES = tuple(rows(TABLE, Leftover))
COMMANDS = {row.phrase for row in PHRASES if row.kind == "command"}
TEXT = (
    "The harbour board met on Tuesday to decide whether the old crane should be moved before winter.",
    "董事会周二开会，决定是否在冬天之前移走旧起重机，大多数人表示反对。",
    "Нашлись деньги на новый мол, которого город ждал одиннадцать лет, сказал казначей.",
    "اجتمع مجلس الميناء يوم الثلاثاء ليقرر ما إذا كان ينبغي نقل الرافعة القديمة قبل الشتاء.",
)
TITLES = (
    "Storm closes the port",
    "港口因风暴关闭",
    "Sturm schließt den Hafen",
    "Шторм закрыл порт",
    "هل يفتح الميناء؟",
)


def lost(*between: str, seed: int = 0) -> list[str]:
    """Return which lines go that stand in the middle of a text, which stays."""
    draw = random.Random(seed)
    before, behind = draw.choices(TEXT, k=draw.randint(1, 4)), draw.choices(TEXT, k=draw.randint(2, 4))
    lines = [*before, *between, *behind]
    gone = leftovers(lines)
    assert all(len(before) <= number < len(before) + len(between) for number in gone)
    return [lines[number] for number in sorted(gone)]


def styled(phrase: str, draw: random.Random) -> str:
    spelt = draw.choice((phrase, phrase.upper() if phrase.upper().lower() == phrase else phrase, phrase.capitalize()))
    return draw.choice(("{}", "- {}", "{} »", "> {}", "{}...", "[{}]", "{} →", " {}")).format(spelt)


@pytest.mark.parametrize("row", PHRASES, ids=lambda row: f"{row.kind}-{row.language}-{row.phrase}")
def test_each_phrase_goes_as_a_line_and_stays_in_a_sentence(row: Leftover) -> None:
    draw = random.Random(row.phrase)
    line, title = styled(row.phrase, draw), draw.choice(TITLES)
    number = draw.choice(("3", "1,204", "12.5k", "3 万", "10 000"))
    led = f"{draw.choice(('', '- ', '>> '))}{row.phrase}{draw.choice((': ', ' : ', '：'))}{title}"
    counted = draw.choice((f"{number} {row.phrase}", f"{row.phrase}: {number}", f"{row.phrase} ({number})"))
    if row.kind == "command":
        assert lost(line) == [line]
    elif row.kind == "also":
        assert lost(led) == [led]
        assert lost(line) == ([line] if len(row.phrase) >= SHORTEST_ALONE else [])
    elif row.kind == "filed":
        assert is_filed(led)
        assert not is_filed(line)
        assert lost(f"{title}: {row.phrase}") == []
    else:
        assert lost(counted) == [counted]
        twice = f"{number} {row.phrase} · 5 {row.phrase}"
        assert lost(twice) == [twice]
        assert lost(row.phrase) == [row.phrase] * (row.phrase in COMMANDS)
    for sentence in (
        f"{line} {TEXT[0]}",
        f"{TEXT[1]}{row.phrase}",
        f"{row.phrase}: {TEXT[2]}",
        f"{number} {TITLES[2]}",
    ):
        assert lost(sentence) == []


@pytest.mark.parametrize(
    "line",
    [
        "Mira",
        "Lea",
        "See also: cranes of the north",
        "12 chairs",
        "3 comments were read aloud by the chair",
        "In 2019, 20 comments",
        "Related: " + "long " * (LONGEST // 5),
        "3 | views",
        "Name",
    ],
)
def test_what_looks_like_it_and_is_text_stays(line: str) -> None:
    assert lost(line) == []


MONTHS = {
    "{} {}": ("January", "Februar", "mars", "Abril", "Май", "Czerwiec", "Temmuz", "août", "wrzesień"),
    "{} de {}": ("enero", "febrero", "março", "abril", "mayo"),
    "{1}年{0}月": tuple(map(str, range(1, 13))),
    "{1}년 {0}월": tuple(map(str, range(1, 13))),
    "{1}-{0}": tuple(f"{month:02}" for month in range(1, 13)),
}


@pytest.mark.parametrize("seed", range(60))
def test_archives_and_facets_go_in_rows(seed: int) -> None:
    draw = random.Random(seed)
    form, names = draw.choice(list(MONTHS.items()))
    year, bullet = draw.randint(1995, 2030), draw.choice(("", "- "))
    counted = draw.choice(("", " ({})", "（{}）"))
    months = [
        bullet + form.format(name, year) + counted.format(draw.randint(1, 99))
        for name in draw.sample(names, draw.randint(4, len(names)))
    ]
    prose = TEXT * 8
    assert {*leftovers([*prose, *months, *prose])} == set(range(len(prose), len(prose) + len(months)))
    facets = [
        f"{bullet}{name}{counted.format(draw.randint(1, 999)) if counted else ' (7)'}"
        for name in draw.sample(
            ("Oak", "红色", "Größe 38", "Дуб", "خشب", "Birch and beech", "木製"), draw.randint(4, 7)
        )
    ]
    assert {*leftovers([*prose, *facets, *prose])} == set(range(len(prose), len(prose) + len(facets)))
    for kept in (facets[:3], months[:3], facets, [f"{name} ({year - 3})" for name in TITLES]):
        around = prose if len(kept) < 4 or kept is not facets else ()
        assert leftovers([*around, *kept, *around]) == set()
    games = [
        f"{name} {number}"
        for number, name in zip(range(1996, 2016, 4), ("Atlanta", "Sydney", "Athen", "北京", "Рио"), strict=True)
    ]
    assert leftovers([*prose, *games, *prose]) == set()


FIELDS = tuple(row.phrase for row in phrases_by_kind()["field"])


@pytest.mark.parametrize("seed", range(60))
def test_the_fields_of_a_form_go_in_a_row(seed: int) -> None:
    draw = random.Random(seed)
    fields = [
        name.capitalize() + draw.choice(("", "*", " *", ":", ": *")) for name in draw.sample(FIELDS, draw.randint(3, 8))
    ]
    assert lost(*fields, seed=seed) == fields
    assert lost(*fields[:2], seed=seed) == []
    assert lost(*(f"- {name}" for name in fields), seed=seed) == []


@pytest.mark.parametrize("seed", range(60))
def test_titles_below_a_line_that_leads_to_them_go_up_to_the_end(seed: int) -> None:
    draw = random.Random(seed)
    also = [row.phrase for row in PHRASES if row.kind == "also" and len(row.phrase) >= SHORTEST_ALONE]
    prose, label = list(TEXT * 3), styled(draw.choice(also), draw)
    titles = [draw.choice(("", "- ")) + title for title in draw.sample(TITLES, draw.randint(1, 5))]
    assert leftovers([*prose, label, *titles]) == set(range(len(prose), len(prose) + 1 + len(titles)))
    assert leftovers([*prose, label, *titles, TEXT[0]]) == {len(prose)}
    assert leftovers([label, *titles * 5]) == {0}
