"""A sample in a terminal: of each document where it is from, what decided, and its text with that marked."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from jobs.show.console import styled
from jobs.show.highlight import show_text
from jobs.show.measurements import measured_value
from pipeline.answers.journey import Journey
from pipeline.answers.sample import Specimen, Stratum

EXCERPT = 1_500  # characters of a text
FACTS = ("language", "license", "source", "domain", "quality_score")


def show_sample(
    console: Console, strata: Mapping[str, Stratum], sample: Sequence[Specimen], *, whole_texts: bool
) -> None:
    """Print the documents of a sample one below the other; those of each stratum below its name."""
    stratum = None
    for specimen in sample:
        if specimen.stratum != stratum:
            stratum = specimen.stratum
            drawn, size = len(strata[stratum].heap), strata[stratum].size
            named: Sequence[str | tuple[str, str]] = ((stratum, "bold"), ": ") if stratum else ()
            console.print(styled(*named, f"{drawn:,} of {size:,} documents\n"), soft_wrap=True)
        _show(console, specimen, whole_texts)
        console.print()


def _show(console: Console, specimen: Specimen, whole: bool) -> None:
    journey, document = specimen.journey, specimen.journey.document
    console.print(styled((document["id"], "bold"), " ", _fate(journey)), soft_wrap=True)
    console.print(document["url"] or document["source_id"], soft_wrap=True)
    facts = [f"{document[name]:.3g}" if name == "quality_score" else document[name] for name in FACTS if document[name]]
    console.print(" · ".join(facts), soft_wrap=True, style="dim")
    for one in journey.signals:
        if one.outcome in ("rejects", "flags"):
            console.print(f"{one.name} {measured_value(one)}, allowed {one.bound}", soft_wrap=True, style="yellow")
    for verdict in journey.verdicts.values():
        if (original := verdict.get("duplicate_of")) is not None:
            alike = f", similarity {verdict['similarity']:.3f}" if verdict["similarity"] is not None else ""
            console.print(f"a duplicate of {original}{alike}", soft_wrap=True, style="yellow")
    if document["title"]:
        console.print(document["title"], soft_wrap=True, style="bold")
    _show_text(console, document["text"], specimen, whole)


def _show_text(console: Console, text: str, specimen: Specimen, whole: bool) -> None:
    if not text:
        console.print("no text: the document was rejected before extraction", style="dim")
        return
    spans = [span for highlight in specimen.highlights for span in highlight.spans]
    excerpt = text if whole else text[:EXCERPT]
    show_text(console, excerpt, spans)
    if len(excerpt) < len(text):
        beyond = sum(end > EXCERPT for _, end in spans)
        marked = f", in which {beyond:,} marked pieces end" if beyond else ""
        left = f"… {len(text) - len(excerpt):,} characters more{marked} (--text)"
        console.print(left, soft_wrap=True, style="dim")


def _fate(journey: Journey) -> tuple[str, str]:
    if journey.rejected_by:
        return f"rejected in {journey.rejected_in} by {journey.rejected_by}", "red"
    flags = journey.document["flagged_by"]
    return (f"flagged by {', '.join(flags)}", "yellow") if flags else ("kept", "green")
