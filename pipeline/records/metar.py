"""METAR, SPECI and TAF: the groups of a report (WMO-No. 306, FM 15 and FM 51), values in the units that it has."""

import re
from collections.abc import Callable, Sequence

from pipeline.records.facts import Cells, Fact, Parts, Record, Word, content_of, present
from pipeline.records.facts import said as values

_WIND = re.compile(r"(?P<from>\d{3}|VRB)(?P<speed>P?\d{2,3})(?:G(?P<gust>P?\d{2,3}))?(?P<unit>KT|MPS|KMH)")
_VARIES = re.compile(r"(\d{3})V(\d{3})")
_METRES = re.compile(r"(\d{4})(?:NDV|[NSEW]{1,2})?")
_MILES = re.compile(r"([PM]?)(\d+(?: \d/\d)?|\d/\d{1,2})SM")
_RUNWAY = re.compile(r"R(\d{2}[LCR]?)/([PM]?\d{4})(?:V([PM]?\d{4}))?(FT)?(?:/?([UDN]))?")
_CLOUD = re.compile(r"(FEW|SCT|BKN|OVC|VV)(\d{3}|///)(CB|TCU|///)?")
_CLEAR = ("SKC", "CLR", "NSC", "NCD", "CAVOK")
_WEATHER = re.compile(
    r"(?:RE)?(\+|-|VC)?((?:MI|PR|BC|DR|BL|SH|TS|FZ)?(?:DZ|RA|SN|SG|IC|PL|GR|GS|UP|BR|FG|FU|VA|DU|SA|HZ|PO|SQ|FC|SS|DS)*)"
)
_WARM = re.compile(r"(M?\d{2})/(M?\d{2})?")
_PRESSURE = re.compile(r"(Q|A)(\d{4})")
_EXACT = re.compile(r"T([01])(\d{3})([01])(\d{3})")
_SEA = re.compile(r"SLP(\d{3})")
_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})Z")
_VALID = re.compile(r"(\d{2})(\d{2})/(\d{2})(\d{2})")
_CHANGE = re.compile(r"FM(\d{2})(\d{2})(\d{2})|BECMG|TEMPO|PROB(\d{2})|NOSIG")
_PROBABLE = re.compile(r"PROB\d{2}")
_EXTREME = re.compile(r"(TX|TN)(M?\d{2})/(\d{2})(\d{2})Z")
_UNITS = {"KT": "kt", "MPS": "m/s", "KMH": "km/h"}
_PIECES = re.compile(r"MI|PR|BC|DR|BL|SH|TS|FZ|DZ|RA|SN|SG|IC|PL|GR|GS|UP|BR|FG|FU|VA|DU|SA|HZ|PO|SQ|FC|SS|DS")


def report(said: str, kind: str, day: str) -> Record:
    """Return the record of a report in one line; `day` is the date before it, if its file has one (ISO 8601)."""
    groups = _joined(said.split())
    facts: dict[str, Fact | None] = {"kind": Word(kind), "day_of_file": day or None, "report": said}
    groups = [group for group in groups if group not in ("METAR", "SPECI", "TAF", "AMD")]
    body, _, remarks = " ".join(groups).partition(" RMK")
    groups = body.split(" ")
    changes: list[tuple[str, list[str]]] = []
    own: list[str] = []
    for group in (one.replace("_", " ") for one in groups):
        if _CHANGE.fullmatch(group):
            changes.append((group, []))
        elif changes:
            changes[-1][1].append(group)
        else:
            own.append(group)
    facts |= _header(own) | _conditions(own) | _remarks(remarks)
    merged = _merged(changes)
    facts["changes"] = [_change(head, inner) for head, inner in merged if head != "NOSIG"]
    facts["no_change"] = "NOSIG" if any(head == "NOSIG" for head, _ in merged) else None
    return Record(
        "taf" if kind == "TAF" else "metar",
        present(facts),
        content_of([said, *values(facts)]),
        columns={"published": day or None},
    )


def _joined(groups: Sequence[str]) -> list[str]:
    """Return the groups of a report, whole and broken miles as one: `1 1/2SM`."""
    joined: list[str] = []
    for group in groups:
        if joined and re.fullmatch(r"\d/\d{1,2}SM", group) and re.fullmatch(r"\d", joined[-1]):
            joined[-1] += "_" + group
        else:
            joined.append(group)
    return joined


def _header(groups: Sequence[str]) -> dict[str, Fact | None]:
    facts: dict[str, Fact | None] = {}
    for place, group in enumerate(groups[:6]):
        time, valid = _TIME.fullmatch(group), _VALID.fullmatch(group)
        if (
            re.fullmatch(r"[A-Z][A-Z0-9]{3}", group)
            and "station" not in facts
            and not _CHANGE.match(group)
            and group not in ("AUTO", "TEMPO")
        ):
            facts["station"] = group
        elif time:
            facts |= {"day": time[1], "time": f"{time[2]}:{time[3]}"}
        elif valid and place:
            facts |= {
                "from_day": valid[1],
                "from_hour": f"{valid[2]}:00",
                "to_day": valid[3],
                "to_hour": f"{valid[4]}:00",
            }
        elif group == "AUTO":
            facts["automatic"] = "AUTO"
    return facts


def _conditions(groups: Sequence[str]) -> dict[str, Fact | None]:
    """Return what the groups of a report, or of a change, say of wind, visibility, weather, clouds and pressure."""
    facts: dict[str, Fact | None] = {}
    clouds, weather, runways = list[Parts](), list[Parts](), list[str]()
    for group in groups:
        for pattern, said in _GROUPS:
            match = pattern.fullmatch(group)
            if match:
                facts |= said(match)
                break
        else:
            if cloud := _CLOUD.fullmatch(group):
                clouds.append(_layer(cloud))
            elif runway := _RUNWAY.fullmatch(group):
                runways.append(
                    f"{runway[1]}: {_beyond(runway[2])}"
                    + (f"–{_beyond(runway[3])}" if runway[3] else "")
                    + (" ft" if runway[4] else " m")
                )
            elif group in _CLEAR:
                facts["sky"] = Word(group)
            elif (seen := _WEATHER.fullmatch(group)) and seen[2]:
                weather.append(_weather(group))
    return facts | {"clouds": clouds, "weather": weather, "runways": runways}


def _wind(match: re.Match[str]) -> dict[str, Fact | None]:
    unit = _UNITS[match["unit"]]
    if match["speed"] == "00" and match["from"] == "000":
        return {"calm": f"00 {unit}", "direction0": "000"}
    whence = (
        {"variable": _speed(match["speed"], unit)}
        if match["from"] == "VRB"
        else {"direction": match["from"], "speed": _speed(match["speed"], unit)}
    )
    return {**whence, "gust": _speed(match["gust"], unit) if match["gust"] else None}


def _speed(digits: str, unit: str) -> str:
    return f"{'>' if digits.startswith('P') else ''}{digits.lstrip('P')} {unit}"


def _beyond(digits: str) -> str:
    return digits.replace("P", ">").replace("M", "<")


def _celsius(digits: str) -> str:
    return digits.replace("M", "-")


def _temperatures(match: re.Match[str]) -> dict[str, Fact | None]:
    return {"temperature": _celsius(match[1]), "dew_point": _celsius(match[2]) if match[2] else None}


def _pressure(match: re.Match[str]) -> dict[str, Fact | None]:
    return {"pressure": f"{int(match[2])} hPa" if match[1] == "Q" else f"{match[2][:2]}.{match[2][2:]} inHg"}


def _visibility(match: re.Match[str]) -> dict[str, Fact | None]:
    return {"far": "9999"} if match[1] == "9999" else {"visibility": f"{match[1]} m"}


def _miles(match: re.Match[str]) -> dict[str, Fact | None]:
    return {"visibility": f"{ {'P': '>', 'M': '<', '': ''}[match[1]] }{match[2]} statute miles"}


_GROUPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, Fact | None]]], ...] = (
    (_WIND, _wind),
    (_VARIES, lambda match: {"varies_from": match[1], "varies_to": match[2]}),
    (_MILES, _miles),
    (_METRES, _visibility),
    (_WARM, _temperatures),
    (_PRESSURE, _pressure),
    (
        _EXTREME,
        lambda match: {
            "warmest" if match[1] == "TX" else "coldest": _celsius(match[2]),
            match[1].lower(): f"{match[3]}, {match[4]}:00",
        },
    ),
)


def _layer(cloud: re.Match[str]) -> Parts:
    """Return a layer: how much, how high (the report has hundreds of feet), and what kind."""
    height = f"{int(cloud[2]) * 100} ft" if cloud[2].isdigit() else ""
    kind = [Word(cloud[3])] if cloud[3] in ("CB", "TCU") else []
    return Parts([Word(cloud[1]), *([f"({height})"] if height else []), *kind])


def _weather(group: str) -> Parts:
    """Return what a group of present weather is put together from: `+`, `SH`, `RA`; the last is a noun of its own."""
    sign = next((mark for mark in ("RE", "+", "-", "VC") if group.startswith(mark)), "")
    pieces = _PIECES.findall(group[len(sign) :])
    alone = [Word(f"{piece}.") if piece in ("SH", "TS") else Word(piece) for piece in pieces[-1:]]
    return Parts([*([Word(sign)] if sign else []), *map(Word, pieces[:-1]), *alone])


def _remarks(remarks: str) -> dict[str, Fact | None]:
    facts: dict[str, Fact | None] = {}
    if exact := _EXACT.search(remarks):
        facts["exact_temperature"] = f"{'-' if exact[1] == '1' else ''}{int(exact[2][:2])}.{exact[2][2]}"
        facts["exact_dew_point"] = f"{'-' if exact[3] == '1' else ''}{int(exact[4][:2])}.{exact[4][2]}"
    if sea := _SEA.search(remarks):
        facts["sea_pressure"] = f"{'10' if sea[1] < '500' else '9'}{sea[1][:2]}.{sea[1][2]}"
    return facts


def _merged(changes: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Return the changes, a probability and the `TEMPO` that follows it as one."""
    merged: list[tuple[str, list[str]]] = []
    for head, inner in changes:
        if merged and _PROBABLE.fullmatch(merged[-1][0]) and not merged[-1][1]:
            merged[-1] = (f"{merged[-1][0]} {head}", inner)
        else:
            merged.append((head, inner))
    return merged


def _change(head: str, groups: Sequence[str]) -> Cells:
    """Return a change as a row of a table: what kind, when, and what it says, each in words that are translated."""
    since, period = _CHANGE.match(head), next((valid for group in groups if (valid := _VALID.fullmatch(group))), None)
    when = f"{since[1]}, {since[2]}:{since[3]}" if since and since[1] else None
    if period:
        when = f"{period[1]}, {period[2]}:00 – {period[3]}, {period[4]}:00"
    conditions = _conditions(groups)
    direction, speed = conditions.get("direction"), conditions.get("speed")
    wind = [Word("VRB"), str(conditions["variable"])] if conditions.get("variable") else []
    wind = [f"{direction}°", str(speed)] if direction and speed else wind
    wind += [f"({conditions['gust']})"] if wind and conditions.get("gust") else []
    layers: list[str] = [sky] if isinstance(sky := conditions.get("sky"), str) else []
    layers += [part for layer in conditions["clouds"] or () for part in (layer if isinstance(layer, Parts) else ())]
    weather = [part for seen in conditions["weather"] or () for part in (seen if isinstance(seen, Parts) else ())]
    return {
        "kind": Word("FM" if head.startswith("FM") else head),
        "when": when,
        "wind": Parts(wind) if wind else None,
        "visibility": str(conditions.get("visibility") or conditions.get("far") or "") or None,
        "weather": Parts(weather) if weather else None,
        "clouds": Parts(layers) if layers else None,
    }
