"""`yuliao sample RUN`: documents to read, of those kept or those one filter rejects, of a language, a host, …"""

from typing import Annotated, Literal

import typer

from jobs.show.console import console as new_console
from jobs.show.sample import show_sample
from pipeline.answers.documents import documents_at
from pipeline.answers.sample import Criteria, Each, band_of, draw, sample_as_json, specimens
from pipeline.errors import QuestionError
from pipeline.plain import plain_json


def command(
    place: Annotated[str, typer.Argument(metavar="RUN", help="the output folder of a run, or a release")],
    rejected_by: Annotated[
        str | None,
        typer.Option(
            "--rejected-by",
            help="a reason such as `gopher_quality.words` or `flagged:safety.sexual`, a filter, or a stage",
        ),
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help="draw kept documents")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="draw rejected documents, whatever the reason")] = False,
    language: Annotated[str | None, typer.Option(help="a language such as `tha_Thai`; `und`: not identified")] = None,
    source: Annotated[str | None, typer.Option(help="the name of a source")] = None,
    host: Annotated[str | None, typer.Option(help="a host and its subdomains")] = None,
    license: Annotated[str | None, typer.Option(help="a value of the column `license`, e.g. `CC-BY-4.0`")] = None,
    domain: Annotated[str | None, typer.Option(help="a domain, e.g. `meteorology`")] = None,
    quality: Annotated[str | None, typer.Option(metavar="MIN..MAX", help="`0.2..0.4`, `..0.1`, `0.9..`")] = None,
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="number of documents; with --each, of each")] = 20,
    each: Annotated[Each, typer.Option(help="draw some of each reason, filter, language, …")] = "all",
    seed: Annotated[str, typer.Option(help="a word that changes which documents are drawn")] = "",
    text: Annotated[bool, typer.Option("--text", help="print whole texts")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON line per document, with everything")] = False,
) -> None:
    """Draw documents to read from a run or a release, with marks at what decided."""
    if sum((kept, rejected, rejected_by is not None)) > 1:
        raise QuestionError("--kept, --rejected and --rejected-by exclude one another")
    fate: Literal["kept", "rejected"] | None = "kept" if kept else "rejected" if rejected else None
    band = None if quality is None else band_of(quality)
    criteria = Criteria(fate, rejected_by, language, source, host, license, domain, band)
    documents = documents_at(place)
    strata = draw(documents, criteria, count, seed, each)
    drawn = specimens(documents, strata)
    if as_json:
        for one in drawn:
            print(plain_json(sample_as_json(one)))
    else:
        show_sample(new_console(), strata, drawn, whole_texts=text)
