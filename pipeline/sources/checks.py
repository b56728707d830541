"""What the settings of a source say of its files, before any work: that they are there, and what is in them."""

import codecs
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pipeline.errors import PipelineError, SettingError, ShardError
from pipeline.sources.base import LIST_SUFFIXES, Source, Split, reading_errors
from pipeline.sources.fields import Fields
from pipeline.sources.names import Names
from pipeline.sources.streams import DamagedError, decompressed
from pipeline.words import at_home, did_you_mean, meant, message_of, quoted
from shards import files, globs
from shards.answering import NoAnswerError, answered

NAMED = 3  # files that a message names
LOOKED_AT = 3  # files that are looked into
HEAD = 64 << 10  # bytes of each
SHOWN = 40  # bytes of it that a message repeats


def problems(source: Source, others: Sequence[Source]) -> Iterator[SettingError]:
    """Yield what is wrong with the paths of a source, and with its fields; `others` are read beside it."""
    if type(source)._files is not Source._files:  # it finds its files in a way of its own
        yield from _first(source)
        return
    wrong = [problem for place, pattern in enumerate(source.paths) for problem in _path(source, others, pattern, place)]
    yield from wrong or _first(source)


def _path(source: Source, others: Sequence[Source], pattern: str, place: int) -> Iterator[SettingError]:
    """Yield what is wrong with one of the paths."""
    at = ("paths", place)
    try:
        answered(pattern)
        if pattern.endswith(LIST_SUFFIXES):
            return
        found = globs.expand([pattern])
    except FileNotFoundError:
        yield SettingError(f"{pattern}: no such file{_near(pattern)}", *at)
        return
    except NoAnswerError as error:
        yield SettingError(str(error), *at, again=error.again)
        return
    except reading_errors() as error:
        yield SettingError(f"{pattern}: {message_of(error)}", *at)
        return
    if not source.suffixes or [info.uri for info in found] == [pattern]:
        return
    read = [info for info in found if info.uri.lower().endswith(source.suffixes)]
    endings = ", ".join(source.suffixes[:8]) + (", …" if len(source.suffixes) > 8 else "")
    left = [info.path for info in found if not _is_read(info, (source, *others))]
    if not read:
        names = _some([info.path for info in found])
        yield SettingError(f"{pattern}: {source.kind} reads none of its files ({endings}): {names}", *at)
    elif left:
        folder = pattern.rstrip("/") if files.is_folder(pattern) else pattern.rpartition("/")[0]
        sentence = f"no source reads {_some(left)} ({source.kind} reads {endings})"
        such = files.join(folder, "**", f"*{source.suffixes[0]}")
        yield SettingError(f"{pattern}: {sentence}; select files with a pattern, such as {such}", *at)


def _is_read(info: files.FileInfo, sources: Sequence[Source]) -> bool:
    """Return whether a source reads a file, or it is hidden: `.DS_Store`, `_SUCCESS`."""
    hidden = any(part.startswith((".", "_")) for part in info.path.split("/"))
    return hidden or any(not source.suffixes or info.uri.lower().endswith(source.suffixes) for source in sources)


def _first(source: Source) -> Iterator[SettingError]:
    """Yield what the first files lack of what the source names, and that they are of another format."""
    try:
        listed = list(islice(source.listed(Names()), LOOKED_AT))
        _, splits = listed[0]
        if (wrong := _of_another_format(source, [parts[0].file for _, parts in listed if parts])) is not None:
            yield wrong
            return
        columns = source.columns(splits[0].file)
    except (ShardError, StopIteration, IndexError):  # a file that cannot be read is named by the run, which goes on
        return
    except PipelineError as error:
        yield SettingError(str(error), "paths")
        return
    if columns is not None:
        yield from _fields(source, columns, splits[0])


def _of_another_format(source: Source, uris: Sequence[str]) -> SettingError | None:
    """Return that no file begins as those of its kind do; among others that do, the run names it as damaged."""
    sign = source.begins()
    heads = {uri: head for uri in uris if (head := _head(uri) if sign else b"")}
    if not heads or any(re.search(sign, head) or _is_archive(head) for head in heads.values()):
        return None
    uri, head = next(iter(heads.items()))
    kind = getattr(source, "format", source.kind)
    first = quoted(head[:SHOWN].decode("utf-8", "replace"))
    return SettingError(f"{uri}: not a file of kind {kind}: it begins with {first}", "paths")


def _head(uri: str) -> bytes:
    try:
        with decompressed(uri) as stream:
            return stream.read(HEAD)
    except (ShardError, DamagedError):
        return b""
    except reading_errors():  # asked for when something was raised: what it imports takes a tenth of a second
        return b""


def _is_archive(head: bytes) -> bool:
    return head.startswith((b"PK", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[257:262] == b"ustar"


def _fields(source: Source, columns: Sequence[str], split: Split) -> Iterator[SettingError]:
    fields: Any = getattr(source, "fields", None)
    for key, path in _named(fields) if isinstance(fields, Fields) else ():
        if path not in columns and path.partition(".")[0] not in columns:
            there = f"it has {', '.join(columns)}"
            yield SettingError(f"{split.file} has no column {path}{meant(path, columns)} ({there})", "fields", key)


def _named(fields: Fields) -> Iterator[tuple[str, str]]:
    if fields.template is not None:
        yield from (("template", path) for path in fields.paths() if path in fields.template)
    elif isinstance(fields.text, str):
        yield "text", fields.text
    else:
        yield from (("text", path) for path in fields.text)
    paths = fields.model_dump(exclude={"text", "template"}).items()
    yield from ((key, path) for key, path in paths if isinstance(path, str))


def _near(pattern: str) -> str:
    """Return which file or folder beside it may be meant."""
    if pattern.startswith("~"):
        return did_you_mean([at_home(pattern)])
    folder, _, name = pattern.rstrip("/").rpartition("/")
    if files.scheme(pattern) is not None or globs.is_pattern(name):
        return ""
    beside = [*files.names_in(folder or "."), *files.folders_in(folder or ".")]
    near = meant(name, beside)
    return did_you_mean([files.join(folder, near.removeprefix("; did you mean ").removesuffix("?"))] if near else [])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(sorted(names)[:NAMED]) + more
