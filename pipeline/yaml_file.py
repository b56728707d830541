"""A YAML file as values, and as the places of these values: file and line, through every `!include`.

What YAML lets pass and nobody means is refused where it stands: a key given twice, an alias within itself, aliases that
unfold into millions of values, a file that includes itself. Dates stay text; a setting that is one reads it.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from pipeline.errors import ConfigError
from pipeline.words import meant, quoted

INCLUDE = "!include"
MOST_VALUES = 200_000  # of a file with its aliases unfolded; the largest configuration here has a tenth of them
DEEPEST = 100  # mappings and lists within one another
SHALLOW = 500  # a text with fewer brackets is read at once: the parser of C fails at some 20,000

HINTS = {  # behind the parser's words
    "mapping values are not allowed": " (indent the keys of a mapping alike; quote a value that contains `: `)",
    "found undefined alias": " (quote a value that begins with `*`)",
    "cannot start any token": " (quote a value that begins with a special character)",
}

_YAML = "tag:yaml.org,2002:"
_TAGS = {f"{_YAML}{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map", "merge")}


class _Loader(yaml.CSafeLoader):  # a hundred languages' files are read in a blink
    """Reads what the tags above name; the resolver of dates is left out."""

    yaml_implicit_resolvers = {  # noqa: RUF012 # as in the base
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class YamlFile:
    """What a file holds, with all that it includes put in place."""

    path: str
    root: yaml.Node

    def values(self) -> Any:
        """Return the values as Python has them."""
        loader = _Loader("")
        try:
            return loader.construct_document(self.root)
        except (yaml.YAMLError, ValueError, TypeError) as error:
            _refuse(self._unfit() or self.root, _problem(error))
        finally:
            loader.dispose()

    def find(self, location: Sequence[str | int]) -> tuple[list[str | int], str]:
        """Return the parts of a location that stand in the file, and the place of the last of them: `file:line`."""
        node, place, kept = self.root, place_of(self.root), list[str | int]()
        for part in location:
            below = _below(node, part)
            if below is None:
                continue
            key, node = below
            place = place_of(node if key is None else key)
            kept.append(part)
        return kept, place

    def with_value(self, key: str, text: str, given: str) -> "YamlFile":
        """Return the file with a value at a key, such as `stages.documents.steps.pii.action`.

        Items of lists are called by their name or number, and the number after the last adds one. `given` is what
        messages call the value.

        Raises
        ------
        ConfigError
            where the key leads through something that has none, or to an item that is not there.
        """
        try:
            (parts,) = csv.reader([key], delimiter=".", strict=True)
        except (csv.Error, ValueError):
            parts = []
        if not all(parts) or not parts:
            raise ConfigError(f"{given}: {quoted(key)} is no key (written a.b.c; a part with a dot, in double quotes)")
        return YamlFile(self.path, _with(self.root, parts, _given(text, given), given))

    def _unfit(self) -> yaml.Node | None:
        """Return the first scalar that cannot be read, if that is what is wrong."""
        for node in _scalars(self.root):
            loader = _Loader("")
            try:
                loader.construct_object(node)
            except (yaml.YAMLError, ValueError):
                return node
            finally:
                loader.dispose()
        return None


def read_yaml(path: str) -> YamlFile:
    """Read a file.

    Raises
    ------
    ConfigError
        naming the file and the line of what cannot be read, or is not meant.
    """
    root = _composed(Path(path), ())
    _counted(root, {}, ())
    return YamlFile(path, root)


def read_value(text: str, given: str) -> Any:
    """Return a value from the command line, where `given` is what a message calls it."""
    return YamlFile(given, _given(text, given)).values()


def _given(text: str, given: str) -> yaml.Node:
    """Return the node of a value from the command line: a list, a mapping, something in quotes, or a word as it is.

    No other syntax is looked for in a word: `*.jsonl` is a pattern, and no alias.
    """
    if text[:1] in ("[", "{", "'", '"') and (node := _single(text, given)) is not None:
        node = _included(node, Path(given), (), set())
        _counted(node, {}, ())
        return node
    loader = _Loader("")
    try:
        tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()
    return yaml.ScalarNode(tag if tag in _TAGS and text != "<<" else f"{_YAML}str", text, *_marks(given))


def place_of(node: yaml.Node | yaml.Event, file: str = "") -> str:
    """Return the file and line of a node; of a value from the command line, what was given there."""
    name = file or (node.start_mark.name if node.start_mark else "")
    return name if name.startswith("-") else f"{name}:{_line(node)}"


def _line(node: yaml.Node | yaml.Event) -> int:
    return node.start_mark.line + 1 if node.start_mark else 0


def _marks(given: str) -> tuple[yaml.Mark, yaml.Mark]:
    mark = yaml.Mark(given, 0, 0, 0, None, 0)
    return mark, mark


def _below(node: yaml.Node, part: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    """Return the key and the value of a part of a location, or the item of a list; None if there is none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key, value
        merged = (value for key, value in node.value if key.tag.endswith(":merge"))
        return next((value_below for value in merged if (value_below := _below(value, part))), None)
    if isinstance(node, yaml.SequenceNode) and (place := _index(node, part)) is not None:
        return None, node.value[place]
    return None


def _with(node: yaml.Node, parts: Sequence[str], value: yaml.Node, given: str) -> yaml.Node:
    """Return a node with a value at a key. The nodes on the way are copied: an alias may stand for them elsewhere."""
    if not parts:
        return value
    part, *rest = parts
    if isinstance(node, yaml.ScalarNode) and node.tag == f"{_YAML}null":
        node = yaml.MappingNode(f"{_YAML}map", [], *_marks(given))
    key, below = _below(node, part) or (None, yaml.ScalarNode(f"{_YAML}null", "", *_marks(given)))
    if isinstance(node, yaml.MappingNode):
        named = key if rest and key is not None else yaml.ScalarNode(f"{_YAML}str", part, *_marks(given))
        pairs = {pair[0].value: pair for pair in node.value if not pair[0].tag.endswith(":merge")}
        merged = [pair for pair in node.value if pair[0].tag.endswith(":merge")]
        pairs[part] = (named, _with(below, rest, value, given))
        return yaml.MappingNode(node.tag, [*merged, *pairs.values()], node.start_mark, node.end_mark)
    if isinstance(node, yaml.SequenceNode):
        place = len(node.value) if part == str(len(node.value)) else _index(node, part)
        if place is None:
            raise ConfigError(f"{given}: {part} is none of {_items(node, part)}")
        items = [*node.value[:place], _with(below, rest, value, given), *node.value[place + 1 :]]
        return yaml.SequenceNode(node.tag, items, node.start_mark, node.end_mark)
    raise ConfigError(f"{given}: {quoted(node.value)} ({place_of(node)}) has no keys, so {part} cannot be set")


def _items(node: yaml.SequenceNode, part: str) -> str:
    """Return the names by which the items of a list are called, and the one that may be meant."""
    names = [name for item in node.value if (name := _name(item)) is not None]
    count = len(node.value)
    numbers = f"0 to {count - 1}, and {count} to add one" if count else "0, to add one"
    return f"{', '.join([*names, numbers])}{meant(part, names)}"


def _index(node: yaml.SequenceNode, part: str | int) -> int | None:
    """Return the place of an item of a list: by its number, or by its name."""
    if isinstance(part, int) or part.isdecimal():
        return int(part) if int(part) < len(node.value) else None
    return next((place for place, item in enumerate(node.value) if _name(item) == part), None)


def _name(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value.value for key, value in node.value if key.value == "name" and value.id == "scalar"), None)


def _composed(path: Path, within: tuple[Path, ...]) -> yaml.Node:
    """Return the node of a file, with those that it includes put in place."""
    root = _single(_text(path), str(path))
    if root is None:
        raise ConfigError(f"{path}: the file is empty")
    return _included(root, path, (*within, path.resolve()), set())


def _included(node: yaml.Node, path: Path, within: tuple[Path, ...], seen: set[int]) -> yaml.Node:
    if node.tag == INCLUDE:
        return _file_of(node, path, within)
    if node.tag not in _TAGS:
        tag = node.tag.replace(_YAML, "!!")
        _refuse(node, f"the tag {tag} is unknown{meant(tag, [INCLUDE])} (allowed: {INCLUDE})")
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return node
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        _refuse_repeats(node)
        node.value[:] = [(key, _included(value, path, within, seen)) for key, value in node.value]
    else:
        node.value[:] = [_included(item, path, within, seen) for item in node.value]
    return node


def _file_of(node: yaml.Node, path: Path, within: tuple[Path, ...]) -> yaml.Node:
    if not isinstance(node, yaml.ScalarNode):
        _refuse(node, f"{INCLUDE} is followed by the path of one file")
    beside = path.parent / node.value
    if beside.resolve() in within:
        chain = " → ".join(str(each) for each in (*(file.name for file in within), beside.name))
        _refuse(node, f"{INCLUDE} {node.value}: a file cannot include itself ({chain})")
    if not beside.is_file():
        near = meant(beside.name, sorted(each.name for each in beside.parent.glob("*.y*ml")))
        _refuse(node, f"{INCLUDE} {node.value}: no such file beside {path.name}{near}")
    return _composed(beside, within)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{path}: this is UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}: not UTF-8: found the byte {content[error.start]:#x}; save it as UTF-8"
        ) from error


def _single(text: str, name: str) -> yaml.Node | None:
    """Return the node of a text's one document."""
    control = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]", text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise ConfigError(f"{name}:{line}: the character U+{ord(control[0]):04X} is not allowed in YAML")
    stream = io.StringIO(text)
    stream.name = name  # which is in the mark of every node
    loader = _Loader(stream)
    try:
        _refuse_depth(name, text)
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_syntax(name, text, error)) from error
    finally:
        loader.dispose()


def _refuse_depth(name: str, text: str) -> None:
    """Raise ConfigError for nesting in which the recursion of the parser would lose itself."""
    if sum(map(text.count, "[{")) + max((_compact(line) for line in text.splitlines()), default=0) <= SHALLOW:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ConfigError(f"{place_of(event, name)}: more than {DEEPEST} lists and mappings within one another")


def _compact(line: str) -> int:
    """Return in how many lists and mappings a line can stand, but for those in brackets."""
    return len(line) - len(line.lstrip()) + sum(map(line.count, ("- ", "? ")))


def _syntax(name: str, text: str, error: yaml.MarkedYAMLError) -> str:
    """Return what is wrong with the syntax of a text, in its own lines."""
    mark, since = error.problem_mark, error.context_mark
    if mark is None:
        return f"{name}: {error.problem}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    place = name if name.startswith("-") else f"{name}:{mark.line + 1}"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{place}: indented by a tab; YAML is indented by spaces"
    if error.problem == "but found another document":
        return f"{place}: a second document begins here (`---`); one file is one configuration"
    began = f"{error.context} that begins in line {since.line + 1}: " if error.context and since else ""
    hint = next((hint for problem, hint in HINTS.items() if problem in str(error.problem)), "")
    return f"{place}: not YAML: {began}{error.problem}{hint}: {quoted(line.strip()) if line.strip() else 'the end'}"


def _refuse_repeats(node: yaml.MappingNode) -> None:
    lines: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            _refuse(key, "a key is a word, found a list or a mapping")
        if (key.tag, key.value) in lines:
            _refuse(key, f"the key {key.value} is given twice, first in line {lines[key.tag, key.value]}")
        lines[key.tag, key.value] = _line(key)


def _counted(node: yaml.Node, sizes: dict[int, int], above: tuple[int, ...]) -> int:
    """Return how many values a node unfolds to."""
    if id(node) in above:
        _refuse(node, "an alias refers to a value that contains it")
    if id(node) not in sizes:
        parts = [] if isinstance(node, yaml.ScalarNode) else node.value
        below = [part[1] if isinstance(part, tuple) else part for part in parts]
        sizes[id(node)] = 1 + sum(_counted(part, sizes, (*above, id(node))) for part in below)
        if sizes[id(node)] > MOST_VALUES:
            _refuse(node, f"its aliases unfold to more than {MOST_VALUES:,} values")
    return sizes[id(node)]


def _scalars(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    for part in () if isinstance(node, yaml.ScalarNode) else node.value:
        for each in part if isinstance(part, tuple) else (part,):
            yield from _scalars(each)


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error)


def _refuse(node: yaml.Node, problem: str) -> NoReturn:
    raise ConfigError(f"{place_of(node)}: {problem}")
