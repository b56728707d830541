"""Charts as SVG, drawn without a library: histograms with their bound, two histograms in one, and bars in tables.

A histogram's bins are as wide as one another, whatever their edges: who counts chooses the scale (`scaled_edges`). All
colours are classes of `page.css`, so that a chart is dark in the dark; what it shows is in its label too, and in a
table of the same numbers that can be unfolded.
"""

from collections.abc import Sequence

from pipeline.answers.histograms import ANY, Histogram, Limits
from pipeline.pages.html import Html, element, joined
from pipeline.pages.tables import COUNT, TEXT, Column, table
from pipeline.pages.words import Words
from pipeline.words import number, share

WIDTH, HEIGHT, ABOVE, BELOW = 360, 78, 16, 16  # of a chart's bars, and room for the bound's name and the axis
SMALL_WIDTH, SMALL_HEIGHT = 96, 22  # of one in a cell


def histogram(counts: Histogram, words: Words, name: str, limits: Limits = ANY, beyond: float | None = None) -> Html:
    """Return a histogram with its bound drawn; the bars beyond it have a colour, and their share stands beside it."""
    told = [name, words("chart.values", count=number(counts.values))]
    told += [words("chart.allowed", bound=str(limits))] if str(limits) else []
    told += [words("chart.beyond", share=share(beyond))] if beyond is not None else []
    told += [words("chart.undefined", count=number(counts.undefined))] if counts.undefined else []
    drawn = [*_bars(counts, WIDTH, HEIGHT), *_axis(counts), *_bounds(counts, limits)]
    return element(
        "figure",
        _svg(WIDTH, HEIGHT + ABOVE + BELOW, drawn, " · ".join(told), top=-ABOVE),
        element("figcaption", " · ".join(told[1:])),
        _numbers(words, name, [counts], [words("chart.count")]),
    )


def small_histogram(counts: Histogram, label: str, limits: Limits = ANY) -> Html:
    """Return a histogram for a cell of a table: bars and bound, without an axis."""
    drawn = [*_bars(counts, SMALL_WIDTH, SMALL_HEIGHT), *_lines(counts, limits, SMALL_WIDTH, SMALL_HEIGHT, 0)]
    return _svg(SMALL_WIDTH, SMALL_HEIGHT, drawn, label)


def two_histograms(
    before: Histogram,
    after: Histogram,
    words: Words,
    name: str,
    names: tuple[str, str],
    limits: tuple[Limits, Limits] = (ANY, ANY),
) -> Html:
    """Return two histograms over the same edges in two colours, each of the shares of its own values.

    The bound that was is dashed where it is another one.
    """
    most = max([*_shares(before), *_shares(after)]) or 1.0
    step = WIDTH / len(before.counts)
    drawn = [
        _path(_shares(counts), most, HEIGHT, step, kind, step / 2, shift=step / 2 * place)
        for place, (counts, kind) in enumerate(((before, "before"), (after, "after")))
    ]
    told = [
        words("chart.of", name=each, count=number(one.values)) for each, one in zip(names, (before, after), strict=True)
    ]
    bound = " → ".join(dict.fromkeys(str(each) or "–" for each in limits)) if any(map(str, limits)) else ""
    label = " · ".join([name, *told, *([words("chart.allowed", bound=bound)] if bound else [])])
    old = _lines(before, limits[0], WIDTH, HEIGHT, -3, "bound was") if limits[0] != limits[1] else []
    drawn += [*_axis(before), *old, *_bounds(before, limits[1])]
    return element(
        "figure",
        _svg(WIDTH, HEIGHT + ABOVE + BELOW, drawn, label, top=-ABOVE),
        element(
            "figcaption",
            *(_key(kind, text) for kind, text in zip(("before", "after"), told, strict=True)),
            element("span", words("chart.allowed", bound=bound), class_="key") if bound else None,
        ),
        _numbers(words, name, [before, after], list(names)),
    )


def _key(kind: str, text: str) -> Html:
    square = element("svg", element("rect", width=10, height=10, class_=kind), width=10, height=10, aria_hidden="true")
    return element("span", square, " ", text, class_="key")


def _shares(counts: Histogram) -> list[float]:
    return [count / counts.values if counts.values else 0.0 for count in counts.counts]


def _bars(counts: Histogram, width: float, height: float) -> list[Html]:
    """Return the bars in two paths: what lies within the bound, and on top of it what lies beyond."""
    most, step = max(counts.counts, default=0) or 1, width / len(counts.counts)
    outside = counts.outside or (0,) * len(counts.counts)
    inside = [count - out for count, out in zip(counts.counts, outside, strict=True)]
    parts = [
        _path(inside, most, height, step, "bars", step),
        _path(outside, most, height, step, "beyond", step, above=inside),
    ]
    return [part for part in parts if part]


def _path(
    counts: Sequence[float],
    most: float,
    height: float,
    step: float,
    kind: str,
    wide: float,
    *,
    shift: float = 0,
    above: Sequence[float] = (),
) -> Html:
    """Return bars as one path, each above what `above` says; a bar of anything is seen."""
    drawn = ""
    for place, count in enumerate(counts):
        if count:
            base = height - height * (above[place] if above else 0) / most
            tall = max(1, height * count / most)
            drawn += f"M{place * step + shift:.4g} {base:.4g}v-{tall:.3g}h{wide * 0.94:.3g}v{tall:.3g}z"
    return element("path", d=drawn, class_=kind) if drawn else Html("")


def _lines(
    counts: Histogram, limits: Limits, width: float, height: float, top: float, kind: str = "bound"
) -> list[Html]:
    step = width / len(counts.counts)
    places = [counts.place(edge) * step for edge in (limits.min, limits.max) if edge is not None]
    return [element("path", d=f"M{place:.4g} {top:g}V{height:g}", class_=kind) for place in places]


def _bounds(counts: Histogram, limits: Limits) -> list[Html]:
    """Return the bound's lines, each with its value above it."""
    step, names = WIDTH / len(counts.counts), []
    for edge, sign in ((limits.min, "≥"), (limits.max, "≤")):
        if edge is not None:
            place = counts.place(edge) * step
            anchor = "start" if place < WIDTH / 6 else "end" if place > WIDTH * 5 / 6 else "middle"
            named = f"{sign} {number(edge)}"
            names.append(element("text", named, x=f"{place:.4g}", y=-5, text_anchor=anchor, class_="bound-name"))
    return [*_lines(counts, limits, WIDTH, HEIGHT, -3), *names]


def _axis(counts: Histogram) -> list[Html]:
    step, last = WIDTH / len(counts.counts), len(counts.counts)
    ticks = {0: "start", last // 4: "middle", last // 2: "middle", last * 3 // 4: "middle", last: "end"}
    texts = [
        element("text", number(counts.edges[edge]), x=f"{edge * step:.4g}", y=HEIGHT + 12, text_anchor=anchor)
        for edge, anchor in ticks.items()
    ]
    return [element("path", d=f"M0 {HEIGHT}H{WIDTH}", class_="axis"), *texts]


def _numbers(words: Words, name: str, histograms: Sequence[Histogram], names: Sequence[str]) -> Html:
    """Return a table of the bins, folded."""
    keys = [f"of{place}" for place in range(len(histograms))]
    columns = [
        Column("from", words("chart.from"), TEXT),
        *(Column(k, n, COUNT) for k, n in zip(keys, names, strict=True)),
    ]
    rows = [
        {"from": number(edge), **dict(zip(keys, counts, strict=True))}
        for edge, *counts in zip(histograms[0].edges, *(one.counts for one in histograms), strict=False)
    ]
    summary = element("summary", words("chart.numbers"), element("span", f" · {name}", class_="unseen"))
    return element("details", summary, table(columns, rows, name))


def _svg(width: float, height: float, parts: Sequence[Html], label: str, top: float = 0) -> Html:
    size = f"0 {top:g} {width:g} {height:g}"
    return element("svg", joined(parts), viewBox=size, width=width, height=height, role="img", aria_label=label)
