r"""What TeX reads of a LaTeX source: without comments and what authors cut out, verbatim text set apart, balanced.

Verbatim text stands as a mark (`VERBATIM`) in the source, so that neither macros nor comments are looked for in it.
"""

import re

VERBATIM = "\ue000{}\ue001"  # in place of the verbatim text with this number
MARK = re.compile("\ue000([0-9]+)\ue001")

_ENVIRONMENTS = r"verbatim\*?|Verbatim\*?|BVerbatim|LVerbatim|lstlisting|minted|alltt|filecontents\*?|spverbatim"
_HIDDEN = frozenset({"comment"})
_EXCLUDED = re.compile(r"\\(?:excludecomment|newcomment)\s*\{([A-Za-z*]+)\}")
_SPAN = (
    rf"\\begin\s*\{{(?P<code>{_ENVIRONMENTS})\}}.*?\\end\s*\{{(?P=code)\}}"
    r"|\\begin\s*\{(?P<hidden>HIDDEN)\}.*?\\end\s*\{(?P=hidden)\}"
    r"|\\(?:verb\*?|lstinline(?:\[[^\]\n]*\])?|mintinline(?:\[[^\]\n]*\])?\{\w+\})"
    r"(?:(?P<mark>[^A-Za-z0-9\s*{\[])(?P<inline>[^\n]*?)(?P=mark)|\{(?P<braced>[^{}\n]*)\})"
    r"|\\."
    r"|%[^\n]*(?P<end>\n[ \t]*|$)"
)
_CONDITION = re.compile(
    r"\\(newif\s*\\if[A-Za-z@]+|if[A-Za-z@]*|else(?![A-Za-z@])|fi(?![A-Za-z@])|[A-Za-z@]+(?:true|false)(?![A-Za-z@]))"
)
_NO_CONDITIONS = frozenset({"iff", "ifthenelse", "iftoggle", "ifboolexpr"})
_BALANCED = re.compile(r"\\(begin|end)\s*\{([^{}\\]*)\}|\\.|[{}]", re.DOTALL)
_ENDED = re.compile(r"\\endinput(?![A-Za-z])")


def set_apart(source: str, kept: list[tuple[str, str]]) -> str:
    """Return the source without comments, its verbatim text added to `kept`: what it is in the source, and its text."""
    hidden = "|".join(re.escape(name) for name in sorted({*_HIDDEN, *_EXCLUDED.findall(source)}))

    def seen(match: re.Match[str]) -> str:
        if match["code"]:
            return _marked(match[0], _block(match[0]), kept)
        if match["mark"] or match["braced"] is not None:
            return _marked(match[0], match["inline"] if match["mark"] else match["braced"], kept)
        if match["hidden"]:
            return ""
        if match["end"] is not None:
            return "\n" if match["end"] else ""
        return match[0]

    return _ENDED.split(re.sub(_SPAN.replace("HIDDEN", hidden), seen, source, flags=re.DOTALL | re.MULTILINE), 1)[0]


def put_back(text: str, kept: list[tuple[str, str]], which: int) -> str:
    """Return the text with what was set apart in its place: as it is in the source (0), or its text (1)."""
    return MARK.sub(lambda match: kept[int(match[1])][which] if int(match[1]) < len(kept) else "", text)


def _marked(source: str, text: str, kept: list[tuple[str, str]]) -> str:
    kept.append((source, text))
    return VERBATIM.format(len(kept) - 1)


def _block(source: str) -> str:
    """Return a verbatim environment as a block of code; one that writes a file is none."""
    if source.startswith((r"\begin{filecontents", r"\begin {filecontents")):
        return ""
    first, _, rest = source.partition("}")[2].partition("\n")
    options = first.strip()
    lines = rest if not options or options[0] in "[{" else f"{first}\n{rest}"
    return f"```\n{lines.rpartition(chr(92) + 'end')[0].strip(chr(10))}\n```"


def without_cut_parts(source: str) -> str:
    r"""Return the source without what its conditions hide: `\iffalse`, `\if0`, and those of `\newif` that are false.

    Of a condition that is not known, what stands on both sides is kept. One that does not end hides nothing.
    """
    known = {"iffalse": False, "iftrue": True}
    cuts = list[tuple[int, int]]()
    opened = list[tuple[bool | None, int]]()  # per open condition: whether it holds, and where its hidden part begins
    for match in _CONDITION.finditer(source):
        word = match[1]
        if word.startswith("newif"):
            known[word.rpartition("\\")[2]] = False
        elif word == "fi" and opened:
            _, begin = opened.pop()
            cuts.append((begin, match.end()) if begin >= 0 else (match.start(), match.end()))
        elif word == "else" and opened:
            holds, begin = opened[-1]
            if begin >= 0:
                cuts.append((begin, match.end()))
            opened[-1] = (holds, match.start() if holds else -1)
        elif word.startswith("if") and word not in _NO_CONDITIONS and source[match.end() : match.end() + 1] != "{":
            holds = known.get(word) if word != "if" else _equal(source, match.end())
            opened.append((holds, match.start() if holds is False else -1))
            if holds:
                cuts.append(match.span())
        elif (name := f"if{word.removesuffix('true').removesuffix('false')}") in known and word[:2] != "if":
            known[name] = word.endswith("true")
            cuts.append(match.span())
    return _without(source, cuts)


def _equal(source: str, position: int) -> bool | None:
    r"""Return whether the two tokens behind `\if` are the same, if the first is a character."""
    following = source[position : position + 40].split()
    pair = "".join(following)[:2]
    return pair[0] == pair[1] if len(pair) == 2 and pair[0] != "\\" else None


def _without(source: str, cuts: list[tuple[int, int]]) -> str:
    kept, position = [], 0
    for begin, end in sorted(cuts):
        if begin >= position:
            kept.append(source[position:begin])
        position = max(position, end)
    return "".join([*kept, source[position:]])


def balanced(source: str) -> str:
    """Return the source in which every environment ends within the braces in which it begins.

    What has no partner is left out. A parser that looks for it reads the rest once more for each, which is twice the
    time for each of them.
    """
    cuts = list[tuple[int, int]]()
    opened = list[tuple[str, int, int]]()
    for match in _BALANCED.finditer(source):
        kind, name = (match[1], match[2].strip()) if match[1] else (match[0], "{")
        if kind in ("begin", "{"):
            opened.append((name, *match.span()))
        elif kind in ("end", "}"):
            place = _partner(opened, name)
            if place is None:
                cuts.append(match.span())
            else:
                cuts += [(begin, end) for _, begin, end in opened[place + 1 :]]
                del opened[place:]
    cuts += [(begin, end) for name, begin, end in opened]
    return _without(source, cuts)


def _partner(opened: list[tuple[str, int, int]], name: str) -> int | None:
    """Return which of the open environments and braces one closes; an environment, none outside of its braces."""
    for place in range(len(opened) - 1, max(len(opened) - 60, -1), -1):
        if opened[place][0] == name:
            return place
        if name != "{" and opened[place][0] == "{":
            return None
    return None
