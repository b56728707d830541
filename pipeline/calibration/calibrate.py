"""From a calibration's settings to fitted chains: read the samples, fit on one half, look at the other."""

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from filters.base import Filter, Range
from pipeline.answers.precision import Rightness
from pipeline.calibration.fit import Fitted, SignalTable, fit
from pipeline.calibration.labelled import LabelledDocument, labelled_documents, labelled_rightness
from pipeline.calibration.samples import Document, by_language, documents, joined, judged, table, table_of_run, worths
from pipeline.calibration.settings import Calibration
from pipeline.calibration.units import Worth, converted
from pipeline.errors import ConfigError

logger = logging.getLogger(__name__)


CHAINS = ("published", "as it was", "calibrated")  # that are compared


@dataclass(frozen=True)
class ChainOutcome:
    """What a chain did with the held-back documents of one language and kind."""

    language: str
    kind: str  # reference, web, or a kind of junk
    chain: str  # one of CHAINS
    documents: int
    kept: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Calibrated:
    """What a calibration found."""

    settings: Calibration
    fitted: tuple[Fitted, ...]
    worth: Mapping[str, Worth]
    reference: SignalTable  # the half that was fitted on
    web: SignalTable
    digests: Mapping[str, str]
    outcomes: tuple[ChainOutcome, ...]
    labelled: tuple[Rightness, ...]  # of each chain, by what people say; none without labels


@dataclass(frozen=True)
class Texts:
    """The documents of a calibration's samples."""

    reference: Sequence[Document]
    parallel: Sequence[Document]
    web: Sequence[Document]
    junk: Mapping[str, Sequence[Document]]
    labelled: Sequence[LabelledDocument] = ()


def texts_of(settings: Calibration) -> Texts:
    """Return the documents of all samples that are read from sources."""
    return Texts(
        reference=documents(settings.reference, settings.language),
        parallel=documents(settings.parallel, settings.language),
        web=documents((sample for sample in settings.web if sample.sources), settings.language),
        junk={kind: documents(samples, settings.language) for kind, samples in settings.junk.items()},
        labelled=labelled_documents(settings.labels),
    )


def calibrate(settings: Calibration, texts: Texts) -> Calibrated:
    """Fit the chain to every language with enough of a reference.

    Raises
    ------
    ConfigError
        when no language has.
    """
    names = [f"{f.name}.{n}" for f in settings.chain for n, b in f.bounds().items() if isinstance(b, Range)]
    reference, parallel, web = texts.reference, texts.parallel, texts.web
    fitting = {role: _half(found, settings, False) for role, found in (("reference", reference), ("web", web))}
    enough = Counter(one.language for one in fitting["reference"])
    languages = sorted(language for language, count in enough.items() if count >= settings.fewest)
    if not languages:
        raise ConfigError(f"reference: no language has {settings.fewest} documents to fit on")
    everywhere = {one.language for one in (*reference, *web)}
    worth = worths(_half(parallel, settings, False), settings.base, everywhere | set(languages))
    logger.info("%d reference and %d web documents, %d languages", len(reference), len(web), len(languages))

    def chain_for(language: str) -> Sequence[Filter]:
        return [converted(filter, worth[language]) for filter in settings.chain]

    tables = {role: table(found, chain_for, names, worth) for role, found in fitting.items()}
    runs = [table_of_run(sample.run, chain_for, names, worth) for sample in settings.web if sample.run]
    tables["web"] = joined([tables["web"], *runs])
    digests = {role: _digest(found) for role, found in (("reference", reference), ("web", web), ("parallel", parallel))}
    seed = "".join(digests.values())
    found = fit(settings.chain, languages, tables["reference"], tables["web"], worth, settings.method, seed)
    kinds = {"reference": reference, "web": web, **texts.junk}
    held = {kind: _half(every, settings, True) for kind, every in kinds.items()}
    return Calibrated(
        settings,
        tuple(found),
        worth,
        tables["reference"],
        tables["web"],
        digests,
        _outcomes(held, found, settings),
        labelled_rightness(texts.labelled, _chains(found, settings)),
    )


def _half(found: Sequence[Document], settings: Calibration, held_back: bool) -> list[Document]:
    return [one for one in found if one.is_held_back(settings.held_back, settings.split) == held_back]


def _digest(found: Sequence[Document]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for one in sorted(found, key=lambda one: (one.id, one.text)):
        digest.update(f"{one.id}\x1f{one.language}\x1f{one.text}\x1e".encode())
    return digest.hexdigest()


def _outcomes(
    held: Mapping[str, Sequence[Document]], fitted: Sequence[Fitted], settings: Calibration
) -> tuple[ChainOutcome, ...]:
    chains = _chains(fitted, settings)
    found = []
    for kind, every in held.items():
        for language, group in by_language(every).items():
            whole = [one for one in group if kind != "reference" or not one.speaks_of]
            for part, name in ((whole, kind), ([one for one in group if one not in whole], f"{kind}, part")):
                if part and language in chains["calibrated"]:
                    found += [_outcome(part, own[language], language, name, label) for label, own in chains.items()]
    return tuple(found)


def _chains(fitted: Sequence[Fitted], settings: Calibration) -> dict[str, dict[str, Sequence[Filter]]]:
    """Return the chains that are compared, by their names, each by the languages that were fitted."""
    published = [type(filter).model_validate({}) for filter in settings.chain]
    each = ((published, settings.chain, one.filters) for one in fitted)
    by_language = {
        one.language: dict(zip(CHAINS, chains, strict=True)) for one, chains in zip(fitted, each, strict=True)
    }
    return {chain: {tag: chains[chain] for tag, chains in by_language.items()} for chain in CHAINS}


def _outcome(found: Sequence[Document], chain: Sequence[Filter], language: str, kind: str, label: str) -> ChainOutcome:
    """Judge every document by the signals of which its sample can tell."""
    reasons: Counter[str] = Counter()
    kept = 0
    for speaks_of in sorted({one.speaks_of for one in found}):
        group = [one for one in found if one.speaks_of == speaks_of]
        own = [_only(filter, frozenset(speaks_of)) for filter in chain] if speaks_of else chain
        for judgement in judged(group, own):
            column = judgement.documents.column("rejected_by")
            kept += column.null_count
            reasons.update(pc.drop_null(column).to_pylist())
    return ChainOutcome(language, kind, label, len(found), kept, dict(reasons))


def _only(filter: Filter, signals: frozenset[str]) -> Filter:
    others = [name for name in filter.signals() if f"{filter.name}.{name}" not in signals]
    return filter.model_copy(update={name: type(getattr(filter, name))() for name in others})
