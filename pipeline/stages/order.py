"""What the settings of a stage must obey to be able to work: the order of steps, bounds in their unit, known languages.

What does not is a `SettingError`, which leads to the key.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

from filters.base import Filter, OneOf, Range
from filters.chain import Step
from filters.languages.labels import NOT_LANGUAGE, UNDETERMINED, canonical, language_of, scripts_of
from filters.languages.scripts import share_names
from pipeline.calibration.units import possible, units
from pipeline.errors import SettingError
from pipeline.sources.base import Source
from pipeline.words import did_you_mean, meant

AnyStep: TypeAlias = Step | Filter
_TAG = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


def check_steps(steps: Sequence[AnyStep], sources: Sequence[Source]) -> None:
    """Raise SettingError for a step where it stands twice, or cannot work."""
    names = [step.name for step in steps]
    for place, step in enumerate(steps):
        at = ("steps", place)
        if step.name in names[:place]:
            raise SettingError(f"{step.name} is listed twice; step {names.index(step.name)} is the first", *at)
        if not isinstance(step, Filter):
            continue
        if step.needs_payload and "extract" in names[:place]:
            raise SettingError(f"{step.name} reads the page itself and must come before extract", *at)
        if step.names_language:
            _check_labels(step, at)
        try:
            step.check_sources({source.name for source in sources})
        except ValueError as error:
            raise SettingError(str(error), *at) from error
    _check_pages(steps, names, sources)


def _check_labels(step: Filter, at: tuple[str | int, ...]) -> None:
    others = not step.names_known_languages
    label = step.bounds().get("label")
    for place, tag in enumerate((label.values if isinstance(label, OneOf) else None) or ()):
        if (wrong := wrong_tag(tag, any_language=others)) is not None:
            raise SettingError(wrong, *at, "label", "values", place)
    check_tags(getattr(step, "thresholds", {}), *at, "thresholds", any_language=others)


def _check_pages(steps: Sequence[AnyStep], names: Sequence[str], sources: Sequence[Source]) -> None:
    paged = next((place for place, source in enumerate(sources) if source.gives_pages), None)
    if paged is None:
        return
    kind = sources[paged].kind
    if "extract" not in names:
        sentence = f"a source of kind {kind} yields pages, and no step extracts their text: add `name: extract`"
        raise SettingError(sentence, "steps")
    for place, step in enumerate(steps[: names.index("extract")]):
        if step.reads_text and not (isinstance(step, Filter) and step.needs_payload):
            sentence = (
                f"{step.name} reads the text, which pages of {kind} do not have before the step extract: move it behind"
            )
            raise SettingError(sentence, "steps", place)


def wrong_licence(license: str) -> str | None:
    """Return what is wrong with what a source declares as its licence, and which may be meant; None if nothing is."""
    from filters.licences.declared import (
        license_of,
        says_more,
    )  # tables of names in many languages, for who declares one
    from filters.licences.verdicts import licences, verdict_of

    named = license_of(license)
    if named is not None and verdict_of(named.license) != "unknown":
        more = f"{license!r} says more than {named.license}, which is all that is understood: write {named.license}"
        return more if says_more(license) else None
    if named is not None and license.casefold() == named.license.casefold():
        return f"{license} is a licence of which nobody has decided what it permits: no document would be published"
    expected = "expected an SPDX id such as CC-BY-4.0, or LicenseRef-Contract-NAME for a contract"
    ids = [row.id for row in licences().values() if row.verdict not in ("exception", "unknown")]
    return f"{license!r} is not a known licence: {expected}{meant(license, ids)}"


def check_bounds(filters: Sequence[object], *at: str | int) -> None:
    """Raise SettingError for a bound that no value of its signal could meet, or none could break."""
    for place, filter in enumerate(filters):
        if isinstance(filter, Filter):
            for name, bound in filter.bounds().items():
                if isinstance(bound, Range):
                    check_range(f"{filter.name}.{name}", bound, (*at, place, name))


def check_range(signal: str, bound: Range, at: tuple[str | int, ...]) -> None:
    """Raise SettingError for a bound that no value of a signal could meet, or none could break."""
    low, high = possible(signal)
    for end in ("min", "max"):
        value = getattr(bound, end)
        if value is not None and not low <= value <= high:
            unit = units().get(signal, "").split("_")[0]
            allowed = f"from {low:g} to {high:g}" if high < float("inf") else f"at least {low:g}"
            near = did_you_mean([f"{value / 100:g}"] if unit == "share" and 1 < value <= 100 else [])
            kind = f"a {unit} is" if unit == "share" else f"{signal} is"
            raise SettingError(f"{kind} {allowed}, found {value:g}{near}", *at, end)


def check_tags(tags: Iterable[str], *at: str | int, any_language: bool = False) -> None:
    """Raise SettingError for a tag that names no language; it leads to the tag as the key of a mapping."""
    for tag in tags:
        if (wrong := wrong_tag(tag, any_language=any_language)) is not None:
            raise SettingError(wrong, *at, tag)


@cache
def wrong_tag(tag: str, *, any_language: bool = False) -> str | None:
    """Return what is wrong with the tag of a language, and which may be meant; None if nothing is.

    With `any_language` a code of three letters is that of a language, as of the models with two thousand.
    """
    if tag in (NOT_LANGUAGE, UNDETERMINED):
        return None
    code, _, script = tag.partition("_")
    if _TAG.fullmatch(tag) and script in {*share_names(), "Hans", "Hant"} and (code, script) != ("zho", "Hani"):
        if canonical(tag) != tag:
            return f"{tag!r} is called {canonical(tag)} here"
        if any_language or code in scripts_of() or code in _other_codes():
            return None
    near = did_you_mean(tags_of(code)) or meant(tag, {tag for language in scripts_of() for tag in tags_of(language)})
    return f"{tag!r} is not a known language: expected ISO 639-3 and ISO 15924, as in zho_Hans{near}"


def tags_of(code: str) -> list[str]:
    """Return the tags of the language that a code of two or three letters stands for; none if it is not known."""
    language = language_of(re.split(r"[-_]", code)[0].lower())
    written = {"Hani": ("Hans", "Hant")} if language == "zho" else {"Hani": ("Hant",)}
    scripts = [each for script in scripts_of().get(language or "", ()) for each in written.get(script, (script,))]
    return [f"{language}_{script}" for script in scripts]


@cache
def _other_codes() -> frozenset[str]:
    """Return the codes of three letters that CLDR knows, and no table of ours."""
    from babel.core import get_global  # .2 s, for a language that the models do not know

    return frozenset(code for code in get_global("likely_subtags") if len(code) == 3)
