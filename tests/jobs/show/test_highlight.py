"""What `yuliao try --highlight` marks."""

from pathlib import Path

from typer.testing import CliRunner

from jobs.__main__ import app
from jobs.show.highlight import marked_lines

REPEATING = "\n".join(["Etusivu", "Sää on kylmä tänään koko maassa.", "Etusivu", "Etusivu"])


def output(*arguments: str) -> str:
    return CliRunner().invoke(app, ["try", *arguments, "--highlight"], catch_exceptions=False).output


def test_the_lines_that_decided_are_marked(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(REPEATING)
    text = output("gopher_repetition", str(tmp_path / "page.txt"))
    assert "gopher_repetition.duplicate_lines 0.5, allowed [-inf, 0.3]: 2 pieces" in text
    assert "    3  ⟦Etusivu⟧" in text
    assert "    1  ⟦Etusivu⟧" not in text.split("duplicate_line_characters")[1]


def test_the_lines_that_a_rule_removes_are_marked_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(REPEATING)
    assert "    1  ⟦Etusivu⟧" in output("c4", str(tmp_path / "page.txt"))


def test_a_language_s_chain_can_be_tried(tmp_path: Path) -> None:
    (tmp_path / "fin.yaml").write_text("- name: fineweb\n  short_line: 8\n")
    (tmp_path / "page.txt").write_text(REPEATING)
    assert "rejected by fineweb.short_lines" in output(str(tmp_path / "fin.yaml"), str(tmp_path / "page.txt"))


def test_a_piece_that_cannot_be_seen_is_spelt() -> None:
    assert list(marked_lines("a\u200bb\nc", [(1, 2), (3, 4)])) == [
        (1, [("a", False), ("<U+200B>", True), ("b", False), ("⏎", True)])
    ]


def test_a_piece_over_several_lines_is_marked_in_each() -> None:
    assert list(marked_lines("one\ntwo\nthree", [(2, 6)])) == [
        (1, [("on", False), ("e⏎", True)]),
        (2, [("tw", True), ("o", False)]),
    ]


def test_joiners_between_letters_are_spelling_and_are_not_spelt_out() -> None:
    persian = "می\u200cشود و نمی\u200cشود"
    assert list(marked_lines(persian, [(0, 6)])) == [(1, [("می\u200cشود", True), (" و نمی\u200cشود", False)])]
    assert list(marked_lines("a\u202eb", [(0, 1)])) == [(1, [("a", True), ("<U+202E>b", False)])]


def test_letters_and_their_marks_are_not_torn_apart(tmp_path: Path) -> None:
    menus = {"ar": "القَائِمَةُ الرَّئِيسِيَّةُ", "he": "תַּפְרִיט רָאשִׁי", "hi": "मुख्य पृष्ठ", "th": "เมนูหลัก", "zh": "首页"}
    for name, menu in menus.items():
        (tmp_path / f"{name}.txt").write_text("\n".join([menu, "…", menu, menu]))
        assert f"    3  ⟦{menu}⟧" in output("gopher_repetition", str(tmp_path / f"{name}.txt"))
