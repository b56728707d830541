"""Structured fields (RFC 9651), as far as preferences about use need them: a dictionary of items."""

import re
from typing import TypeAlias

# A token is kept apart from a string: `train-ai=n` is a preference, `train-ai="n"` is not.
Value: TypeAlias = "Token | str | int | float | bool | bytes | None"

KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
OPTIONAL_SPACE = re.compile(r"[ \t]*")
TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~A-Za-z0-9:/-]*")
STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
DECIMAL = re.compile(r"-?\d{1,12}\.\d{1,3}(?!\d)")
INTEGER = re.compile(r"-?\d{1,15}(?![\d.])")
BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
BOOLEAN = re.compile(r"\?([01])")
DATE = re.compile(r"@(-?\d{1,15})")
DISPLAY = re.compile(r'%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"')


class Token(str):
    """A bare word."""

    __slots__ = ()


class FieldError(ValueError):
    """The field is not a dictionary; then nothing in it counts."""


def dictionary(field: str) -> dict[str, Value]:
    """Return the members of a dictionary; of a repeated key the last counts; parameters and lists are read over."""
    members: dict[str, Value] = {}
    position = len(field) - len(field.lstrip(" "))
    field = field.rstrip(" ")
    while position < len(field):
        key, position = _match(KEY, field, position)
        value: Value = True
        if field[position : position + 1] == "=":
            value, position = _value(field, position + 1)
        position = _parameters(field, position)
        members.pop(key, None)
        members[key] = value
        position = _skip(field, position)
        if position >= len(field):
            break
        if field[position] != ",":
            raise FieldError(f"a comma should stand at {position} of {field!r}")
        position = _skip(field, position + 1)
        if position >= len(field):
            raise FieldError(f"{field!r} ends with a comma")
    return members


def _value(field: str, position: int) -> tuple[Value, int]:
    if field[position : position + 1] != "(":
        return _item(field, position)
    position += 1
    while True:
        position = _skip(field, position)
        if field[position : position + 1] == ")":
            return None, position + 1
        _, position = _item(field, position)
        position = _parameters(field, position)
        if field[position : position + 1] not in (" ", ")"):
            raise FieldError(f"a list in {field!r} has no end")


def _item(field: str, position: int) -> tuple[Value, int]:
    for pattern, read in READERS:
        if match := pattern.match(field, position):
            return read(match), match.end()
    raise FieldError(f"no value at {position} of {field!r}")


READERS = (
    (TOKEN, lambda match: Token(match[0])),
    (STRING, lambda match: re.sub(r"\\(.)", r"\1", match[1])),
    (DECIMAL, lambda match: float(match[0])),
    (INTEGER, lambda match: int(match[0])),
    (BOOLEAN, lambda match: match[1] == "1"),
    (BYTES, lambda match: match[1].encode()),
    (DATE, lambda match: int(match[1])),
    (DISPLAY, lambda match: match[1]),
)


def _parameters(field: str, position: int) -> int:
    while field[position : position + 1] == ";":
        position += 1
        while field[position : position + 1] == " ":
            position += 1
        _, position = _match(KEY, field, position)
        if field[position : position + 1] == "=":
            _, position = _item(field, position + 1)
    return position


def _match(pattern: re.Pattern[str], field: str, position: int) -> tuple[str, int]:
    match = pattern.match(field, position)
    if match is None:
        raise FieldError(f"no key at {position} of {field!r}")
    return match[0], match.end()


def _skip(field: str, position: int) -> int:
    match = OPTIONAL_SPACE.match(field, position)
    assert match is not None
    return match.end()
