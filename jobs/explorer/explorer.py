"""The explorer: which page stands at which path, in which language."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from jobs.explorer.cluster import cluster_page
from jobs.explorer.document import document_page
from jobs.explorer.labelling import Labelling
from jobs.explorer.listing import listing_page
from jobs.explorer.overview import overview
from jobs.explorer.server import Fields, Reply, moved, told
from jobs.explorer.signal import remembering, signal_page, signals_page
from jobs.explorer.view import WORDS, View
from jobs.explorer.what_if_page import what_if_page, what_if_yaml
from pipeline.answers.documents import documents_of
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.funnel import funnel
from pipeline.answers.settings import documents_stage, settings_of
from pipeline.errors import QuestionError
from pipeline.pages.html import element
from pipeline.pages.words import LOCALES, Locale, Words

KINDS = {"explorer.js": "text/javascript", "explorer.css": "text/css"}
FOLDER = Path(__file__).parent


class Explorer:
    """The pages of a run."""

    def __init__(self, run: FinishedRun, locale: Locale, labels: str, by: str) -> None:
        documents, settings = documents_of(run), settings_of(run)
        judging = tuple(one for one in funnel(run.stages) if one.rows and (one.kept or one.rejected))
        view = View(documents, run, settings, documents_stage(settings), judging, Words(locale, WORDS))
        self._views = {each: replace(view, words=Words(each, WORDS)) for each in LOCALES}
        self._first = f"{locale}/overview"
        self._labelling = Labelling(documents, labels, by)
        spreads = remembering(run)
        self._pages: Mapping[str, Callable[[View, Fields], Reply]] = {
            "overview": overview,
            "documents": listing_page,
            "document": document_page,
            "cluster": cluster_page,
            "signals": signals_page,
            "signal": lambda view, query: signal_page(view, query, spreads),
            "what-if": what_if_page,
            "what-if.yaml": what_if_yaml,
            "label": self._labelling.page,
        }

    def get(self, path: str, query: Fields) -> Reply:
        """Return a page, the script or the style."""
        if not path:
            return moved(self._first)
        if path in KINDS:
            return Reply((FOLDER / path).read_text(encoding="utf-8"), KINDS[path])
        locale, _, name = path.partition("/")
        view, page = next((v for each, v in self._views.items() if each == locale), None), self._pages.get(name)
        if view is None or page is None:
            return told(HTTPStatus.NOT_FOUND)
        try:
            return page(view, query)
        except QuestionError as error:
            warning = element("p", str(error), class_="warning", role="alert")
            return view.page(view.words("question"), [], warning, at="overview", status=HTTPStatus.NOT_FOUND)

    def post(self, path: str, form: Fields) -> Reply:
        """Take a label."""
        if path not in {f"{locale}/label" for locale in LOCALES}:
            return told(HTTPStatus.NOT_FOUND)
        return self._labelling.take(form)
