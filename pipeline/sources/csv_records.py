"""The records of a file of separated values: what separates them, and which quotes quote.

By RFC 4180 a value that begins with a quote goes on to the next single one, over line ends too. Real files have quotes
that nobody meant so; one that is taken at its word swallows what follows it. So a value of several lines must close
within the file and make a record of as many values as there are names, and it is none if each of its lines is such a
record by itself.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator

QUOTE = '"'
DELIMITERS = (",", ";", "\t", "|")
LONGEST = 64 << 20  # characters of a value
_SNIFFED = 20  # lines by which the delimiter is told
_AHEAD = 4 << 20  # characters of a value of several lines

csv.field_size_limit(LONGEST)


def delimiter_of(head: str, name: str = "") -> str:
    """Return what separates the values of a file that begins so: what divides most lines into as many as the first."""
    if ".tsv" in name.lower():
        return "\t"
    lines = [line for line in head.splitlines()[: _SNIFFED + 1] if line.strip()]
    complete = lines[:-1] if len(lines) > 1 else lines
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        counts = [len(values) for values in records((f"{line}\n" for line in complete), delimiter) if values]
        if counts and counts[0] > 1:
            agreeing = Counter(counts)[counts[0]]
            if (agreeing, counts[0]) > most:
                best, most = delimiter, (agreeing, counts[0])
    return best


def records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the values of each record of lines that have their ends; an empty line has none."""
    waiting: deque[str] = deque()
    source = iter(lines)
    width = 0  # of the first record that has values: the names
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        values = _plain(line, delimiter) if QUOTE not in line else _quoted(line, delimiter, width, waiting, source)
        width = width or len(values)
        yield values


def _plain(line: str, delimiter: str) -> list[str]:
    line = line.rstrip("\r\n")
    if len(line) > LONGEST:
        raise csv.Error(f"a line of more than {LONGEST} characters")
    return line.split(delimiter) if line else []


def _quoted(line: str, delimiter: str, width: int, waiting: "deque[str]", source: Iterator[str]) -> list[str]:
    values = _parsed(line, delimiter)
    if values is not None:
        return values if width in (0, len(values)) else _better(values, _plain(line, delimiter), width)
    taken, size, single = [line], len(line), len(_plain(line, delimiter)) == width
    while (following := waiting.popleft() if waiting else next(source, None)) is not None and size < _AHEAD:
        taken.append(following)
        size += len(following)
        single = single and len(_plain(following, delimiter)) == width
        if QUOTE in following and (values := _parsed("".join(taken), delimiter)) is not None:
            if (width in (0, len(values))) and not (single and width > 1):
                return values
            break
    else:
        taken += [following] if following is not None else []
    waiting.extendleft(reversed(taken[1:]))
    return _plain(line, delimiter)


def _better(quoted: list[str], plain: list[str], width: int) -> list[str]:
    return plain if len(plain) == width else quoted


def _parsed(text: str, delimiter: str) -> list[str] | None:
    """Return the values of a record, or None if a quote in it is still open."""
    try:
        return next(csv.reader(_lines(text), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
    return next(csv.reader(_lines(text), delimiter=delimiter), [])  # text behind a quote that closes


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True) if "\r" in text or "\n" in text[:-1] else [text]
