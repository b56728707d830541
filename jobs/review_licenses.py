"""`yuliao review-licenses RUN`: licence decisions put before people, and what their answers say of each rule."""

from typing import Annotated

import typer

from jobs.show.console import console as new_console
from jobs.show.precisions import precisions_table
from pipeline.answers import review
from pipeline.answers.finished_run import open_run
from shards import files


def command(
    run: Annotated[str, typer.Argument(help="the output folder of a run")],
    per_rule: Annotated[
        int, typer.Option("--per-rule", min=1, help="number of documents per rule and class of licence")
    ] = 20,
    seed: Annotated[str, typer.Option("--seed", help="a word that changes which documents are drawn")] = "",
    output: Annotated[
        str | None, typer.Option("--output", help="the file to write; default: RUN/license-review.csv")
    ] = None,
    answers: Annotated[
        str | None, typer.Option("--answers", help="the completed sample: report the precision of each rule")
    ] = None,
    hosts: Annotated[
        str | None, typer.Option("--hosts", help="with --answers: also write a host list to this file")
    ] = None,
) -> None:
    """Sample licence decisions for review, or report the precision of each rule from the answers."""
    console = new_console()
    if answers is None:
        path = output or files.join(run, "license-review.csv")
        rows = review.sample(open_run(run), per_rule, seed)
        files.write_bytes(path, review.as_csv(rows))
        strata = len({(row["rule"], row["verdict"]) for row in rows})
        console.print(f"{len(rows)} documents of {strata} rules and classes: {path}", soft_wrap=True)
        console.print("Fill in `correct` with yes, no or unsure, and who decided it when; then give it back:")
        console.print(f"    yuliao review-licenses {run} --answers {path}", soft_wrap=True)
        return
    answered = review.answers(answers)
    console.print(precisions_table(review.precisions(answered), len(answered)))
    if hosts is not None:
        listed = review.host_rows(answered)
        files.write_bytes(hosts, review.as_tsv(listed))
        console.print(f"{len(listed)} hosts: {hosts}", soft_wrap=True)
