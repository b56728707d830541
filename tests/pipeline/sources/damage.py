"""Damaged files, made from sound ones: the same from the same seed, on every machine."""

import random
from collections.abc import Callable, Iterator


def cut(content: bytes, draw: random.Random) -> bytes:
    """The file breaks off."""
    return content[: draw.randrange(len(content) + 1)]


def flipped(content: bytes, draw: random.Random) -> bytes:
    """One to eight bits are others."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def zeroed(content: bytes, draw: random.Random) -> bytes:
    """A stretch holds nothing: a block that was never written."""
    start = draw.randrange(len(content))
    end = min(len(content), start + draw.randint(1, max(1, len(content) // 3)))
    return content[:start] + bytes(end - start) + content[end:]


def missing(content: bytes, draw: random.Random) -> bytes:
    """A stretch has fallen out."""
    start = draw.randrange(len(content))
    return content[:start] + content[start + draw.randint(1, max(1, len(content) // 3)) :]


def repeated(content: bytes, draw: random.Random) -> bytes:
    """A stretch stands there several times."""
    start = draw.randrange(len(content))
    part = content[start : start + draw.randint(1, 200)]
    return content[:start] + part * draw.randint(2, 50) + content[start:]


def extreme(content: bytes, draw: random.Random) -> bytes:
    """Lengths and offsets are as large as they can be, or negative."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(changed))
        changed[at : at + 4] = draw.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x00" * 4))
    return bytes(changed)


def noise(content: bytes, draw: random.Random) -> bytes:
    """Other bytes stand in a stretch."""
    start = draw.randrange(len(content))
    return content[:start] + draw.randbytes(draw.randint(1, 300)) + content[start + draw.randint(0, 300) :]


KINDS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(cut, flipped, zeroed, missing),
    *(repeated, extreme, noise),
)


def damaged(content: bytes, seed: str, count: int) -> Iterator[bytes]:
    """Yield so many damaged variants of a file."""
    draw = random.Random(seed)
    for number in range(count):
        yield KINDS[number % len(KINDS)](content, draw)
