"""The files of a calibration: a chain per language with the numbers that made each bound, and the list of them all."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from filters.base import Filter, Range
from pipeline.calibration.calibrate import Calibrated
from pipeline.calibration.fit import Fitted, FittedBound
from pipeline.code import code_digests
from pipeline.stages.base import digest_of
from pipeline.stages.chains import FittedWith, model_digest

CHAINS = "chains.yaml"
_TAG = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}\.yaml")


def write(calibrated: Calibrated, command: str) -> list[Path]:
    """Write a file per language and `chains.yaml`, which names those of the folder; return what was written."""
    folder = Path(calibrated.settings.output)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for fitted in calibrated.fitted:
        path = folder / f"{fitted.language}.yaml"
        path.write_text("\n".join(_language(calibrated, fitted, command)) + "\n", encoding="utf-8")
        written.append(path)
    tags = sorted(path.stem for path in folder.iterdir() if _TAG.fullmatch(path.name))
    chains = folder / CHAINS
    lines = ["# The chain of every language that has bounds of its own. Written by `yuliao calibrate`."]
    chains.write_text("\n".join([*lines, *(f"{tag}: !include {tag}.yaml" for tag in tags)]) + "\n", encoding="utf-8")
    return [*written, chains]


def fitted_with(calibrated: Calibrated) -> FittedWith:
    """Return what all bounds of a calibration rest on."""
    return FittedWith(
        language_model=model_digest(calibrated.settings.language),
        signals=digest_of(code_digests("filters")),
        reference=calibrated.digests["reference"],
        web=calibrated.digests["web"],
        retention=calibrated.settings.method.retention,
    )


def _language(calibrated: Calibrated, fitted: Fitted, command: str) -> Iterator[str]:
    worth, base = calibrated.worth[fitted.language], calibrated.settings.base
    yield f"# {fitted.language}, fitted by `{command}`: change what is fitted, and fit again."
    yield "# Above each bound: the quantile [interval], n documents of the language + of relatives, and what it keeps."
    yield f"# 100 words of {base} are {100 * worth.tokens:.0f} here, and 100 characters {100 * worth.characters:.0f}."
    yield "fitted:"
    for name, value in fitted_with(calibrated).model_dump().items():
        yield f"  {name}: {value!r}"
    yield "filters:"
    for filter in fitted.filters:
        yield f"  - name: {filter.name}"
        yield from _settings(filter)
        for name in filter.signals():
            bounds = [bound for bound in fitted.bounds if bound.signal == f"{filter.name}.{name}"]
            for one in bounds:
                yield f"    # {explanation(one)}"
            bound = getattr(filter, name)
            if bounds or bound != type(filter).model_fields[name].default:  # what the chain does not bound, too
                yield f"    {name}: {_flow(_plain(bound))}"


def _settings(filter: Filter) -> Iterator[str]:
    signals = set(filter.signals())
    for name, value in filter.model_dump(mode="json", exclude_defaults=True).items():
        if name not in signals and name != "name":
            yield f"    {name}: {_flow(value)}"


def _plain(bound: Range) -> dict[str, Any]:
    """Return a range as one would write it: without defaults, whole numbers without a point."""
    values = bound.model_dump(exclude_defaults=True).items()
    return {key: int(value) if isinstance(value, float) and value.is_integer() else value for key, value in values}


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def explanation(bound: FittedBound) -> str:
    """Return in one line what a bound is and the numbers that made it.

    The quantile of the mixture with its interval, n documents of so many sources plus those of relatives, and what the
    bound alone keeps.
    """
    value = "none" if bound.value is None else f"{bound.value:g}"
    decision = bound.decision.removeprefix("none: ").replace("lent", f"lent by {bound.lender}", 1)
    parts = [f"{bound.side} {value}, {decision}"]
    if bound.value is None or bound.decision.startswith(("loosened", "tightened", "lent")):
        parts[0] += f" (was {bound.start:.3g})"
    if bound.estimate is not None and bound.interval is not None:
        interval = f" [{bound.interval[0]:.3g}, {bound.interval[1]:.3g}]" if bound.n else ""
        parts.append(f"quantile {bound.estimate:.3g}{interval}")
    parts.append(
        f"n {bound.n:.0f} of {bound.groups} sources + {bound.pool:.0f}" if bound.n else f"n 0 + {bound.pool:.0f}"
    )
    kept = [("reference", bound.kept_reference), ("web", bound.kept_web)]
    shares = [f"{share:.1%} of the {name}" for name, share in kept if share is not None]
    return " | ".join([*parts, *([f"keeps {', '.join(shares)}"] if shares else [])])


def rows(fitted: Sequence[Fitted]) -> Iterator[dict[str, Any]]:
    """Yield every bound as a row of a table."""
    for one in fitted:
        for bound in one.bounds:
            numbers = asdict(bound)
            low, high = numbers.pop("interval") or (None, None)
            yield {"language": one.language, **numbers, "low": low, "high": high}
