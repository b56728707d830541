"""The scan for places where personal data may be loses nothing that the patterns would find."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from filters.personal.find import Span, _is, _with_extension, find
from filters.personal.kinds import ACCOUNT, PHONE, kinds, personal_data, secrets, spared
from filters.text.shadow import shadow_table

FRAGMENTS = """
电话 | tel |call me at |phone numbers: |telefon: |微信号：|QQid |said abcde |护照 |IP |card |身份证 |台胞证
https://x.example/|IBAN |SSN |粤B12345|京A·12345| |. |(|)|-|+|１３８|138|1234|5678|0|86|٠١٢٣٤٥٦٧٨|๐๑๒๓๔๕๖๗๘|abc|A|AB|X
_|@|b.com|:|::|192.0.2.1|8.8.8.8|fe80:1:2:3:4:5:6:7|GB82WEST12345698765432|DE89 3704 0044 0532 0130 00|sk-|ghp_|AKIA
-----BEGIN PRIVATE KEY-----|BBBBBBBBBBBBBBBB|1 85 05 2A 001 001 22|AB987654(3)|RSSMRA85T10A562S|+46 (0)8 928 571 38|) (
(415) 555-2671|QQ 12345678|, |、| or |ext. 12|2001:db8::1|a@bücher.example|8 (495) 123-45-67
400-123-4567|0120-123-456|1588-1234|QQ |87654321|::ffff:8.9.10.11|服务 |110105 19491231 002X|fax
(415) 555-2671|+1 (415) 5552671|澳門 1234567(8)|여권 M12345678|TK1234567 パスポート|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
"""


@settings(max_examples=400)
@given(st.lists(st.sampled_from([*FRAGMENTS.replace("\n", "|").split("|"), "\n"]), max_size=14).map("".join))
@example("QQ 12345678 fax")
@example("1234 5678 fax")
def test_the_scan_loses_nothing_that_the_patterns_would_find_in_the_whole_text(text: str) -> None:
    shadow = "".join(chr(shadow_table()[ord(char)]) for char in text)
    assert found_by_patterns(shadow) == find(text)


def found_by_patterns(shadow: str) -> list[Span]:
    """What the patterns find if each is tried in the whole text, as the table describes it."""
    spans = [Span(match.start(), match.end(), str(match.lastgroup), "secret") for match in secrets().finditer(shadow)]
    sparing = [match.span() for match in spared().finditer(shadow)]
    ends: dict[str, set[int]] = {PHONE: set(), ACCOUNT: set()}
    for name, kind in kinds().items():
        for match in kind.bounded.finditer(shadow):
            start, end = match.span()
            inside = not kind.in_urls and any(first < end and start < last for first, last in sparing)
            before = personal_data().joined.search(shadow, 0, start)
            follows = before is not None and before.start() in ends[PHONE]
            if kind.next == ACCOUNT:
                follows = any(personal_data().between.fullmatch(shadow, last, start) for last in ends[ACCOUNT])
            if (
                not inside
                and _is(kind, shadow, start, end)
                and (kind.near is None or kind.near.search(shadow, 0, start))
                and (not kind.next or follows)
            ):
                if kind.group == PHONE:
                    end = _with_extension(shadow, end)
                if kind.group == PHONE or (kind.group == ACCOUNT and shadow[start:end].isdigit()):
                    ends[kind.group].add(end)
                spans.append(Span(start, end, name, kind.group))
    taken: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return sorted(taken, key=lambda span: span.start)
