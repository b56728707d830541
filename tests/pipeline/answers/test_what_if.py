"""What-if: what it counts is what a run with the moved bounds counts."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline import plugins
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.moves import as_yaml, moves_of
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.answers.spread import spread
from pipeline.answers.what_if import WhatIf, what_if
from pipeline.config import load
from pipeline.errors import QuestionError
from pipeline.overrides import overrides_of
from tests.pipeline.stages.corpus import Corpus, rows

Fates = tuple[Counter[str], dict[str, Counter[str]]]


@pytest.fixture(scope="module", autouse=True)
def measuring() -> Iterator[None]:
    module = plugins.load(Path(__file__).with_name("measuring.py"))
    yield
    plugins._forget(module.name)


def asked(run: FinishedRun, *assignments: str) -> WhatIf:
    stage = documents_stage(settings_of(run))
    return what_if(run, stage, moves_of(stage, assignments), examples=1_000)


def fates(run: FinishedRun, languages: Mapping[str, str | None] | None = None) -> Fates:
    """Return what the stage `documents` made of its documents; in the languages of another run if it names none."""
    kept: Counter[str] = Counter()
    rejected: dict[str, Counter[str]] = {}
    for row in [row for role in ("kept", "rejected") for row in rows(run, "documents", role)]:
        tag, reason = row["language"] or (languages or {}).get(row["id"]) or "und", row["rejected_by"]
        (kept if reason is None else rejected.setdefault(reason, Counter()))[tag] += 1
    return kept, rejected


def sides(run: FinishedRun) -> dict[str, str]:
    """Return the side on which each document is, by its id."""
    kept = {row["id"]: "flagged" if row["flagged_by"] else "kept" for row in rows(run, "documents", "kept")}
    return kept | {row["id"]: "rejected" for row in rows(run, "documents", "rejected")}


def agrees(run: FinishedRun, answer: WhatIf, moved: FinishedRun) -> None:
    """Check an answer about a run against the run with the moved bounds."""
    languages = {row["id"]: row["language"] for role in ("kept", "rejected") for row in rows(run, "documents", role)}
    kept, rejected = fates(moved, languages)
    assert (answer.now_kept, answer.now_rejected) == fates(run)
    unknown = {one.id for one in answer.examples if one.after == "unmeasured"}
    assert len(unknown) == answer.unmeasured.total()
    before, after = sides(run), sides(moved)
    found = {one.id: one.after for one in answer.examples}
    assert {name: found.get(name, side) for name, side in before.items() if name not in unknown} == {
        name: side for name, side in after.items() if name not in unknown
    }
    for one in answer.examples:
        assert one.before == before[one.id] != one.after
    for row in [row for role in ("kept", "rejected") for row in rows(moved, "documents", role) if row["id"] in unknown]:
        tag, reason = row["language"] or languages[row["id"]] or "und", row["rejected_by"]
        (kept if reason is None else rejected[reason])[tag] -= 1
    assert answer.kept == +kept
    assert answer.rejected == {reason: +languages for reason, languages in rejected.items() if languages.total()}
    assert sum(languages.total() for languages in answer.sides.values()) == len(answer.examples)


NUMBERS = st.sampled_from([0.0, 0.1, 0.5, 1 / 3, 2.0, 7.25])
WORDS = st.sampled_from(["open", "closed", "sharealike", None])
TAGS = st.sampled_from(["deu_Latn", "zho_Hans", "tha_Thai", None])
SIGNALS = {
    "early": ("low", "word"),
    "tongue": ("label", "sure"),
    "late": ("low", "high"),
    "later": ("low", "high"),
    "always": ("low",),
}


def numbers_or_none() -> st.SearchStrategy[float | None]:
    return st.none() | NUMBERS


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    signal = {f"{name}.{key}": numbers_or_none() for name, keys in SIGNALS.items() for key in keys}
    one = {
        **signal,
        "early.word": WORDS,
        "tongue.label": TAGS,
        "crash": st.sampled_from([None] * 6 + ["early", "late"]),
        "divided": st.sampled_from([False] * 5 + [True]),
    }
    return draw(st.lists(st.fixed_dictionaries(one), min_size=8, max_size=24))


@st.composite
def bounds(draw: st.DrawFn, filter: str, signal: str) -> dict[str, Any]:
    action = draw(st.sampled_from(["reject", "reject", "flag"]))
    if f"{filter}.{signal}" in ("early.word", "tongue.label"):
        words = ["open", "closed"] if filter == "early" else ["deu_Latn", "zho_Hans", "tha_Thai"]
        return {"values": draw(st.none() | st.lists(st.sampled_from(words), unique=True)), "action": action}
    low, high = draw(st.none() | NUMBERS), draw(st.none() | NUMBERS)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return {"min": low, "max": high, "undefined": draw(st.sampled_from(["reject", "keep"])), "action": action}


def filters(names: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    def configured(found: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
        return st.tuples(
            *(
                st.just({"name": "divided"})
                if name == "divided"
                else st.fixed_dictionaries(
                    {"name": st.just(name), **{signal: bounds(name, signal) for signal in SIGNALS[name]}}
                )
                for name in found
            )
        ).map(list)

    return names.flatmap(configured)


def keys(steps: list[dict[str, Any]], prefix: str = "") -> list[tuple[str, str, str]]:
    return [(prefix, step["name"], signal) for step in steps for signal in SIGNALS.get(step["name"], ())]


@settings(max_examples=25, phases=[Phase.reuse, Phase.generate])
@given(data=st.data())
def test_what_it_counts_is_what_a_run_with_the_moved_bounds_counts(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    corpus = Corpus(tmp_path_factory.mktemp("run"))
    for number in range(2):
        every = enumerate(data.draw(documents()))
        corpus.write(f"{number}", *({"text": json.dumps({**one, "place": [number, place]})} for place, one in every))
    front = st.permutations(["early", "divided"])
    back = st.permutations(["late", "later", "always"])
    own = st.lists(st.sampled_from(["late", "later", "always"]), min_size=1, unique=True)  # it may omit some
    steps = data.draw(filters(st.tuples(front, back).map(lambda pair: [*pair[0], "tongue", *pair[1]])))
    languages = {"deu_Latn": {"filters": data.draw(filters(own))}} if data.draw(st.booleans()) else {}
    places = keys(steps) + [key for tag, own in languages.items() for key in keys(own["filters"], f"{tag}.")]
    chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
    moves = [(place, data.draw(bounds(*place[1:]))) for place in chosen]
    run = corpus.run(steps, languages=languages)
    answer = asked(run, *(f"{prefix}{name}.{signal}={json.dumps(new)}" for (prefix, name, signal), new in moves))
    for (prefix, name, signal), new in moves:
        chain = languages[prefix.rstrip(".")]["filters"] if prefix else steps
        next(step for step in chain if step["name"] == name)[signal] = new
    agrees(run, answer, corpus.run(steps, languages=languages, output="moved"))


LINES = [
    "Rain is expected over the whole of the coast.",
    "• a point",
    "and so on …",
    "x",
    "1 2 3 4 5 6 7 8",
    "{ lorem ipsum",
]
SENTENCES = (
    "The rain that fell on the hills has come down to the river, and people have closed the road.",
    "We waited with the others until the boat was there.",
    "Nobody who has seen it would say that this is the same house!",
    "In the north they have been told to stay at home.",
)


def sentences(seed: int) -> str:
    return "\n".join(f"{SENTENCES[(seed + k) % 4][:-1]} with {seed} and {k}." for k in range(1 + seed % 7))


REAL: list[dict[str, Any]] = [
    {"name": "gopher_quality", "words": {"min": 20}},
    {"name": "gopher_repetition", "top_4_gram": {"max": 0.12}},
    {"name": "normalize"},
    {"name": "c4", "sentences": {"min": 5}},
    {"name": "fineweb", "newlines": {"max": 0.3, "action": "flag"}},
]
MOVED = {
    "gopher_quality.words": {"min": 100, "max": 100_000},  # drops more
    "gopher_quality.alphabetic_words": {"min": 0.75},  # what it lets pass is judged by its own part first
    "gopher_repetition.top_4_gram": {"max": 1.0},  # lets pass what c4, behind another step, has not seen
    "c4.sentences": {"min": 2},  # what it lets pass is judged by fineweb
    "fineweb.newlines": {"max": 0.05, "action": "flag"},  # flags alone
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = Corpus(tmp_path_factory.mktemp("real"))
    for half in range(2):
        texts = (
            "\n".join([sentences(seed), *(LINES[(seed * k) % 6] for k in range(seed % 5))])
            for seed in range(60 * half, 60 * half + 60)
        )
        corpus.write(str(half), *({"text": text} for text in texts))
    return corpus


@pytest.fixture(scope="module")
def as_it_was(corpus: Corpus) -> FinishedRun:
    return corpus.run(REAL)


@pytest.mark.parametrize("key", MOVED)
def test_bounds_of_our_filters_are_moved_without_a_run(corpus: Corpus, as_it_was: FinishedRun, key: str) -> None:
    answer = asked(as_it_was, f"{key}={json.dumps(MOVED[key])}")
    filter, _, signal = key.partition(".")
    steps = [step | ({signal: MOVED[key]} if step["name"] == filter else {}) for step in REAL]
    agrees(as_it_was, answer, corpus.run(steps, output="moved"))
    assert answer.examples
    assert bool(answer.unmeasured) == (key in ("gopher_quality.alphabetic_words", "gopher_repetition.top_4_gram"))


def test_what_is_exported_is_taken_by_a_configuration(corpus: Corpus, as_it_was: FinishedRun) -> None:
    stage = documents_stage(settings_of(as_it_was))
    moves = moves_of(stage, ["gopher_quality.words.min=33", "fineweb.newlines.max=null"])
    entries = {entry["name"]: entry for entry in yaml.safe_load(as_yaml(moves))}
    moved = corpus.configured([entries.get(step["name"], step) for step in REAL])
    assert documents_stage(moved).steps == tuple(
        {"gopher_quality": moves[0].after, "fineweb": moves[1].after}.get(step.name, step) for step in stage.steps
    )
    overrides = overrides_of(move.assignment for move in moves)
    assert (
        documents_stage(load(str(corpus.folder / "config.yaml"), (), overrides)).steps == documents_stage(moved).steps
    )


def test_a_bound_of_every_language_moves_where_a_language_has_filters_of_its_own(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    texts = [
        {"tongue.label": tag, "late.low": number, "always.low": number, "number": number}
        for tag in ("deu_Latn", "zho_Hans", "tha_Thai")
        for number in range(6)
    ]
    corpus.write("0", *({"text": json.dumps(text)} for text in texts))
    steps: list[dict[str, Any]] = [{"name": "tongue"}, {"name": "late", "low": {"min": 1}}, {"name": "always"}]
    languages = {
        "deu_Latn": {"filters": [{"name": "late", "low": {"min": 2}}]},
        "zho_Hans": {"filters": [{"name": "always", "low": {"min": 3}}]},
    }
    run = corpus.run(steps, languages=languages)
    answer = asked(run, "always.low.min=4")
    steps[-1]["low"] = {"min": 4}
    agrees(run, answer, corpus.run(steps, languages=languages, output="moved"))
    assert [move.elsewhere for move in answer.moves] == [1]
    assert answer.sides == {("kept", "rejected"): Counter(tha_Thai=3, deu_Latn=2)}
    with pytest.raises(QuestionError, match="deu_Latn has no always of its own; that of `steps` holds for it"):
        asked(run, "deu_Latn.always.low.min=4")


def test_nothing_moves_where_no_bound_moves(as_it_was: FinishedRun) -> None:
    answer = asked(as_it_was, "gopher_quality.words.min=20")
    assert (answer.kept, answer.rejected, answer.sides) == (*fates(as_it_was), {})


def test_a_signal_that_the_run_has_not_measured_is_told(as_it_was: FinishedRun) -> None:
    with pytest.raises(QuestionError, match=r"c4\.gained was not measured; the same `yuliao run`"):
        spread(as_it_was, "c4.gained")
