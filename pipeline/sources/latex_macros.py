r"""The macros that a LaTeX source defines, expanded in its text: `\R` becomes `\mathbb{R}`, as a reader knows it."""

import re
from dataclasses import dataclass

_DEFINITION = re.compile(
    r"\\(?:re)?newcommand\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(\[[^\]]*\])?\s*(?=\{)"
    r"|\\providecommand\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?=\{)"
    r"|\\def\s*\\([A-Za-z]+)((?:#\d)*)\s*(?=\{)"
    r"|\\DeclareMathOperator(\*?)\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?=\{)"
)
_ALIAS = re.compile(r"\\let\s*\\([A-Za-z]+)\s*=?\s*\\([A-Za-z]+)")
_MACRO = re.compile(r"\\([A-Za-z]+)\s*")
_PASSES = 8  # a macro may use macros; one that uses itself ends here
_GROWTH = 4  # times the length of the source: what expansion may make of it
_COMMENT = re.compile(r"(?<!\\)%.*?(?:\n\s*|$)")


@dataclass(frozen=True)
class _Macro:
    arguments: int
    body: str
    default: str | None = None


def expanded(source: str) -> str:
    """Return the source without comments and definitions, its own macros expanded."""
    source = _COMMENT.sub(lambda match: "\n" if match[0].endswith("\n") else "", source)
    source, macros = _without_definitions(source)
    limit = _GROWTH * len(source) + 10_000
    for _ in range(_PASSES):
        replaced = _expand_once(source, macros, limit)
        if replaced == source:
            break
        source = replaced
    return source


def _without_definitions(source: str) -> tuple[str, dict[str, _Macro]]:
    macros: dict[str, _Macro] = {}
    kept, position = [], 0
    while found := _DEFINITION.search(source, position):
        body, end = braced(source, found.end())
        if body is None:
            kept.append(source[position : found.end()])
            position = found.end()
            continue
        kept.append(source[position : found.start()])
        position = end
        name = found[1] or found[4] or found[6] or found[9]
        if found[9]:
            macros[name] = _Macro(0, rf"\operatorname{found[8]}{{{body}}}")
        else:
            count = int(found[2] or found[5] or len(found[7] or "") // 2)
            macros[name] = _Macro(count, body, found[3][1:-1] if found[3] else None)
    rest = "".join([*kept, source[position:]])
    for alias, name in _ALIAS.findall(rest):
        if name in macros:
            macros.setdefault(alias, macros[name])
    return rest, macros


def _expand_once(source: str, macros: dict[str, _Macro], limit: int) -> str:
    parts, position, size = [], 0, 0
    for found in _MACRO.finditer(source):
        macro = macros.get(found[1])
        if macro is None or found.start() < position or size > limit:
            continue
        arguments, end = _arguments(source, found.end(), macro)
        if arguments is None:
            continue
        body = _filled(macro.body, arguments)
        bare = not macro.arguments and source[found.end() - 1 : found.end()].isspace()
        parts += [source[position : found.start()], body + " " if bare else body]
        size += len(parts[-1]) + len(parts[-2])
        position = end
    return "".join([*parts, source[position:]])


def _filled(body: str, arguments: list[str]) -> str:
    numbered = {str(number): argument for number, argument in enumerate(arguments, 1)}

    def argument(found: re.Match[str]) -> str:
        before, given = found[1] or "", numbered.get(found[2], "")
        # the name of a macro ends where the argument begins: `\bold#1` with `x` is no `\boldx`
        return f"{before} {given}" if before and given[:1].isalpha() else before + given

    return re.sub(r"(\\[A-Za-z]+)?#(\d)", argument, body)


def _arguments(source: str, position: int, macro: _Macro) -> tuple[list[str] | None, int]:
    arguments: list[str] = []
    if macro.default is not None:
        optional = re.compile(r"\s*\[([^\]]*)\]").match(source, position)
        arguments.append(optional[1] if optional else macro.default)
        position = optional.end() if optional else position
    while len(arguments) < macro.arguments:
        argument, position = braced(source, position)
        if argument is None:
            return None, position
        arguments.append(argument)
    return arguments, position


def braced(source: str, position: int) -> tuple[str | None, int]:
    """Return what stands between the brace at the position and its partner, and where that ends."""
    while position < len(source) and source[position].isspace():
        position += 1
    if position >= len(source) or source[position] != "{":
        return None, position
    depth = 0
    for index in range(position, len(source)):
        character = source[index]
        if character in "{}" and source[index - 1] != "\\":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return source[position + 1 : index], index + 1
    return None, position
