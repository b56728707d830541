"""Templates of wikis that stand in sentences, as readers see them: numbers, measures, dates, languages, quotations.

`wiki_templates.yaml` lists them by what becomes of them, under the names that they have in the wikis of a dozen
languages and more. What is in no list is left out, and counted.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel

from pipeline.scripts import subscript, superscript
from pipeline.sources.latex_units import chemical, number
from shards.tables import table


class TemplateNames(BaseModel, frozen=True, extra="forbid"):
    """The lists of `wiki_templates.yaml`: of names in any wiki, or of those of one language."""

    shown: Mapping[str, tuple[str, ...]] = {}
    printed: Mapping[str, tuple[str, ...]] = {}
    quoted: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    scientific: tuple[str, ...] = ()
    fractions: tuple[str, ...] = ()
    chemical: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()
    dates_ymd: tuple[str, ...] = ()
    dates_dmy: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    centuries: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    symbols: Mapping[str, str] = {}
    currencies: Mapping[str, str] = {}


class Templates(TemplateNames, frozen=True):
    """What any wiki may have, and by language what is meant there, which counts before it."""

    languages: Mapping[str, TemplateNames] = {}


@dataclass(frozen=True)
class Call:
    """A template or function as a page calls it: its name in lower case, what stands behind a colon in it, its
    parameters as text, and the language of the wiki.
    """

    name: str
    given: Mapping[str, str]
    language: str = "en"
    argument: str | None = None

    def first(self, *names: str) -> str:
        """Return the first of these parameters that says something."""
        return next((value for name in names if (value := self.given.get(name, "").strip())), "")

    def unnamed(self) -> list[str]:
        """Return the parameters without a name, in order, up to the first that is not there."""
        return list(takewhile(bool, (self.given.get(str(place), "").strip() for place in range(1, 30))))


Writer: TypeAlias = Callable[[Call], str | None]

_NUMERAL = re.compile(r"(?:[ivxlc]+|\d{1,3})(?:er|re|e|ème|ère|de|nd)s?(?: siècle)?")  # of French: XIXe, 1er
_GERMAN_NAMES = re.compile("[a-z]{2,3}s")  # enS, laS
_LANGUAGE_NAMES = re.compile(r"lang-[\w-]+|(?:langue|lang|língua|idioma)[- ][\w-]+")
_MONTHS: Mapping[str, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
}
_EAST_ASIAN = {"zh": "年月日", "ja": "年月日", "ko": "년월일"}
_BETWEEN = {"es": " de ", "pt": " de "}
_THOUSANDS = {
    **dict.fromkeys(
        ("de", "es", "it", "nl", "pt", "id", "tr", "da", "el", "vi", "ca", "hr", "sl", "ro", "eu", "gl"), "."
    ),
    **dict.fromkeys(
        ("fr", "ru", "pl", "cs", "sv", "uk", "fi", "nb", "no", "nn", "hu", "bg", "sk", "be", "et", "lv"), "\u202f"
    ),
}
_RANGES = {
    "-": "–",
    "–": "–",
    "to": "–",
    "and": " and ",
    "by": " × ",
    "x": " × ",
    "±": " ± ",
    "+/-": " ± ",
    "to(-)": "–",
}
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_UNIT_POWER = re.compile(r"(?<=[a-zA-Z])([2-4])\b")


def rendered(call: Call) -> str | None:
    """Return what a template prints; None if it is not known. A paragraph of its own has blank lines around it."""
    if call.argument is not None and call.name in _FUNCTIONS:
        return _FUNCTIONS[call.name](call, call.argument)
    if write := _writers(call.language).get(call.name):
        return write(call)
    if _NUMERAL.fullmatch(call.name) and call.language == "fr":
        return _numeral(call.name)
    if _LANGUAGE_NAMES.fullmatch(call.name) or (call.language == "de" and _GERMAN_NAMES.fullmatch(call.name)):
        return call.unnamed()[-1] if len(call.unnamed()) == 1 else call.first("1") or None
    if call.name.startswith("internal link helper"):
        return call.first("3", "1")
    return _SPECIAL[call.name](call) if call.name in _SPECIAL else None


@cache
def _writers(language: str) -> Mapping[str, Writer]:
    """Return what writes the templates of a language's wiki, by their names."""
    names = table(Path(__file__).with_name("wiki_templates.yaml"), Templates)
    own = names.languages.get(language)
    return _written_by(names) | (_written_by(own) if own else {})


def _written_by(names: TemplateNames) -> dict[str, Writer]:
    writers: dict[str, Writer] = {}
    for parameters, listed in names.shown.items():
        writers |= dict.fromkeys(listed, _last if parameters == "-1" else _shown(parameters.split(",")))
    for form, listed in names.printed.items():
        writers |= dict.fromkeys(listed, _printed(form))
    for listed, write in (
        (names.quoted, _quoted),
        (names.measured, _measured),
        (names.scientific, _scientific),
        (names.fractions, _fraction),
        (names.chemical, _chemical),
        (names.raised, lambda call: superscript("x", call.first("1"))),
        (names.lowered, lambda call: subscript("x", call.first("1"))),
        (names.dates_ymd, lambda call: _date(call, call.unnamed()[:3])),
        (names.dates_dmy, lambda call: _date(call, call.unnamed()[:3][::-1])),
        (names.around, _around),
        (names.joined, _joined),
        (names.centuries, _century),
        (names.prefixes, lambda call: f"{call.name.upper()} {call.first('1')}" if call.first("1") else None),
    ):
        writers |= dict.fromkeys(listed, write)
    writers |= {name: _constant(text) for name, text in names.symbols.items()}
    return writers | {name: _money(sign) for name, sign in names.currencies.items()}


_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
_PLACE = re.compile(r"\{([^{}]+)\}")  # of a parameter, or the first of several that is there; {1^} stands raised


def _printed(form: str) -> Writer:
    """Return what fills a form: `{1}[[ h {2}]]`. None without one of its parameters, but those in brackets."""

    def filled(call: Call, part: str) -> str | None:
        values = {place: call.first(*place.rstrip("^").split(",")) for place in _PLACE.findall(part)}
        if not all(values.values()):
            return None
        raised = {place: superscript("10", value) if place.endswith("^") else value for place, value in values.items()}
        return _PLACE.sub(lambda found: raised[found[1]], part)

    return lambda call: filled(call, _OPTIONAL.sub(lambda found: filled(call, found[1]) or "", form))


def _shown(parameters: Sequence[str]) -> Writer:
    return lambda call: call.first(*parameters)


def _last(call: Call) -> str:
    places = [int(name) for name in call.given if name.isdecimal() and len(name) < 3]
    return call.first(str(max(places))) if places else call.first("text", "texte", "texto")


def _constant(text: str) -> Writer:
    return lambda call: (call.first("1") if len(text) > 2 and text.isalpha() else "") or text


def _money(sign: str) -> Writer:
    return lambda call: f"{sign}{call.first('1')}"


def _numeral(name: str) -> str:
    found = re.match(r"[ivxlc]+(?=e|r|d)|\d+", name)
    end = len(found[0]) if found else 0
    return name[:end].upper() + name[end:]


def _quoted(call: Call) -> str | None:
    text = call.first(
        "text", "texte", "texto", "quote", "zitat", "testo", "cita", "цитата", "tekst", "1", "quotetext", "content"
    )
    if not text:
        return None
    author = call.first("author", "auteur", "autor", "source", "sign", "автор", "autore", "2")
    return f"\n\n{text}\n\n" + (f"— {author}\n\n" if author and len(author) < 200 else "")


def _measured(call: Call) -> str | None:
    given = [call.given.get(str(place), "").strip() for place in range(1, 12)]
    values = given if call.language == "fr" else call.unnamed()
    amounts = list[str]()
    while values and (_is_number(values[0]) or (values[0] in _RANGES and amounts)):
        value = values.pop(0)
        amounts.append(_RANGES.get(value, "") or value.replace("-", "−", 1))
    if not amounts:
        return call.first("1") if call.first("1")[:1].isdigit() else None
    if call.language == "fr":
        values = _with_powers(values)
    unit = values[0] if values else call.first("u", "ul")
    unit = _UNIT_POWER.sub(lambda found: superscript("m", found[1]), unit)
    more = values[1:3] if len(values) > 2 and _is_number(values[1]) else []  # 5 ft 6 in
    return " ".join(part for part in ("".join(amounts), unit, *more) if part)


def _with_powers(values: Sequence[str]) -> list[str]:
    """Return units behind a number, of which every second parameter is a power in French: {{unité|5|m||s|-1}}."""
    pairs = zip(values[::2], [*values[1::2], ""], strict=False)
    return [" ".join(unit + (superscript(unit, power) if power else "") for unit, power in pairs if unit)]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-−+]?[\d.,\u00a0 ]*\d[\d.,/]*", text) is not None


def _scientific(call: Call) -> str | None:
    value, error = call.first("1"), call.first("2")
    power, unit = call.first("e"), call.first("u", "ul", "unité", "unit", "end")
    below = call.first("up", "upl")
    text = number(value) + (f" ± {error}" if _is_number(error) else "")
    text += f" × 10{superscript('10', power.replace('+', ''))}" if power else ""
    unit = _UNIT_POWER.sub(lambda found: superscript("m", found[1]), unit + (f"/{below}" if below else ""))
    return (f"{text}{'' if unit in ('%', '°') else ' '}{unit}" if unit else text) or None


def _fraction(call: Call) -> str | None:
    values = call.unnamed()
    forms = {1: "1/{}", 2: "{}/{}", 3: "{} {}/{}"}
    return forms[len(values)].format(*values) if len(values) in forms else None


def _chemical(call: Call) -> str | None:
    return chemical("".join(f"^{{{value}}}" if _CHARGE.fullmatch(value) else value for value in call.unnamed())) or None


_CHARGE = re.compile(r"\d*[-+−]")  # in a parameter of its own: {{chem|SO|4|2-}}


def _date(call: Call, parts: Sequence[str]) -> str | None:
    """Return a date of which year, month and day are given, as far as they are."""
    if len(parts) == 1 and _ISO.fullmatch(parts[0]):
        parts = parts[0].split("-")
    given = [part.lstrip("0") or part for part in parts if part]
    if not given or not any(part[:1].isdigit() for part in given):
        return None
    if not all(part.isdigit() for part in given):  # with the name of a month, or written out
        return " ".join(reversed(given)) if parts[0].isdigit() and len(given) > 1 else " ".join(given)
    if marks := _EAST_ASIAN.get(call.language):
        return (" " if call.language == "ko" else "").join(
            part + mark for part, mark in zip(given, marks, strict=False)
        )
    months = _MONTHS.get(call.language, "").split()
    if len(given) < 2 or not months or not 1 <= int(given[1]) <= 12:
        return "-".join([given[0], *(part.rjust(2, "0") for part in given[1:])])
    words = [*reversed(given[2:]), months[int(given[1]) - 1], given[0]]
    if call.language == "de" and len(words) == 3:
        words[0] += "."
    return _BETWEEN.get(call.language, " ").join(words)


def _around(call: Call) -> str | None:
    values = [value for value in call.unnamed() if value != "fr"][:2]
    word = {"fr": "vers", "de": "um", "ru": "ок.", "zh": "约", "es": "c.", "it": "circa", "nl": "ca."}.get(
        call.language, "c."
    )
    return f"{word}{'' if word == '约' else ' '}{' – '.join(values)}" if values else "circa "


def _joined(call: Call) -> str | None:
    values = call.unnamed()
    return {"gaps": "", "val gaps": "", "hlist": " · "}.get(call.name, " ").join(values) or None


def _nihongo(call: Call) -> str:
    first, *rest = (call.given.get(str(place), "").strip() for place in range(1, 5))
    inside = ", ".join(part for part in rest if part)
    return f"{first} ({inside})" if first and inside else first or inside


def _chinese(call: Call) -> str | None:
    forms = [call.first(name) for name in ("c", "s", "t", "p", "w", "j", "l")]
    return ", ".join(dict.fromkeys(form for form in forms if form)) or None


def _reading(call: Call) -> str:
    word, reading = call.first("1"), call.first("2")
    return f"{word}（{reading}）" if reading else word


def _century(call: Call) -> str | None:
    """Return a century as French and Spanish write it: {{s|XIX|e}}, {{siglo|XIX}}."""
    numeral, ending = call.first("1"), call.first("2")
    if call.name == "siglo":
        return f"siglo {numeral}"
    return {"s": f"{numeral}{ending or 'e'} siècle", "-s": f"{numeral}{ending or 'e'} siècle av. J.-C."}.get(
        call.name, f"{numeral}{ending or 'e'}"
    )


def _as_of(call: Call) -> str:
    words = "since" if call.first("since") else "as of"
    return f"{words if call.first('lc') else words.capitalize()} {_date(call, call.unnamed()[:3]) or call.first('1')}"


def _listed(call: Call) -> str:
    return "\n\n" + "\n\n".join(f"- {value}" for value in call.unnamed()) + "\n\n"


_SPECIAL: Mapping[str, Writer] = {
    **dict.fromkeys(("nihongo", "nihongo3", "nihongo foot", "jap"), _nihongo),
    **dict.fromkeys(("zh", "zh-full", "zh-hans", "lang-zh"), _chinese),
    **dict.fromkeys(("読み仮名", "ruby-読み仮名", "読み", "ふりがな", "読み仮名 ruby不使用"), _reading),
    **dict.fromkeys(("as of", "asof"), _as_of),
    **dict.fromkeys(("ubl", "unbulleted list", "bulleted list", "blist", "plain list"), _listed),
}


def _formatted(call: Call, text: str) -> str:
    """Return a number with the marks of thousands that the wiki's language has."""
    found = re.fullmatch(r"([-−+]?)(\d{4,})(\.\d+)?", text)
    mark = _THOUSANDS.get(call.language, ",")
    if found is None or "R" in call.given.get("1", ""):
        return text
    decimal = "." if mark == "," else ","
    return found[1] + f"{int(found[2]):,}".replace(",", mark) + (found[3] or "").replace(".", decimal)


def _chosen(call: Call, condition: str) -> str:
    return call.first("1") if condition else call.first("2")


def _equal(call: Call, left: str) -> str:
    return call.first("2") if left == call.first("1") else call.first("3")


def _switched(call: Call, value: str) -> str:
    return call.given.get(value, call.given.get("#default", "")).strip()


_FUNCTIONS: Mapping[str, Callable[[Call, str], str]] = {
    "formatnum": _formatted,
    "#formatnum": _formatted,
    "#if": _chosen,
    "#ifeq": _equal,
    "lc": lambda call, text: text.lower(),
    "uc": lambda call, text: text.upper(),
    "ucfirst": lambda call, text: text[:1].upper() + text[1:],
    "lcfirst": lambda call, text: text[:1].lower() + text[1:],
    "#switch": _switched,
}
