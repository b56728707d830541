"""Anything that a crawl may write down, for Hypothesis: rows of every file, over texts in any script."""

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from pipeline.crawl.frontier import Answered
from pipeline.crawl.journal import Entry, Leads, ListReference, Settled
from pipeline.crawl.links import RANKS, Kind, Known, Left, Link, Why
from pipeline.crawl.outcomes import Outcome, Recorded, UrlResult
from pipeline.crawl.partition import KnownHost
from pipeline.crawl.rights_files import RightsFile
from pipeline.crawl.robots import Rules
from pipeline.crawl.warc import FAMILIES, Original

TEXT = st.text(max_size=6) | st.sampled_from(["", "http://例え.test/путь?q=é", '"quoted"', "\u2028"])
MAYBE = st.none() | TEXT
COUNT = st.integers(0, 2**53)
TIME = st.floats(0, 1e10)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
ORIGINAL = st.builds(Original, TEXT, TEXT, TEXT)
KNOWN = st.builds(Known, MAYBE, MAYBE, MAYBE, st.none() | ORIGINAL, MAYBE, MAYBE, st.none() | TEXTS)


def links(kind: Kind) -> st.SearchStrategy[Link]:
    """Links of a kind, without what is known of them."""
    return st.builds(Link, TEXT, st.just(kind), COUNT, COUNT, COUNT, COUNT, TEXT)


KNOWN_LINKS = st.builds(Link, TEXT, st.sampled_from(RANKS), COUNT, COUNT, COUNT, COUNT, TEXT, st.none() | KNOWN)
LEFT = st.builds(
    Left,
    KNOWN_LINKS.map(lambda link: replace(link, attempt=0)),
    st.sampled_from(get_args(Why)),
)
RULES = st.builds(Rules, TEXT, st.none() | COUNT, TIME, st.none() | st.binary(max_size=20), MAYBE, MAYBE)
RIGHTS_FILES = st.builds(RightsFile, TEXT, COUNT, COUNT, MAYBE, MAYBE, MAYBE) | st.builds(
    RightsFile, TEXT, st.none(), COUNT
)
HOSTS = st.builds(
    KnownHost,
    TEXT,
    TIME,
    st.dictionaries(TEXT, RULES, max_size=2),
    st.dictionaries(TEXT, st.lists(RIGHTS_FILES, max_size=2).map(tuple), max_size=2),
)
RECORDED = st.builds(Recorded, TEXT, TEXT, MAYBE, MAYBE, MAYBE, TEXT, TEXT, COUNT, COUNT, ORIGINAL)
OUTCOMES = st.sampled_from(get_args(Outcome))
RESULTS = st.builds(
    UrlResult,
    TEXT,
    st.sampled_from(RANKS),
    COUNT,
    COUNT,
    OUTCOMES,
    MAYBE,
    st.none() | COUNT,
    st.none() | COUNT,
    MAYBE,
    st.none() | RECORDED,
    st.none() | TEXTS,
)

_FIRST = KNOWN_LINKS.map(lambda link: replace(link, attempt=0, known=None))
_FOUND = st.lists(_FIRST, max_size=3).map(tuple)
_LISTS = st.lists(st.builds(ListReference, TEXT, COUNT), max_size=3).map(tuple)
_ENDED = {"outcome": OUTCOMES, "reason": MAYBE, "recorded": st.none() | RECORDED}
_NONE = st.none()
_SIGNALS = st.none() | TEXTS
_SETTLED: dict[Kind, st.SearchStrategy[Settled]] = {
    "robots": st.builds(Settled, **_ENDED, leads=st.builds(Leads, _FOUND, _NONE, _NONE))
    | st.builds(Settled, **_ENDED, leads=st.builds(Leads, _NONE, _NONE, _NONE | TEXTS), rules=RULES),
    "evidence": st.builds(Settled, **_ENDED, leads=st.builds(Leads, _FOUND, _NONE, _NONE))
    | st.builds(Settled, **_ENDED, note=RIGHTS_FILES),
    "list": st.builds(Settled, **_ENDED, leads=st.builds(Leads, _NONE | _FOUND, _LISTS, _NONE)),
    "page": st.builds(Settled, **_ENDED, signals=_SIGNALS, leads=st.builds(Leads, _NONE | _FOUND, _NONE, _NONE))
    | st.builds(Settled, **_ENDED, signals=_SIGNALS, language=MAYBE, leads=st.builds(Leads, _FOUND, _LISTS, TEXTS)),
}
_ANSWERED = st.builds(
    Answered, TIME, COUNT, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.none() | TIME
)
_POSITIONS = st.fixed_dictionaries({family: st.tuples(COUNT, COUNT) for family in FAMILIES})


def _entries(kind: Kind) -> st.SearchStrategy[Entry]:
    settled = _SETTLED[kind] | st.builds(Settled, st.just("retry"), MAYBE)
    answered = st.builds(Entry, links(kind), TIME, settled, st.none() | COUNT, _ANSWERED, st.none() | _POSITIONS)
    return answered | st.builds(Entry, links(kind), TIME, st.builds(Settled, st.just("denied"), TEXT))


ENTRIES = st.sampled_from(RANKS).flatmap(_entries)
