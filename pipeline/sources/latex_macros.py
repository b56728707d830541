r"""The macros that a LaTeX source defines, expanded in its text: `\R` becomes `\mathbb{R}`, as a reader knows it.

A definition holds from where it stands: one that comes later changes what comes after it. Expansion is one pass over
the source in which what a macro stands for is read again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.sources import latex_glossary
from pipeline.sources.latex_source import put_back, set_apart, without_cut_parts

_NAME = re.compile(r"\\([A-Za-z@]+\*?|.)", re.DOTALL)
_SKIPPED_SPACE = re.compile(r"[ \t]*\n?[ \t]*")
_OPTIONAL = re.compile(r"\s*\[((?:[^\[\]{}]|\{[^{}]*\}|\[[^\[\]]*\])*)\]")
_PARAMETER = re.compile(r"#(\d)")
_COUNT = re.compile(r"\s*\[(\d)\]")
_TITLE = re.compile(r"\s*(?:\[[^\]]*\])?\s*")
_SPECIFIED = re.compile(r"[+!]?(?:([msot])|O\{([^{}]*)\}|[OdDrR]\S*)\s*")
_GROWTH = 4  # times the length of the source: what expansion may make of it
_WINDOW = 4_000  # characters in which the arguments of a macro are looked for
_LACKING = "-NoValue-"

Reader = Callable[["_Expander", str], None]


@dataclass(frozen=True)
class _Macro:
    """What a macro takes and stands for.

    `takes` has an entry per argument: None for one that must be there, else the default of an optional one, or `*`.
    `before` has the texts that stand before each argument and after the last, of a macro of plain TeX.
    """

    body: str
    takes: tuple[str | None, ...] = ()
    before: tuple[str, ...] = ()
    again: bool = True  # whether what it stands for is read again


def expanded(source: str) -> str:
    """Return the source without comments, definitions and what authors cut out, its own macros expanded."""
    kept: list[tuple[str, str]] = []
    return put_back(_Expander(without_cut_parts(set_apart(source, kept))).run(), kept, 0)


class _Expander:
    """Reads a source from left to right; what is still to read is a stack of texts, the last to be read first."""

    def __init__(self, source: str) -> None:
        self.text, self.at = source, 0
        self.rest: list[tuple[str, int]] = []
        self.macros: dict[str, _Macro] = {}
        self.environments: dict[str, tuple[_Macro, str]] = {}
        self.glossary = latex_glossary.Glossary()
        self.budget = _GROWTH * len(source) + 10_000

    def run(self) -> str:
        """Return the source, expanded."""
        parts = list[str]()
        while True:
            found = _NAME.search(self.text, self.at)
            if found is None:
                parts.append(self.text[self.at :])
                if not self.rest:
                    return "".join(parts)
                self.text, self.at = self.rest.pop()
                continue
            parts.append(self.text[self.at : found.start()])
            self.at = found.end()
            name = found[1]
            if name not in self.macros:
                name = name.removesuffix("*")
            written = self._read(name, found)
            if written:
                parts.append(written)

    def _read(self, name: str, found: re.Match[str]) -> str:
        """Take what a control word does; return what of it stays as it is."""
        if name in self.macros:
            return self._expand(self.macros[name], found)
        if name in _READERS:
            place = self.text, self.at, list(self.rest)
            try:
                _READERS[name](self, name)
            except _NoArgumentError:
                self.text, self.at, self.rest = place
                return found[0]
            return ""
        if name in ("begin", "end"):
            return self._environment(name, found[0])
        return "" if name == "xspace" else found[0]

    def _expand(self, macro: _Macro, found: re.Match[str]) -> str:
        place = self.text, self.at, list(self.rest)
        if self.budget < 0:
            return found[0]
        if found[1].endswith("*") and found[1] not in self.macros:
            self.at -= 1
        try:
            arguments = self._arguments(macro)
        except _NoArgumentError:
            self.text, self.at, self.rest = place
            return found[0]
        body = _filled(macro.body, arguments)
        if not macro.again:
            return body
        if re.search(r"\\[A-Za-z@]+$", body) and self._next(1).isalpha():
            body += " "
        self.push(body)
        return ""

    def _environment(self, kind: str, mark: str) -> str:
        """Expand the begin or end of an environment of the source's own."""
        opening = _NAME_IN_BRACES.match(self.text, self.at)
        own = self.environments.get(opening[1]) if opening else None
        if opening is None or own is None or self.budget < 0:
            return mark
        self.at = opening.end()
        if kind == "end":
            self.push(own[1])
            return ""
        try:
            arguments = self._arguments(own[0])
        except _NoArgumentError:
            arguments = []
        self.push(_filled(own[0].body, arguments))
        return ""

    def push(self, text: str) -> None:
        """Have a text read next."""
        self.budget -= len(text) + 1
        if self.at < len(self.text):
            self.rest.append((self.text, self.at))
        self.text, self.at = text, 0

    def _next(self, count: int) -> str:
        self.widen(count)
        return self.text[self.at : self.at + count]

    def widen(self, count: int) -> bool:
        """Have so many characters in the text that is read, if there are any more; return whether some came."""
        came = False
        while len(self.text) - self.at < count and self.rest:
            text, at = self.rest.pop()
            taken = text[at : at + count]
            if at + count < len(text):
                self.rest.append((text, at + count))
            self.text, self.at, came = self.text[self.at :] + taken, 0, True
        return came

    def skip(self, characters: str) -> None:
        """Take the characters that come next if they are among these."""
        self.widen(_WINDOW)
        while self.text[self.at : self.at + 1] and self.text[self.at] in characters:
            self.at += 1

    def _arguments(self, macro: _Macro) -> list[str]:
        if macro.before:
            return self._delimited(macro.before)
        return [self.argument() if default is None else self.optional(default) for default in macro.takes]

    def optional(self, default: str) -> str:
        self.widen(_WINDOW)
        if default == "*":
            star = self.text[self.at : self.at + 1] == "*"
            self.at += star
            return "*" if star else _LACKING
        found = _OPTIONAL.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[1] if found else default

    def argument(self) -> str:
        """Take an argument: what stands in braces, a control word, or a character."""
        self.widen(_WINDOW)
        space = _SKIPPED_SPACE.match(self.text, self.at)
        at = space.end() if space else self.at
        following = self.text[at : at + 1]
        if following == "{":
            body, end = braced(self.text, at)
            if body is None and self.widen(50 * _WINDOW):
                body, end = braced(self.text, at := self.text.index("{", self.at))
            if body is None:
                raise _NoArgumentError
            self.at = end
            return body
        if not following or following in "}\n&$":
            raise _NoArgumentError
        word = _NAME.match(self.text, at)
        self.at = word.end() if word else at + 1
        return self.text[at : self.at]

    def _delimited(self, before: tuple[str, ...]) -> list[str]:
        self.widen(_WINDOW)
        arguments = list[str]()
        if not self.text.startswith(before[0], self.at):
            raise _NoArgumentError
        self.at += len(before[0])
        for mark in before[1:]:
            if not mark:
                arguments.append(self.argument())
                continue
            end = self.text.find(mark, self.at, self.at + _WINDOW)
            if end < 0:
                raise _NoArgumentError
            given = self.text[self.at : end]
            whole = given.startswith("{") and braced(given, 0)[1] == len(given)
            arguments.append(given[1:-1] if whole else given)
            self.at = end + len(mark)
        return arguments

    def name(self) -> str:
        """Take the name of a control word, in braces or not."""
        word = self.argument().strip()
        if not word.startswith("\\"):
            raise _NoArgumentError
        return word[1:]

    def takes(self) -> tuple[str | None, ...]:
        """Take `[2]` or `[2][default]`: what a macro takes."""
        self.widen(_WINDOW)
        count = _COUNT.match(self.text, self.at)
        if count is None:
            return ()
        self.at = count.end()
        default = _OPTIONAL.match(self.text, self.at)
        self.at = default.end() if default else self.at
        needed: tuple[str | None, ...] = (None,) * int(count[1])
        return (default[1], *needed[1:]) if default else needed


class _NoArgumentError(ValueError):
    """A macro lacks what it takes; it stays as it is."""


_NAME_IN_BRACES = re.compile(r"\s*\{([^{}\\]*)\}")


def _new_command(reader: _Expander, kind: str) -> None:
    name = reader.name()
    macro = _Macro(body="", takes=reader.takes())
    body = reader.argument()
    if kind != "providecommand" or name not in reader.macros:
        reader.macros[name] = _Macro(body, macro.takes)


def _definition(reader: _Expander, kind: str) -> None:
    name = reader.name()
    reader.widen(_WINDOW)
    end = reader.text.find("{", reader.at)
    if end < 0:
        raise _NoArgumentError
    parameters = reader.text[reader.at : end]
    reader.at = end
    body = reader.argument()
    before = tuple(part.strip() if not part.strip() else part for part in _PARAMETER.split(parameters)[::2])
    reader.macros[name] = _Macro(body, before=before) if any(before) else _Macro(body, (None,) * (len(before) - 1))


def _document_command(reader: _Expander, kind: str) -> None:
    name, specified = reader.name(), reader.argument()
    reader.macros[name] = _Macro(reader.argument(), _specified(specified))


def _specified(text: str) -> tuple[str | None, ...]:
    """Return what `m O{x} o s` says that a macro takes."""
    found = _SPECIFIED.finditer(text.strip())
    return tuple(
        None if each[1] == "m" else "*" if each[1] in ("s", "t") else each[2] if each[2] is not None else _LACKING
        for each in found
    )


def _new_environment(reader: _Expander, kind: str) -> None:
    name = reader.argument().strip()
    takes = _specified(reader.argument()) if kind.endswith("DocumentEnvironment") else reader.takes()
    begin, end = reader.argument(), reader.argument()
    if rf"\begin{{{name}}}" not in begin:
        reader.environments[name] = _Macro(begin, takes), end


def _operator(reader: _Expander, kind: str) -> None:
    star = reader.text[reader.at - 1 : reader.at] == "*"
    name = reader.name()
    reader.macros[name] = _Macro(rf"\operatorname{'*' if star else ''}{{{reader.argument()}}}", again=False)


def _alias(reader: _Expander, kind: str) -> None:
    name = reader.name()
    reader.skip("= ")
    other = reader.argument()
    own = reader.macros.get(other[1:]) if other.startswith("\\") else None
    reader.macros[name] = own or _Macro(other, again=False)


def _new_theorem(reader: _Expander, kind: str) -> None:
    name = reader.argument().strip()
    reader.optional("")
    title = reader.argument()
    reader.optional("")
    reader.environments[name] = _Macro(rf"\begin{{namedstatement}}{{{title}}}"), r"\end{namedstatement}"


def _unit(reader: _Expander, kind: str) -> None:
    reader.optional("")
    name = reader.name()
    reader.macros[name] = _Macro(reader.argument())


def _term(reader: _Expander, kind: str) -> None:
    form = latex_glossary.DEFINITIONS[kind]
    reader.glossary.define(kind, [reader.optional("") if each == "[" else reader.argument() for each in form])


def _printed_term(reader: _Expander, kind: str) -> None:
    reader.optional("*")
    reader.optional("")
    text = reader.glossary.printed(kind, reader.argument())
    if text is None:
        raise _NoArgumentError
    reader.push(text + (reader.optional("") if reader.text[reader.at : reader.at + 1] == "[" else ""))


def _choice(lacking: int) -> Reader:
    r"""Return what reads `\IfNoValueTF{…}{…}{…}` and its like."""

    def read(reader: _Expander, kind: str) -> None:
        value = reader.argument()
        choices = reader.argument(), reader.argument()
        reader.push(choices[lacking if value == _LACKING else 1 - lacking])

    return read


_READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("newcommand", "renewcommand", "providecommand", "DeclareRobustCommand"), _new_command),
    **dict.fromkeys(("def", "gdef", "edef", "xdef"), _definition),
    **dict.fromkeys((f"{kind}DocumentCommand" for kind in ("New", "Renew", "Provide", "Declare")), _document_command),
    **dict.fromkeys(("newenvironment", "renewenvironment"), _new_environment),
    **dict.fromkeys((f"{kind}DocumentEnvironment" for kind in ("New", "Renew", "Declare")), _new_environment),
    "DeclareMathOperator": _operator,
    "DeclareSIUnit": _unit,
    "let": _alias,
    "newtheorem": _new_theorem,
    **dict.fromkeys(latex_glossary.DEFINITIONS, _term),
    **dict.fromkeys(latex_glossary.MACROS, _printed_term),
    "IfNoValueTF": _choice(0),
    "IfValueTF": _choice(1),
    "IfBooleanTF": _choice(1),
}


def _filled(body: str, arguments: list[str]) -> str:
    numbered = {str(number): argument for number, argument in enumerate(arguments, 1)}

    def argument(found: re.Match[str]) -> str:
        before, given = found[1] or "", numbered.get(found[2], "")
        # the name of a macro ends where the argument begins: `\bold#1` with `x` is no `\boldx`
        return f"{before} {given}" if before and given[:1].isalpha() else before + given

    return re.sub(r"(\\[A-Za-z]+)?#(\d)", argument, body)


def braced(source: str, position: int) -> tuple[str | None, int]:
    """Return what stands between the brace at the position and its partner, and where that ends."""
    while position < len(source) and source[position].isspace():
        position += 1
    if position >= len(source) or source[position] != "{":
        return None, position
    depth = 0
    for found in _BRACE.finditer(source, position):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                return source[position + 1 : found.start()], found.end()
    return None, position


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
