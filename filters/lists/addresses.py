"""Block lists of millions of domains and addresses, by category, in ten bytes an entry.

A list is a file, or a folder with the files `domains` and `urls` (the layout of the UT1 collection), or a folder of
such folders; plain or `.gz`. Its name is the category. In each line stands

    bad.example                  a domain: it and all below it; in any script, as it is written or in ASCII
    bad.example/members          an address: it and all below it
    0.0.0.0 bad.example          a line of a hosts file
    ||bad.example^               a rule of an ad blocker for a whole host; its options are not read

Comments (`#`, `!`), headings (`[`), exceptions (`@@`) and other rules of ad blockers are passed over.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shards.addresses import ascii_host
from shards.arrays import Array
from shards.compiled import compiled, inner

LAYOUT = ("domains", "domains.gz", "urls", "urls.gz")

_SEED = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HOST = re.compile(rb"[^\s/|^$#!@:*]*[\x80-\xff][^\s/|^$:]*")  # with a letter beyond ASCII
_NOTHING = np.uint64(0)


@dataclass(frozen=True)
class BlockLists:
    """The 64-bit hashes of all entries, ascending, and the category of each.

    With ten million entries, one in 10^12 names that are not on the lists is taken for one that is.
    """

    hashes: npt.NDArray[np.uint64]
    categories: npt.NDArray[np.uint16]
    names: tuple[str, ...]

    def category(self, names: Sequence[bytes]) -> npt.NDArray[np.int64]:
        """Return, for each domain or address, the number of its category; -1 if it is not on the lists."""
        wanted = hashes(b"\n".join(names) + b"\n", len(names))
        places = np.searchsorted(self.hashes, wanted)
        if not len(self.hashes):
            return np.full(len(wanted), -1)
        places[places == len(self.hashes)] = 0
        return np.where(self.hashes[places] == wanted, self.categories[places].astype(np.int64), -1)


def list_files(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return the files of the lists, with their categories, in order.

    Raises
    ------
    FileNotFoundError
        for what is neither a file nor a folder in the layout.
    """
    return [entry for path in paths for entry in _list_files(path)]


def _list_files(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name.removesuffix(".gz").removesuffix(".txt"), path
        return
    folders = [path, *(folder for folder in sorted(path.iterdir()) if folder.is_dir())] if path.is_dir() else []
    found = [(folder.name, folder / name) for folder in folders for name in LAYOUT if (folder / name).is_file()]
    if not found:
        raise FileNotFoundError(f"{path}: neither a list nor a folder with the files domains or urls")
    yield from found


@cache
def block_lists(paths: tuple[Path, ...]) -> BlockLists:
    """Return the lists, read once per process; an entry on several is in the category that comes first."""
    files = list_files(paths)
    names = tuple(dict.fromkeys(category for category, _ in files))
    found = [(hashes(_content(file)), names.index(category)) for category, file in files]
    every = np.concatenate([np.zeros(0, np.uint64), *(entries for entries, _ in found)])
    categories = np.repeat(np.array([number for _, number in found], np.uint16), [len(entries) for entries, _ in found])
    order = np.lexsort((categories, every))
    every, categories = every[order], categories[order]
    first = np.append(True, every[1:] != every[:-1])[: len(every)] & (every != _NOTHING)
    return BlockLists(every[first], categories[first], names)


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    content = gzip.decompress(content) if file.suffix == ".gz" else content
    return content if content.isascii() else _HOST.sub(_in_ascii, content)


def _in_ascii(match: re.Match[bytes]) -> bytes:
    return (ascii_host(match[0].decode("utf-8", "replace")) or "").encode() or match[0]


def hashes(content: bytes, lines: int | None = None) -> npt.NDArray[np.uint64]:
    """Return the hash of every line's entry; 0 for a line that has none."""
    found = np.zeros(content.count(b"\n") + 1 if lines is None else lines, np.uint64)
    _hashes(np.frombuffer(content, np.uint8), found)
    return found


@compiled
def _hashes(data: Array, found: Array) -> None:
    line, i, size = 0, 0, len(data)
    while i < size:
        end = i
        while end < size and data[end] != 10:
            end += 1
        if line < len(found):
            found[line] = _entry(data, i, end)
        line, i = line + 1, end + 1


@inner
def _entry(data: Array, low: int, high: int) -> np.uint64:
    low, high = _word(data, low, high)
    if low == high or data[low] in (33, 35, 91):  # ! # [
        return _NOTHING
    if data[low] == 64 and low + 1 < high and data[low + 1] == 64:  # @@
        return _NOTHING
    stop = _word_end(data, low, high)
    if stop < high and _is_zero_address(data, low, stop):
        low, high = _word(data, stop, high)
        stop = _word_end(data, low, high)
    high = stop
    if high - low > 2 and data[low] == 124 and data[low + 1] == 124:  # ||
        low += 2
        high = _rule_end(data, low, high)
        if high < 0:
            return _NOTHING
    for k in range(low, high - 2):  # an address may be given with its scheme
        if data[k] == 58 and data[k + 1] == 47 and data[k + 2] == 47:
            low = k + 3
            break
    while low < high and (data[low] == 46 or data[low] == 42):  # *.bad.example, .bad.example
        low += 1
    while low < high and (data[high - 1] == 47 or data[high - 1] == 46):
        high -= 1
    return _hash(data, low, high)


@inner
def _word(data: Array, low: int, high: int) -> tuple[int, int]:
    while low < high and data[low] <= 32:
        low += 1
    while low < high and data[high - 1] <= 32:
        high -= 1
    return low, high


@inner
def _word_end(data: Array, low: int, high: int) -> int:
    while low < high and data[low] > 32:
        low += 1
    return low


@inner
def _rule_end(data: Array, low: int, high: int) -> int:
    """Return where the host of a rule `||host^` ends; -1 for a rule that is not about a whole host."""
    stop = low
    while stop < high and data[stop] != 94 and data[stop] != 36:  # ^ $
        stop += 1
    if stop == high or (stop + 1 < high and data[stop] == 94 and data[stop + 1] != 36):
        return -1
    return stop


@inner
def _is_zero_address(data: Array, low: int, high: int) -> bool:
    """Whether it is an address that a hosts file leads to nowhere: 0.0.0.0, 127.0.0.1, ::1, ::."""
    for k in range(low, high):
        if not (data[k] == 46 or data[k] == 58 or 48 <= data[k] <= 57):
            return False
    return high > low


@inner
def _hash(data: Array, low: int, high: int) -> np.uint64:
    if low == high:
        return _NOTHING
    value = _SEED
    for k in range(low, high):
        byte = data[k]
        if 65 <= byte <= 90:
            byte += 32
        value = (value ^ np.uint64(byte)) * _PRIME
    value = (value ^ (value >> np.uint64(29))) * _MIX
    return value ^ (value >> np.uint64(32))
