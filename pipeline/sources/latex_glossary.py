r"""Acronyms and terms that a LaTeX source defines, as the packages `glossaries`, `acronym` and `acro` print them.

`\gls{led}` is "light-emitting diode (LED)" where it stands first and "LED" later.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What a definition takes: a letter per argument, `[` an optional one.
DEFINITIONS: Mapping[str, str] = {
    **dict.fromkeys(("newacronym", "newabbreviation"), "[{{{"),
    **dict.fromkeys(("newglossaryentry", "DeclareAcronym"), "{{"),
    **dict.fromkeys(("acrodef", "newacro"), "{[{"),
}
# What a macro prints; `gls` and `ac` print all of it where a term stands first.
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("gls", "ac"), "first"),
    **dict.fromkeys(("acrshort", "acs", "glsxtrshort", "glsentryshort"), "short"),
    **dict.fromkeys(("acrlong", "acl", "glsxtrlong", "glsentrylong"), "long"),
    **dict.fromkeys(("acrfull", "acf", "glsxtrfull", "glsfirst"), "full"),
    **dict.fromkeys(("glstext", "glsentrytext", "glsname", "glsentryname"), "text"),
}
MACROS: Mapping[str, tuple[str, bool, bool]] = {  # the kind, whether in the plural, whether with a capital
    written: (kind, bool(plural), written[0].isupper())
    for name, kind in _KINDS.items()
    for plural in ("", "p" if name in ("ac", "acs", "acl", "acf") else "pl")
    for written in (name + plural, name[:1].upper() + name[1:] + plural)
}
_SETTING = re.compile(r"([\w-]+)\s*=\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([^,{}]*))")


@dataclass(frozen=True)
class _Term:
    short: str
    long: str = ""
    plural: str = ""


class Glossary:
    """The terms that a source has defined so far, and which of them have been printed."""

    def __init__(self) -> None:
        self.terms: dict[str, _Term] = {}
        self.used: set[str] = set()

    def define(self, kind: str, arguments: Sequence[str]) -> None:
        """Take a definition; `arguments` are those of `DEFINITIONS`."""
        if kind in ("newglossaryentry", "DeclareAcronym"):
            given = {name: (braced or plain).strip() for name, braced, plain in _SETTING.findall(arguments[1])}
            short = given.get("short") or given.get("text") or given.get("name", "")
            self.terms[arguments[0].strip()] = _Term(short, given.get("long", ""), given.get("plural", ""))
        elif kind in ("acrodef", "newacro"):
            key, short, long = arguments
            self.terms[key.strip()] = _Term(short or key.strip(), long)
        else:
            _, key, short, long = arguments
            self.terms[key.strip()] = _Term(short, long)

    def printed(self, name: str, key: str) -> str | None:
        """Return what a macro of `MACROS` prints of a term, or None where it is not known."""
        kind, plural, capital = MACROS[name]
        key = key.strip()
        # Where a list of acronyms stands at the end, the key of one is what is printed.
        term = self.terms.get(key) or (_Term(key) if key.isupper() else None)
        if term is None or not term.short:
            return None
        short = term.plural or f"{term.short}s" if plural else term.short
        long = f"{term.long}s" if plural and term.long else term.long
        full = f"{long} ({short})" if long else short
        if kind == "first":
            kind = "short" if key in self.used else "full"
            self.used.add(key)
        text = {"short": short, "text": short, "long": long or short, "full": full}[kind]
        return text[:1].upper() + text[1:] if capital else text
