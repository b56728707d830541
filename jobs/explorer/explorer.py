"""The explorer: which page stands at which path, in which language."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from pathlib import Path

from jobs.explorer.cluster import cluster_page
from jobs.explorer.document import document_page
from jobs.explorer.labelling import Labelling
from jobs.explorer.listing import listing_page
from jobs.explorer.overview import only_of_run, overview
from jobs.explorer.server import Fields, Reply, moved, told
from jobs.explorer.signal import remembering, signal_page, signals_page
from jobs.explorer.view import ONLY_OF_RUN, WORDS, RunView, View
from jobs.explorer.what_if_page import what_if_page, what_if_yaml
from pipeline.answers.documents import Documents
from pipeline.answers.funnel import funnel
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.errors import QuestionError
from pipeline.pages.html import element
from pipeline.pages.words import LOCALES, Locale, Words
from pipeline.words import message_of
from shards.release import manifest
from shards.release.place import release_at

BEHIND = ("cluster", "signal", "what-if.yaml")  # pages of a run that are not in the menu
KINDS = {"explorer.js": "text/javascript", "explorer.css": "text/css"}
FOLDER = Path(__file__).parent

logger = logging.getLogger(__name__)


def _view(place: Documents, words: Words) -> View:
    """Return what the pages show: a run with its settings, or a release."""
    if (run := place.run) is None:
        return View(place, manifest.read(release_at(place.place)).title, words)
    settings = settings_of(run)
    stage = documents_stage(settings)
    judging = tuple(one for one in funnel(run.stages) if one.rows and (one.kept or one.rejected))
    sources = tuple(source.name for source in stage.sources)
    signals = frozenset(stage.signals())
    return RunView(place, settings.name, words, settings, judging, sources, signals, run=run, stage=stage)


def _unanswered(view: View, why: str) -> Reply:
    warning = element("p", why, class_="warning", role="alert")
    return view.page(view.words("question"), [], warning, at="overview", status=HTTPStatus.NOT_FOUND)


class Explorer:
    """The pages of a run, or of a release, which has fewer."""

    def __init__(self, place: Documents, locale: Locale, labels: str, by: str) -> None:
        self._first = f"{locale}/overview"
        self._labelling = Labelling(place, labels, by) if place.run else None
        view = _view(place, Words(locale, WORDS))
        self._views = {each: replace(view, words=Words(each, WORDS)) for each in LOCALES}
        self._pages = {each: dict(self._pages_of(view)) for each, view in self._views.items()}

    def _pages_of(self, view: View) -> Iterator[tuple[str, Callable[[Fields], Reply]]]:
        yield "overview", partial(overview, view)
        yield "documents", partial(listing_page, view)
        yield "document", partial(document_page, view)
        if isinstance(view, RunView) and self._labelling is not None:
            yield "cluster", partial(cluster_page, view)
            yield "signals", partial(signals_page, view)
            yield "signal", partial(signal_page, view, spreads=remembering(view.run))
            yield "what-if", partial(what_if_page, view)
            yield "what-if.yaml", partial(what_if_yaml, view)
            yield "label", partial(self._labelling.page, view)
        else:
            yield from ((name, partial(only_of_run, view)) for name in (*ONLY_OF_RUN, *BEHIND))

    def get(self, path: str, query: Fields) -> Reply:
        """Return a page, the script or the style."""
        if not path:
            return moved(self._first)
        if path in KINDS:
            return Reply((FOLDER / path).read_text(encoding="utf-8"), KINDS[path])
        locale, _, name = path.partition("/")
        view = next((v for each, v in self._views.items() if each == locale), None)
        page = self._pages[view.words.locale].get(name) if view else None
        if view is None or page is None:
            return told(HTTPStatus.NOT_FOUND)
        try:
            return page(query)
        except QuestionError as error:
            return _unanswered(view, str(error))
        except OSError as error:
            logger.warning("%s: %s", name, error)
            return _unanswered(view, view.words("unreadable", why=message_of(error)))

    def post(self, path: str, form: Fields) -> Reply:
        """Take a label."""
        if self._labelling is None or path not in {f"{locale}/label" for locale in LOCALES}:
            return told(HTTPStatus.NOT_FOUND)
        try:
            return self._labelling.take(form)
        except OSError as error:
            view = self._views["zh" if path.startswith("zh") else "en"]
            return _unanswered(view, view.words("unreadable", why=message_of(error)))
