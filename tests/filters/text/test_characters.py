import unicodedata

from filters.text import characters

NEVER_REASSIGNED = {"Cn", "Cs"}


def test_the_table_agrees_with_this_pythons_unicode_where_it_has_the_character() -> None:
    """Categories of assigned characters do change between versions, but rarely: a handful in ten years."""
    table = characters.properties()
    wrong = []
    for point in range(0x110000):
        category = unicodedata.category(chr(point))
        if category in NEVER_REASSIGNED:
            continue
        expected = {"L": characters.ALPHABETIC, "M": characters.MARK, "N": characters.NUMBER}.get(category[0], 0)
        if table[point] & (characters.ALPHABETIC | characters.MARK | characters.NUMBER) != expected:
            wrong.append(hex(point))
    assert len(wrong) <= 10, wrong


def test_white_space_and_line_breaks_are_pythons_but_for_what_divides_syllables_and_words() -> None:
    table = characters.properties()
    spaces = {point for point in range(0x110000) if chr(point).isspace()} | {0x0F0B, 0x0F0C, 0x200B}
    breaks = {point for point in range(0x3000) if len(f"a{chr(point)}b".splitlines()) == 2}
    assert {int(point) for point in (table & characters.SPACE).nonzero()[0]} == spaces
    assert {int(point) for point in (table & characters.BREAK).nonzero()[0]} == breaks
