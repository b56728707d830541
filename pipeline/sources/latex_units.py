r"""Numbers with units as `siunitx` prints them, `\SI{4.5}{\micro\metre}` as 4.5 µm, and formulas of chemistry."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from pipeline.scripts import subscript, superscript


def _table(pairs: str) -> dict[str, str]:
    return {name: symbol for name, _, symbol in (pair.partition("=") for pair in pairs.split())}


_PREFIXES = _table(
    "yocto=y zepto=z atto=a femto=f pico=p nano=n micro=µ milli=m centi=c deci=d deca=da deka=da hecto=h kilo=k "
    "mega=M giga=G tera=T peta=P exa=E zetta=Z yotta=Y kibi=Ki mebi=Mi gibi=Gi tebi=Ti"
)
_UNITS = _table(
    "ampere=A candela=cd kelvin=K gram=g metre=m meter=m mole=mol second=s becquerel=Bq coulomb=C farad=F gray=Gy "
    "hertz=Hz henry=H joule=J katal=kat lumen=lm lux=lx newton=N ohm=Ω pascal=Pa radian=rad siemens=S sievert=Sv "
    "steradian=sr tesla=T volt=V watt=W weber=Wb celsius=°C degreeCelsius=°C degree=° arcminute=′ arcsecond=″ "
    "percent=% day=d hour=h minute=min litre=L liter=L hectare=ha tonne=t dalton=Da electronvolt=eV eV=eV "
    "astronomicalunit=au atomicmassunit=u bohr=a₀ bel=B decibel=dB neper=Np bar=bar mmHg=mmHg angstrom=Å barn=b "
    "knot=kn nauticalmile=M bit=bit byte=B parsec=pc lightyear=ly gauss=G year=a clight=c electronmass=mₑ planckbar=ħ "
    "hartree=Eₕ elementarycharge=e are=a curie=Ci roentgen=R rad=rad rem=rem gon=gon torr=Torr atmosphere=atm "
    "calorie=cal erg=erg dyne=dyn micron=µm molar=M permille=‰ ppm=ppm ppb=ppb au=au kg=kg km=km cm=cm mm=mm um=µm "
    "nm=nm pm=pm m=m s=s ms=ms us=µs ns=ns ps=ps fs=fs g=g mg=mg ug=µg K=K mK=mK J=J kJ=kJ W=W mW=mW kW=kW MW=MW V=V "
    "mV=mV kV=kV A=A mA=mA N=N Pa=Pa kPa=kPa MPa=MPa GPa=GPa Hz=Hz kHz=kHz MHz=MHz GHz=GHz THz=THz meV=meV keV=keV "
    "MeV=MeV GeV=GeV TeV=TeV mol=mol mmol=mmol l=L ml=mL mL=mL L=L T=T mT=mT dB=dB C=C"
)
_POWERS = {"squared": "2", "cubed": "3"}
_POWERS_BEFORE = {"square": "2", "cubic": "3"}
_PLAIN_UNIT = re.compile(r"\\[,;:! ]|\\mathrm|\\text(?:rm)?|\$|\\ensuremath|\\cdot")
_TOKEN = re.compile(r"\\([A-Za-z]+)\s*(?:\{([^{}]*)\})?|\\.|([^\\]+)", re.DOTALL)
_WRITTEN_POWER = re.compile(r"\^\s*(?:\{([^{}]*)\}|([-+]?\d))")
_NUMBER_SIGNS = (("+-", " ± "), (r"\pm", " ± "), ("<=", "≤ "), (">=", "≥ "), (r"\times", " × "), ("x", " × "))
_EXPONENT = re.compile(r"(?<=[\d.)])?[eEdD]\s*([-+−]?\s*\d+)")
_PLAIN_TEX = re.compile(r"\\[,;:! ]|\\mathrm|\\text(?:rm)?|\\si|\\unit|[{}$]|\\ensuremath")
# What follows a letter, a digit or a bracket as a charge, and the numbers of atoms.
_CHEMISTRY = re.compile(
    r"\^\{([^{}]*)\}|\^([0-9]*[-+]|\d+)|(?<=[A-Za-z0-9)\]])([-+])(?=[\s,;)\]]|$)|"
    r"_\{([^{}]*)\}|_(\d+)|(?<=[A-Za-z)\]])(\d+)|<=>|->|<-|\\[A-Za-z]+"
)
_BRACES = re.compile(r"(?<![\^_])\{([^{}]*)\}")
_ARROWS = {"<=>": "⇌", "->": "→", "<-": "←"}


def number(source: str) -> str:
    """Return a number: `1e-3` is 1 × 10⁻³."""
    text = _PLAIN_TEX.sub("", source).replace("~", " ").strip()
    for sign, written in _NUMBER_SIGNS:
        text = text.replace(sign, written)

    def power(found: re.Match[str]) -> str:
        before = text[: found.start()].rstrip()
        return (
            (" × " if before and (before[-1].isalnum() or before[-1] in ")]") else "")
            + "10"
            + superscript("10", found[1].replace("+", ""))
        )

    text = " ".join(_EXPONENT.sub(power, text).split())
    return f"−{text[1:]}" if text.startswith("-") else text


def unit(source: str) -> str:
    r"""Return a unit: `\metre\per\second\squared` is m s⁻²; one that is written out stays as it is written."""
    parts, prefix, sign, power = list[str](), "", "", ""
    for found in _TOKEN.finditer(_PLAIN_UNIT.sub(" ", source)):
        name, argument, literal = found[1], found[2], found[3]
        if literal is not None:
            text = _WRITTEN_POWER.sub(lambda each: superscript("m", each[1] or each[2]), literal)
            text = " ".join(text.replace("~", " ").replace(".", " ").replace("{", "").replace("}", "").split())
            if text:
                parts.append(prefix + text)
                prefix = ""
        elif name in _PREFIXES:
            prefix = _PREFIXES[name]
        elif name == "per":
            sign = "-"
        elif name in _POWERS_BEFORE or name == "raiseto":
            power = _POWERS_BEFORE.get(name, argument or "")
        elif name in _POWERS or name == "tothe":
            if parts:
                parts[-1] = _raised(parts[-1], _POWERS.get(name, argument or ""))
        elif name and name not in ("highlight", "cancel", "of"):
            parts.append(_raised(prefix + _UNITS.get(name, name), sign + (power or ("1" if sign else ""))))
            prefix, sign, power = "", "", ""
    return " ".join([*parts, prefix] if prefix else parts)


def _raised(name: str, power: str) -> str:
    """Return a unit with a power; that of one below the line has its sign already."""
    if name.endswith("⁻¹"):
        return name[:-2] + superscript("m", f"-{power}")
    return name + (superscript("m", power) if power else "")


def quantity(value: str, of: str) -> str:
    """Return a number with its unit."""
    return f"{value}{'' if of[:1] in '°′″' and not of.startswith('°C') else ' '}{of}" if value and of else value + of


def angle(source: str) -> str:
    r"""Return an angle: `\ang{30;15;}` is 30°15′."""
    parts = source.split(";")
    return "".join(number(part) + mark for part, mark in zip(parts, "°′″", strict=False) if part.strip())


def ordinal(value: str) -> str:
    """Return what stands behind a number that counts in English: 1st, 12th, 23rd."""
    teen = value[-2:] in ("11", "12", "13")
    return "th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(value[-1:], "th")


def chemical(source: str) -> str:
    r"""Return a chemical formula as `\ce{H2O}` prints it: H₂O, SO₄²⁻."""

    def written(found: re.Match[str]) -> str:
        raised, lowered = found[1] or found[2] or found[3], found[4] or found[5] or found[6]
        if raised is not None:
            return superscript("x", raised)
        return subscript("x", lowered) if lowered is not None else _ARROWS.get(found[0]) or _greek(found[0][1:])

    return " ".join(_CHEMISTRY.sub(written, _BRACES.sub(r"\1", source.replace("$", ""))).split())


def _greek(name: str) -> str:
    try:
        return unicodedata.lookup(f"GREEK {'SMALL' if name.islower() else 'CAPITAL'} LETTER {name.upper()}")
    except KeyError:
        return ""


def _list(values: str) -> list[str]:
    return [number(value) for value in values.split(";") if value.strip()]


# What a macro takes and prints: its braced arguments.
PRINTED: Mapping[str, tuple[str, Callable[..., str]]] = {
    **dict.fromkeys(("SI", "qty"), ("[{[{", lambda value, of: quantity(number(value), unit(of)))),
    **dict.fromkeys(("si",), ("[{", unit)),
    **dict.fromkeys(("num", "tablenum", "numproduct"), ("[{", number)),
    "ang": ("[{", angle),
    **dict.fromkeys(
        ("SIrange", "qtyrange"),
        ("[{{[{", lambda low, high, of: quantity(f"{number(low)}–{number(high)}", unit(of))),
    ),
    "numrange": ("[{{", lambda low, high: f"{number(low)}–{number(high)}"),
    **dict.fromkeys(("SIlist", "qtylist"), ("[{[{", lambda values, of: quantity(", ".join(_list(values)), unit(of)))),
    "numlist": ("[{", lambda values: ", ".join(_list(values))),
    "qtyproduct": ("[{{", lambda value, of: quantity(number(value), unit(of))),
    **dict.fromkeys(("ce", "cf", "ch"), ("{", chemical)),
    "nth": ("{", lambda value: value + ordinal(value)),
    **dict.fromkeys(("nicefrac", "sfrac"), ("[{{", lambda above, below: f"{above}/{below}")),
}
SYMBOLS: Mapping[str, str] = {
    **{name: _UNITS[name] for name in ("celsius", "degree", "ohm", "micron", "angstrom", "percent", "permille")},
    **dict.fromkeys(("textdegree", "degrees"), "°"),
    **dict.fromkeys(("textcelsius", "degC", "degreeCelsius"), "°C"),
    **dict.fromkeys(("textohm", "textOmega"), "Ω"),
    **dict.fromkeys(("textmu", "textmicro"), "µ"),
    "textperthousand": "‰",
    "texttimes": "×",
    "textpm": "±",
    "textminus": "−",
    "textdiv": "÷",
    "textmho": "℧",
    "textonehalf": "½",
    "textonequarter": "¼",
    "textthreequarters": "¾",
    "textdiscount": "%",
    "textnumero": "№",
    "textonesuperior": "¹",
    "texttwosuperior": "²",
    "textthreesuperior": "³",
    "textordmasculine": "º",
    "textordfeminine": "ª",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textbackslash": "\\",
    "textbar": "|",
    "textless": "<",
    "textgreater": ">",
    "textbullet": "•",
    "textperiodcentered": "·",
    "texteuro": "€",
    "euro": "€",
    "EUR": "€",
    **dict.fromkeys(("textsterling", "pounds"), "£"),
    "textyen": "¥",
    "textcent": "¢",
    "textregistered": "®",
    "texttrademark": "™",
    **dict.fromkeys(("textcopyright", "copyright"), "©"),
    **dict.fromkeys(("textsection", "S"), "§"),
    **dict.fromkeys(("textparagraph", "P"), "¶"),
    "textdagger": "†",
    "textdaggerdbl": "‡",
    "textquotesingle": "'",
    "textquotedbl": '"',
    "glqq": "„",
    "grqq": "“",
    "glq": "‚",
    "grq": "‘",
    **dict.fromkeys(("flqq", "og"), "«"),
    **dict.fromkeys(("frqq", "fg"), "»"),
    "flq": "‹",
    "frq": "›",
    "slash": "/",
    "-": "",
    "/": "",
    "textellipsis": "…",
    "textendash": "–",
    "textemdash": "—",
    "textunderscore": "_",
    "textdollar": "$",
    "textexclamdown": "¡",
    "textquestiondown": "¿",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textrightarrow": "→",
    "textleftarrow": "←",
    "textvisiblespace": " ",
    "textquoteleft": "‘",
    "textquoteright": "’",
    "textquotedblleft": "“",
    "textquotedblright": "”",
}
