"""How fit a document is for a release: hatred, sexual content, gambling, contraband …, told by more than one word.

Terms (`filters/risks`) count with the words around them: an attack needs people whom it is on, and is none where it
is denied, quoted or condemned; a kind needs several different terms, and words of medicine, law, news and history weigh
against them. Heads of fastText score abuse in the languages that they have labels of. Spelling is folded first.

    tier 0    nothing of the kind
    tier 1    mature subjects, in context or too few to count: within the bounds
    tier 2    over a bound
    tier 3    over the bound of what is never published: sexual content about children, homes laid open

Kinds and lists carry the numbers of the risks of GB/T 45654-2025 (`filters/lists/risks.tsv` says what each means).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, Field

from filters import evidence
from filters.bad_words import NO_RISK, WordList, files_of
from filters.base import Columns, OneOf, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces
from filters.lists.addresses import block_lists, list_files
from filters.models import heads
from filters.models.weighted import Weighted
from filters.risks import lexicon, statements
from filters.risks.folding import Folded, folded
from filters.risks.grams import grams_of
from filters.risks.lexicon import Lexicon
from filters.risks.statements import Terms
from filters.url import names_above
from shards.arrays import Floats, Mask, Places
from shards.schema import Subject

PLACEHOLDER = "<|pii:"
OF_SERVERS = "<|pii:ip"  # a list of servers is none of people
HATEFUL, ABUSIVE, PERSONAL, LISTED = "hateful", "abusive", "personal", "listed"
KIND_NAMES = (*(kind.kind for kind in lexicon.kinds()), ABUSIVE, PERSONAL)
TIERS = {kind.kind: kind.tier for kind in lexicon.kinds()}
ABUSE_RISK, PERSONAL_RISK = "A.1.5", "A.4.6"  # of `risks.tsv`: ethnic hatred, personal information
LIKELY = 0.9  # the probability of abuse from which a text within the bounds is of tier 1
BELIEVED = 0.9  # how probable abuse is where an attack stands in every hundred words
LEAST_WORDS = 100.0  # that a document counts as, so that one sentence says no more than it does
SHORT = 50.0  # words, from which a text needs more than one sentence that attacks
ALONE = 0.4  # what a single term or sentence adds up to at most

KindName: TypeAlias = Literal[
    "hateful", "sexual", "gambling", "contraband", "violence", "self_harm", "exposure", "minors", "abusive", "personal"
]


class AddressList(BaseModel, frozen=True, extra="forbid"):
    """Hosts and addresses of one kind, as `filters.lists.addresses` reads them."""

    path: Path  # a file of domains and addresses, or a folder in the layout of UT1
    risk: str = Field("A.1.8", description="a number of GB/T 45654-2025 (`risks.tsv`), or a name of your own")


def _flagged(most: float) -> Range:
    return Range(max=most, undefined="keep", action="flag")


class Safety(Weighted):
    """Fill `safety_tier`, and flag documents over a bound: they stay out of a release unless it lets them in.

    Counts are per 100 words, of which a document has 100 at least. What a domain may hold is said by `released`:
    medicine keeps its words. A language without terms and labels is judged by addresses and personal data alone.
    """

    name: Literal["safety"] = "safety"
    every_language: ClassVar[bool] = True  # stays where a language has a chain of its own
    listed: Range = Range(max=0, undefined="keep", action="flag")  # 1 if its host or address is on a list
    hateful: Range = _flagged(0.5)  # attacks on groups of people per 100 words, not denied, quoted or condemned
    abusive: Range = _flagged(0.97)  # how probable abuse is, by heads of fastText; null without labels of the language
    sexual: Range = _flagged(0.4)  # terms per 100 words, less by the context
    gambling: Range = _flagged(0.6)  # as sexual: betting and casinos
    contraband: Range = _flagged(0.25)  # as sexual: drugs, arms, forged papers for sale
    violence: Range = _flagged(0.6)  # as sexual: extremism, cruelty
    self_harm: Range = _flagged(0.4)  # as sexual: suicide, and how to hurt oneself
    exposure: Range = _flagged(0.3)  # as sexual: where somebody lives, laid open
    minors: Range = _flagged(0.2)  # as sexual: sexual content about children
    personal: Range = _flagged(3.0)  # placeholders that the step `pii` has left, per 100 words
    # share of the words read that clearly speak for abuse; null where the heads know no labels of the language
    words: Range = Range(undefined="keep")
    risk: OneOf = OneOf()  # number of the risk that weighs most; `none`
    lists: tuple[WordList, ...] = ()  # more terms, each with its risk: a kind's number, or else they count as slurs
    address_lists: tuple[AddressList, ...] = ()  # lists of hosts and addresses, each with its risk
    released: dict[Subject, tuple[KindName, ...]] = Field(
        {"life_health": ("sexual", "self_harm", "contraband", "violence")},
        description="by domain, the kinds that flag nothing in it, and are of tier 1 there",
    )

    def resources(self) -> Sequence[Path]:
        listed = [file for one in self.address_lists for _, file in list_files((one.path,))]
        return [*super().resources(), *listed, *(file for words in self.lists for file in files_of(words.path))]

    def measure(self, documents: Documents) -> Signals:
        return self._judged(documents, self._found(documents))

    def annotate(self, documents: Documents) -> tuple[Signals, Columns]:
        signals = self.measure(documents)
        broken = self.broken(documents, signals)
        tier = np.zeros(len(documents), np.int64)
        for name in KIND_NAMES[:-1]:  # an address of somebody is no mature subject
            tier[np.nan_to_num(np.asarray(signals[name], np.float64)) > (LIKELY if name == ABUSIVE else 0)] = 1
        for name in (LISTED, *KIND_NAMES):
            tier[broken[name]] = np.maximum(tier[broken[name]], TIERS.get(name, 2))
        return signals, {"safety_tier": pa.array([str(one) for one in tier.tolist()], pa.string())}

    def broken(self, documents: Documents, signals: Signals) -> Mapping[str, Mask]:
        found = dict(super().broken(documents, signals))
        domains = documents.batch.column("domain").to_pylist()
        for domain, names in self.released.items():
            here = np.array([one == domain for one in domains], np.bool_)
            found |= {name: found[name] & ~here for name in names}
        return found

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        found, (words,) = self._found(documents), documents.tokens.words
        whole = max(float(words), LEAST_WORDS) / 100
        pieces = {}
        for place, kind in enumerate(lexicon.kinds()):
            known = (found.of_people if kind.kind == HATEFUL else found.known)[0]
            of_kind = found.terms.roles == len(lexicon.ROLES) + place
            amounts = found.attacks if kind.kind == HATEFUL else of_kind * found.weights[0, place]
            pieces[kind.kind] = _pieces(found.terms, amounts, whole if known else 0.0)
        marks = evidence.occurrences(documents, PLACEHOLDER, whole=whole)
        servers = np.isin(marks.starts, evidence.occurrences(documents, OF_SERVERS, whole=whole).starts)
        pieces[PERSONAL] = Pieces(marks.starts[~servers], marks.ends[~servers], marks.amounts[~servers], whole)
        return pieces | {"words": self._clear_words(documents, found.read)}

    def _found(self, documents: Documents) -> "_Found":
        read = folded(documents.characters)
        by_language: dict[str, list[int]] = {}
        for row, language in enumerate(documents.batch.column("language").to_pylist()):
            by_language.setdefault(language or "", []).append(row)
        parts = []
        lexicons: list[Lexicon | None] = [None] * len(documents)
        for language, rows in sorted(by_language.items()):
            words = lexicon.lexicon(language, self.lists)
            if words is not None:
                parts.append(statements.terms_in(read, np.array(rows), words))
                for row in rows:
                    lexicons[row] = words
        return _Found.of(read, statements.joined(parts), lexicons, documents.tokens.words)

    def _judged(self, documents: Documents, found: "_Found") -> Signals:
        whole = np.maximum(documents.tokens.words, LEAST_WORDS) / 100
        size = len(documents)
        attacks = np.bincount(found.terms.documents, found.attacks, minlength=size)
        signals: dict[str, Floats] = {HATEFUL: np.where(found.of_people, attacks / whole, np.nan)}
        for place, kind in enumerate(lexicon.kinds()[1:], 1):
            rate = found.kinds.counts[:, place] * found.weights[:, place] / whole
            signals[kind.kind] = np.where(found.known, rate, np.nan)
        texts = documents.characters
        signals[PERSONAL] = (texts.number_of(PLACEHOLDER) - texts.number_of(OF_SERVERS)) / whole
        on, lists = self._listed(documents.batch.column("url").to_pylist())
        signals[LISTED] = on.astype(np.float64)
        probable, clear = self._by_heads(documents, found.read)
        signals[ABUSIVE] = self._abuse(found, attacks / whole, probable)
        signals["words"] = clear
        return signals | {"risk": pa.array(self._risks(signals, found, lists), pa.string())}

    def _abuse(self, found: "_Found", attacks: Floats, probable: Floats) -> Floats:
        """Return how probable abuse is: by the heads, less what is excused, or by attacks."""
        size = len(attacks)
        excused = np.bincount(found.terms.documents, found.terms.excused, minlength=size)
        counted = np.bincount(found.terms.documents, found.terms.attacks, minlength=size)
        share = np.divide(excused, excused + counted, out=np.zeros(size), where=excused > 0)
        said = np.nan_to_num(probable) * (1 - share)
        together = 1 - (1 - said) * (1 - BELIEVED * np.minimum(attacks, 1))
        return np.where(found.of_people | ~np.isnan(probable), together, np.nan)

    def _by_heads(self, documents: Documents, read: Folded) -> tuple[Floats, Floats]:
        """Return how probable abuse is, and the share of clear words; NaN in languages without labels of it."""
        languages = documents.batch.column("language").to_pylist()
        models = heads.card(self.folder)
        curves = {language: models.heads[ABUSIVE].curve(language or "").source for language in set(languages)}
        rows = [row for row, language in enumerate(languages) if curves[language] == "labels"]
        probable, clear = np.full((2, len(documents)), np.nan)
        if rows:
            some = [languages[row] for row in rows]
            said = heads.said(self.folder, some, grams_of(read, np.array(rows)))
            probable[rows] = heads.probabilities(models, some, said.votes)[ABUSIVE][0]
            clear[rows] = said.clear[:, 0]
        return probable, clear

    def _clear_words(self, documents: Documents, read: Folded) -> Pieces:
        """Return the places of the grams of a single document that clearly speak for abuse."""
        (language,) = documents.batch.column("language").to_pylist()
        models = heads.card(self.folder)
        codes = grams_of(read, np.arange(models.heads[ABUSIVE].curve(language or "").source == "labels"))
        votes = heads.votes_by_token(self.folder, language, codes)
        starts = read.places[codes.tokens[votes > heads.clear_from(models)]]
        return Pieces(starts, starts + 1, np.ones(len(starts)), float(len(votes)))

    def _listed(self, urls: Sequence[str | None]) -> tuple[Mask, list[str | None]]:
        """Return which addresses are on a list, and the risk of the first such list."""
        found: list[str | None] = [None] * len(urls)
        for one in self.address_lists:
            lists = block_lists((one.path,))
            for row, url in enumerate(urls):
                if found[row] is None and url and (names := names_above(url)):
                    on = lists.category([name.encode(errors="replace") for name in names])
                    found[row] = one.risk if (on >= 0).any() else None
        return np.array([risk is not None for risk in found], np.bool_), found

    def _risks(self, signals: Mapping[str, Floats], found: "_Found", lists: Sequence[str | None]) -> list[str]:
        """Return the risk that weighs most in each document, measured by the bounds."""
        named = [*(kind.risk for kind in lexicon.kinds()), ABUSE_RISK, PERSONAL_RISK]
        bounds = self.bounds()
        edges = [bound.max or 1.0 if isinstance(bound := bounds[name], Range) else 1.0 for name in KIND_NAMES]
        weights = np.stack([np.nan_to_num(signals[name]) / edge for name, edge in zip(KIND_NAMES, edges, strict=True)])
        weights[KIND_NAMES.index(ABUSIVE)][np.nan_to_num(signals[ABUSIVE]) <= LIKELY] = 0
        best, some = weights.argmax(axis=0).tolist(), (weights.max(axis=0) > 0).tolist()
        people = found.people()
        return [
            lists[row] or ((people.get(row) if kind == 0 else None) or named[kind] if some[row] else NO_RISK)
            for row, kind in enumerate(best)
        ]


class _Found(NamedTuple):
    """What the terms of a batch come to; `attacks` are those of its terms, where one alone counts for little."""

    read: Folded
    terms: Terms
    attacks: Floats
    lexicons: Sequence[Lexicon | None]  # of each document
    known: Mask  # of each document, whether its language has terms
    of_people: Mask  # and whether some of them are attacks
    kinds: statements.Kinds
    weights: Floats  # documents x kinds: what each term counts for in its context; 0 where too few are different

    @classmethod
    def of(cls, read: Folded, terms: Terms, lexicons: Sequence[Lexicon | None], words: Places) -> "_Found":
        size = len(lexicons)
        known = np.array([one is not None for one in lexicons], np.bool_)
        of_people = np.array([one is not None and lexicon.ATTACK in one.roles for one in lexicons], np.bool_)
        kinds = statements.kinds_in(terms, size)
        least = np.array([kind.distinct for kind in lexicon.kinds()])
        weights = kinds.counts / np.maximum(kinds.counts + kinds.context[:, None], 1) * (kinds.distinct >= least)
        counting = terms.attacks > 0
        said = statements.different(terms.documents[counting], terms.terms[counting], size)
        total = np.bincount(terms.documents, terms.attacks, minlength=size)
        single = (said < least[0]) | ((total <= 1) & (words >= SHORT))
        held = np.where(single & (total > ALONE), ALONE / np.maximum(total, ALONE), 1.0)
        return cls(read, terms, terms.attacks * held[terms.documents], lexicons, known, of_people, kinds, weights)

    def people(self) -> dict[int, str]:
        """Return, by document, the risk of the group or name that most attacks are on."""
        found: dict[int, Counter[str]] = {}
        people = (self.attacks > 0) & np.isin(self.terms.roles, (lexicon.GROUP, lexicon.SLUR))
        for row, group in zip(self.terms.documents[people].tolist(), self.terms.groups[people].tolist(), strict=True):
            words = self.lexicons[row]
            if words is not None:
                found.setdefault(row, Counter())[words.risks[group]] += 1
        return {row: counts.most_common(1)[0][0] for row, counts in found.items()}


def _pieces(terms: Terms, amounts: Floats, whole: float) -> Pieces:
    chosen = amounts > 0
    return Pieces(terms.starts[chosen], terms.ends[chosen], amounts[chosen], whole)
