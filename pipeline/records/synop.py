"""SYNOP: the groups of an observation (WMO-No. 306, FM 12), its sections 0, 1 and 3."""

import re
from collections.abc import Sequence

from pipeline.records.facts import Fact, Record, Word, present

_PERIODS = {"1": "6", "2": "12", "3": "18", "4": "24", "5": "1", "6": "2", "7": "3", "8": "9", "9": "15"}  # table 4019
_KNOTS = ("3", "4")  # of the indicator of wind (table 1855): measured or estimated in knots; else metres a second

_ESTIMATED = ("< 0.05 km", "0.05 km", "0.2 km", "0.5 km", "1 km", "2 km", "4 km", "10 km", "20 km", "≥ 50 km")


def observation(said: str, day: str) -> Record:
    """Return the record of a station's report; `day` is the group YYGGi of the bulletin: day, hour, unit of wind."""
    sections = re.split(r"\s(?=222|333|444|555\b)", " ".join(said.split()))
    groups = sections[0].split()
    facts: dict[str, Fact | None] = {
        "station": groups[0],
        "day": day[:2],
        "hour": f"{day[2:4]}:00",
        "report": f"AAXX {day} {said}",
    }
    unit = "kt" if day[4:5] in _KNOTS else "m/s"
    if len(groups) > 2:
        facts["visibility"] = _visibility(groups[1][3:5])
        facts |= _wind(groups[2:4], unit)
        facts |= _first(groups[3:])
    for section in sections[1:]:
        if section.startswith("333"):
            facts |= _third(section.split()[1:])
    values = [str(value) for value in facts.values() if isinstance(value, str)]
    return Record("synop", present(facts), "\n".join(values))


def _wind(groups: Sequence[str], unit: str) -> dict[str, Fact | None]:
    """Return cloud cover and wind of Nddff, and of 00fff behind it if the speed is of three digits."""
    cover, direction, speed = groups[0][:1], groups[0][1:3], groups[0][3:5]
    if speed == "99" and len(groups) > 1 and groups[1].startswith("00"):
        speed = groups[1][2:]
    facts: dict[str, Fact | None] = {"cover": f"{cover}/8" if cover in "012345678" and cover else None}
    if direction == "00" and speed == "00":
        return facts | {"calm": f"00 {unit}"}
    if not speed.isdecimal():
        return facts
    if direction == "99":
        return facts | {"variable": f"{speed} {unit}"}
    return facts | ({"direction": f"{direction}0", "speed": f"{speed} {unit}"} if direction.isdecimal() else {})


def _first(groups: Sequence[str]) -> dict[str, Fact | None]:
    """Return what the groups 1 to 8 of section 1 say, which stand in ascending order."""
    facts: dict[str, Fact | None] = {}
    last = 0
    for group in groups:
        if not re.fullmatch(r"[1-9][\d/]{4}", group) or int(group[0]) <= last:
            continue
        last, rest = int(group[0]), group[1:]
        match last:
            case 1:
                facts["temperature"] = _tenths(rest)
            case 2:
                facts["humidity" if rest[0] == "9" else "dew_point"] = (
                    rest[1:].lstrip("0") if rest[0] == "9" else _tenths(rest)
                )
            case 3:
                facts["station_pressure"] = _pressure(rest)
            case 4:
                facts["pressure"] = _pressure(rest) if rest[0] in "09" else None
            case 5:
                facts["tendency"] = Word(f"a{rest[0]}")
                facts["change"] = f"{int(rest[1:3])}.{rest[3]}" if rest[1:].isdecimal() else None
            case 6:
                facts |= _rain(rest)
            case 7:
                facts["weather"] = Word(f"ww{rest[0]}") if rest[:2].isdecimal() and rest[0] not in "0123" else None
                facts["code"] = rest[:2] if rest[:2].isdecimal() else None
            case 8:
                facts["low_cover"] = f"{rest[0]}/8" if rest[0] in "012345678" else None
    return facts


def _third(groups: Sequence[str]) -> dict[str, Fact | None]:
    facts: dict[str, Fact | None] = {}
    for group in groups:
        if not re.fullmatch(r"\d[\d/]{4}", group):
            continue
        match group[0]:
            case "1":
                facts.setdefault("maximum", _tenths(group[1:]))
            case "2":
                facts.setdefault("minimum", _tenths(group[1:]))
            case "4":
                facts["snow"] = str(int(group[2:])) if group[2:].isdecimal() and int(group[2:]) < 997 else None
            case "6":
                facts |= {f"more_{name}": value for name, value in _rain(group[1:]).items()}
            case "7":
                facts["day_rain"] = (
                    f"{int(group[1:4])}.{group[4]}" if group[1:].isdecimal() and group[1:] < "9998" else None
                )
    return facts


def _tenths(digits: str) -> str | None:
    """Return a temperature of a sign (0 or 1) and tenths of a degree."""
    if not digits.isdecimal() or digits[0] not in "01":
        return None
    return f"{'-' if digits[0] == '1' else ''}{int(digits[1:3])}.{digits[3]}"


def _pressure(digits: str) -> str | None:
    return f"{'1' if digits[0] == '0' else ''}{digits[:3]}.{digits[3]}" if digits.isdecimal() else None


def _rain(digits: str) -> dict[str, Fact | None]:
    """Return an amount and its period (table 3590): 990 is a trace, 991 to 999 are tenths of a millimetre."""
    if not digits[:3].isdecimal():
        return {}
    amount = int(digits[:3])
    said = f"0.{amount - 990}" if amount > 990 else str(amount)
    period = _PERIODS.get(digits[3])
    if amount == 990:
        return {"trace": period}
    return {"rain": said, "rain_hours": period}


def _visibility(code: str) -> str | None:
    """Return a distance of table 4377."""
    if not code.isdecimal():
        return None
    number = int(code)
    if number >= 90:
        return _ESTIMATED[number - 90]
    if 0 < number <= 50:
        return f"{number // 10}.{number % 10} km"
    if 56 <= number <= 88:
        return f"{number - 50 if number <= 80 else 30 + (number - 80) * 5} km"
    return {0: "< 0.1 km", 89: "> 70 km"}.get(number)
