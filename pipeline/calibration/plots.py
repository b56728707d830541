"""The plots of a calibration as SVG: where signals lie, where bounds cut, and what is kept. No library draws them."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from pipeline.calibration.calibrate import Calibrated, ChainOutcome
from pipeline.calibration.fit import FittedBound
from pipeline.calibration.units import factor, possible
from shards.arrays import Floats

ROWS = 40  # languages in one plot, those with the most reference documents
WIDTH, ROW, LEFT, RIGHT, TOP = 1000, 22, 110, 130, 64
REFERENCE, WEB, BOUND, START, REJECTED = "#1f6f8b", "#c9772b", "#b00020", "#888888", "#fbe4e7"
CHAINS = {"published": "#bbbbbb", "as it was": "#e0a96d", "calibrated": "#1f6f8b"}
MARKS = (1, 5, 25, 50, 75, 95, 99)  # percentiles: whisker, box, median


def signal_plot(name: str, calibrated: Calibrated) -> str:
    """Return, per language, the reference above the web sample, with the bound that was and the one that is.

    What the bound rejects is shaded, and its value and the number of reference documents stand at the end of the row.
    """
    reference, web = calibrated.reference.of_each(), calibrated.web.of_each()
    fitted = {one.language: [bound for bound in one.bounds if bound.signal == name] for one in calibrated.fitted}
    sizes = {tag: int((~np.isnan(table.signals[name])).sum()) for tag, table in reference.items() if tag in fitted}
    chosen = sorted((tag for tag in sizes if sizes[tag]), key=lambda tag: (-sizes[tag], tag))[:ROWS]
    units = {tag: factor(name, calibrated.worth[tag]) for tag in chosen}
    samples = {
        tag: (
            _clean(reference[tag].signals[name]) * units[tag],
            _clean(web[tag].signals[name]) * units[tag] if tag in web else np.zeros(0),
        )
        for tag in chosen
    }
    scale = _Scale(name, [values for pair in samples.values() for values in pair], [fitted[tag] for tag in chosen])
    bottom = TOP + len(chosen) * ROW
    parts = [_text(LEFT, 20, name, size=15, weight="bold"), _legend(LEFT, 36), _text(LEFT, 54, scale.title, size=9)]
    parts.append(_text(WIDTH - RIGHT + 8, 54, "allowed; n of the reference", size=9))
    for value in scale.ticks():
        parts.append(_tick(scale(value), TOP, bottom, "#eeeeee"))
        parts.append(_text(scale(value), bottom + 14, f"{value:g}", anchor="middle"))
    for row, tag in enumerate(chosen):
        y = TOP + row * ROW
        for bound in fitted[tag]:
            if bound.value is not None:
                edge = scale(bound.value)
                from_, to = (LEFT, edge) if bound.side == "min" else (edge, WIDTH - RIGHT)
                parts.append(_rect(from_, y + 1, max(to - from_, 0), ROW - 2, REJECTED))
        parts.append(_text(WIDTH - RIGHT + 8, y + 14, f"{_allowed(fitted[tag])}; {sizes[tag]}", size=9))
        parts.append(_text(LEFT - 8, y + 13, tag, anchor="end"))
        parts.append(_box(samples[tag][0], y + 6, scale, REFERENCE))
        parts.append(_box(samples[tag][1], y + 15, scale, WEB))
        for bound in fitted[tag]:
            if bound.start <= scale.top:
                parts.append(_tick(scale(bound.start), y + 2, y + ROW - 2, START, dashed=True))
            if bound.value is not None and bound.value <= scale.top:
                parts.append(_tick(scale(bound.value), y + 1, y + ROW - 1, BOUND))
    return _svg(WIDTH, bottom + 26, parts)


def retention_plot(outcomes: Sequence[ChainOutcome], kind: str) -> str:
    """Return what each chain kept of the held-back documents of a kind, per language."""
    found: dict[str, dict[str, ChainOutcome]] = {}
    for one in outcomes:
        if one.kind == kind:
            found.setdefault(one.language, {})[one.chain] = one
    chosen = sorted(found, key=lambda tag: (-found[tag]["calibrated"].documents, tag))[:ROWS]
    height = 10 * len(CHAINS) + 8
    parts = [_text(LEFT, 20, f"{kind}, held back: share kept, most documents first", size=15, weight="bold")]
    for column, (chain, colour) in enumerate(CHAINS.items()):
        parts.append(_rect(LEFT + 130 * column, 30, 10, 10, colour))
        parts.append(_text(LEFT + 130 * column + 15, 39, chain))
    for row, tag in enumerate(chosen):
        y = TOP + row * height
        parts.append(_text(LEFT - 8, y + 18, tag, anchor="end"))
        for place, (chain, colour) in enumerate(CHAINS.items()):
            one = found[tag][chain]
            share = one.kept / one.documents
            wide = share * (WIDTH - LEFT - RIGHT)
            parts.append(_rect(LEFT, y + 10 * place, max(wide, 1), 9, colour))
            parts.append(_text(LEFT + wide + 5, y + 10 * place + 8, f"{share:.0%} of {one.documents}", size=9))
    return _svg(WIDTH, TOP + len(chosen) * height + 10, parts)


def _allowed(bounds: Sequence[FittedBound]) -> str:
    """Return what the bounds of one signal let through."""
    signs = {"min": "≥", "max": "≤"}
    return " ".join(f"{signs[one.side]} {one.value:.3g}" for one in bounds if one.value is not None) or "any"


class _Scale:
    """Shares by their square root, so that small ones are told apart; lengths and counts by their logarithm."""

    def __init__(self, name: str, samples: Sequence[Floats], bounds: Sequence[Sequence[FittedBound]]) -> None:
        self.share = possible(name)[1] == 1.0
        values = np.concatenate([np.zeros(0), *samples])
        marks = [bound.value for group in bounds for bound in group if bound.value is not None]
        top = float(np.percentile(values, 99.5)) if len(values) else 1.0
        self.top = min(1.0, max([top, *marks])) if self.share else max([top, *[m for m in marks if m < 10 * top], 1.0])

    @property
    def title(self) -> str:
        """What the axis shows."""
        return "share, square root" if self.share else "in the language's own measure, logarithmic"

    def _at(self, value: float) -> float:
        return math.sqrt(max(value, 0.0)) if self.share else math.log1p(max(value, 0.0))

    def __call__(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, self._at(value) / self._at(self.top or 1.0))

    def ticks(self) -> list[float]:
        wanted = (
            (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1) if self.share else (0, 1, 3, 10, 30, 100, 300, 1e3, 1e4, 1e5)
        )
        return [value for value in wanted if value <= self.top]


def _clean(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _box(values: Floats, y: float, scale: _Scale, colour: str) -> str:
    if not len(values):
        return ""
    low, five, quarter, middle, three, ninety, high = (scale(float(v)) for v in np.percentile(values, MARKS))
    return (
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="1"/>'
        f'<line x1="{five:.1f}" x2="{ninety:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3" opacity="0.5"/>'
        + _rect(quarter, y - 3, max(three - quarter, 1), 6, colour)
        + _tick(middle, y - 4, y + 4, "#000000")
    )


def _legend(x: float, y: float) -> str:
    texts: Mapping[str, str] = {
        "reference": REFERENCE,
        "web": WEB,
        "bound": BOUND,
        "the chain's bound, converted": START,
        "rejected": REJECTED,
    }
    parts = [_text(x + 480, y, "lines and boxes: 1, 5, 25, 50, 75, 95, 99 %", size=9)]
    for text, colour in texts.items():
        parts += [_rect(x, y - 8, 8, 8, colour), _text(x + 12, y, text, size=9)]
        x += 24 + 6 * len(text)
    return "".join(parts)


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def _tick(x: float, top: float, bottom: float, colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="2 2"' if dashed else ""
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{colour}" stroke-width="1.5"{dash}/>'


def _text(x: float, y: float, text: str, *, size: int = 11, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-family="sans-serif" font-weight="{weight}"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"
