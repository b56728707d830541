"""The signs between the digits of a number, by which it is told whether it could be one that is looked for."""

from shards.arrays import Array
from shards.compiled import inner

DASHED, DOTTED, SPACED, IN_BRACKETS, DOTS_APART, WITH_ZEROS = (1 << bit for bit in range(6))
_SPACE, _DOT, _HYPHEN, _OPEN, _CLOSE, _ZERO = (ord(character) for character in " .-()0")


@inner
def undotted(points: Array, start: int, end: int) -> int:
    """Return the most digits of a number that have no dot between them."""
    most = digits = 0
    for k in range(start, end):
        digits = 0 if points[k] == _DOT else digits + (48 <= points[k] <= 57)
        most = max(most, digits)
    return most


@inner
def signs(points: Array, start: int, end: int) -> int:
    """Return which signs stand between the digits of a number; a hyphen beside a space is one of a negative number.

    A date has none, and none with an hour behind it: it is tried only where a word says that it is something else.
    """
    if _is_date(points, start, end):
        return 0
    found, dot = 0, -1  # where a dot stands behind which there are only digits
    for k in range(start, end - 1):  # the last is a digit
        point = points[k]
        if point == _HYPHEN:
            found |= DASHED if points[k - 1] != _SPACE and points[k + 1] != _SPACE else SPACED
            dot = -1
        elif point == _DOT:
            found |= DOTS_APART | DOTTED if start < dot < k - 1 else DOTTED
            dot = k
        elif point == _SPACE:
            found |= SPACED
            dot = -1
        elif point in (_OPEN, _CLOSE):
            found |= IN_BRACKETS
            dot = -1
        elif point == _ZERO and points[k + 1] == _ZERO and (k == start or points[k - 1] < _ZERO):
            found |= WITH_ZEROS
    return found


@inner
def _is_date(points: Array, start: int, end: int) -> bool:
    """Return whether a number is a day of 1900 to 2099 as ISO 8601 writes it, with or without two digits more."""
    if end - start not in (10, 13) or points[start + 4] != _HYPHEN or points[start + 7] != _HYPHEN:
        return False
    if end - start == 13 and points[start + 10] != _SPACE:
        return False
    century = (points[start] - _ZERO) * 10 + points[start + 1] - _ZERO
    month = (points[start + 5] - _ZERO) * 10 + points[start + 6] - _ZERO
    day = (points[start + 8] - _ZERO) * 10 + points[start + 9] - _ZERO
    return bool(19 <= century <= 20 and 1 <= month <= 12 and 1 <= day <= 31)
