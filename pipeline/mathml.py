"""MathML as TeX: the presentation elements that formulas in articles are made of."""

from collections.abc import Callable, Mapping, Sequence

from lxml import etree

_ESCAPED = str.maketrans({"%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "−": "-", "\u2061": "", "\u2062": ""})
_ACCENTS = {"¯": "bar", "‾": "bar", "^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "→": "vec", "˙": "dot"}
_LARGE = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∞": r"\infty", "×": r"\times", "·": r"\cdot", "±": r"\pm"}


def tex(element: etree._Element) -> str:
    """Return a `math` element as TeX: as its annotation has it, or written from its presentation."""
    for note in element.iter("{*}annotation"):
        if "tex" in (note.get("encoding") or "").lower():
            return (note.text or "").strip()
    return " ".join(_write(element).split())


def _write(element: etree._Element) -> str:
    name = etree.QName(element).localname
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        return _token(name, "".join(element.itertext()).strip())
    if name in ("annotation", "annotation-xml", "mspace"):
        return ""
    parts = [_write(child) for child in element.iterchildren("{*}*")]
    content = " ".join(part for part in parts if part)
    if name in _FORMS and len(parts) == _FORMS[name][0]:
        return _FORMS[name][1](parts)
    if name == "msqrt":
        return rf"\sqrt{{{content}}}"
    if name == "mfenced":
        return f"{element.get('open', '(')}{', '.join(parts)}{element.get('close', ')')}"
    if name in ("mtable", "mtr"):
        return (r" \\ " if name == "mtable" else " & ").join(parts)
    return content


def _token(name: str, text: str) -> str:
    if name == "mtext" and text:
        return rf"\text{{{text}}}"
    if name == "mi" and len(text) > 1 and text.isascii() and text.isalpha():
        return rf"\mathrm{{{text}}}"
    return _LARGE.get(text, text.translate(_ESCAPED))


def _over(parts: Sequence[str]) -> str:
    accent = _ACCENTS.get(parts[1].strip())
    return rf"\{accent}{{{parts[0]}}}" if accent else rf"\overset{{{parts[1]}}}{{{parts[0]}}}"


_FORMS: Mapping[str, tuple[int, Callable[[Sequence[str]], str]]] = {
    "mfrac": (2, lambda parts: rf"\frac{{{parts[0]}}}{{{parts[1]}}}"),
    "msup": (2, lambda parts: f"{parts[0]}^{{{parts[1]}}}"),
    "msub": (2, lambda parts: f"{parts[0]}_{{{parts[1]}}}"),
    "msubsup": (3, lambda parts: f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}"),
    "munder": (2, lambda parts: f"{parts[0]}_{{{parts[1]}}}"),
    "mover": (2, _over),
    "munderover": (3, lambda parts: f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}"),
    "mroot": (2, lambda parts: rf"\sqrt[{parts[1]}]{{{parts[0]}}}"),
}
