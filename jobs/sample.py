"""`yuliao sample RUN`: documents to read, of those kept or those one filter rejects, of a language, a host, …"""

from typing import Annotated, Literal

import typer

from jobs.show.console import console as new_console
from jobs.show.sample import show_sample
from pipeline.answers.documents import documents_at
from pipeline.answers.sample import Criteria, Each, draw, sample_as_json, specimens
from pipeline.errors import QuestionError
from pipeline.plain import plain_json


def command(
    place: Annotated[str, typer.Argument(metavar="RUN", help="the output folder of a run, or a release")],
    rejected_by: Annotated[
        str | None, typer.Option("--rejected-by", help="a reason, `gopher_quality.words`, or all of a filter or stage")
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help="those that were kept")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="those that were rejected, by whatever")] = False,
    language: Annotated[str | None, typer.Option(help="`tha_Thai`; `und`: those without one")] = None,
    source: Annotated[str | None, typer.Option(help="the name of a source")] = None,
    host: Annotated[str | None, typer.Option(help="a host, with those below it")] = None,
    license: Annotated[str | None, typer.Option(help="as it stands in the column: `CC-BY-4.0`")] = None,
    domain: Annotated[str | None, typer.Option(help="a subject")] = None,
    quality: Annotated[str | None, typer.Option(metavar="MIN..MAX", help="`0.2..0.4`, `..0.1`, `0.9..`")] = None,
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="documents; with --each, of each")] = 20,
    each: Annotated[Each, typer.Option(help="some of each of these")] = "all",
    seed: Annotated[str, typer.Option(help="another one draws others")] = "",
    text: Annotated[bool, typer.Option("--text", help="print whole texts")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="a line of JSON for each document, with everything")] = False,
) -> None:
    """Show documents of a run or a release to read, with what decided marked: the same ones for the same run."""
    if sum((kept, rejected, rejected_by is not None)) > 1:
        raise QuestionError("--kept, --rejected and --rejected-by exclude one another")
    fate: Literal["kept", "rejected"] | None = "kept" if kept else "rejected" if rejected else None
    criteria = Criteria(fate, rejected_by, language, source, host, license, domain, _band(quality))
    documents = documents_at(place)
    strata = draw(documents, criteria, count, seed, each)
    found = specimens(documents, strata)
    if as_json:
        for one in found:
            print(plain_json(sample_as_json(one)))
    else:
        show_sample(new_console(), strata, found, whole_texts=text)


def _band(words: str | None) -> tuple[float, float] | None:
    if words is None:
        return None
    low, dots, high = words.partition("..")
    try:
        band = float(low or "-inf"), float(high or "inf")
    except ValueError:
        dots = ""
    if not dots or not band[0] <= band[1]:
        raise QuestionError(f"--quality {words}: not a band: `0.2..0.4`, `..0.1`, `0.9..`")
    return band
