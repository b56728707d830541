"""`yuliao schema`: the JSON Schema of a configuration, for editors; the same as pages of reference."""

import gc
import json
from pathlib import Path
from typing import Annotated

import typer

from jobs.options import Modules
from pipeline import plugins, reference
from pipeline.config import json_schema


def command(
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FOLDER", help="write the pages of docs/reference to a folder")
    ] = None,
    module: Modules = None,
) -> None:
    """Print the JSON Schema of a configuration: editors complete and check YAML files with it."""
    gc.disable()  # all of it lives until the process ends: collections would take a tenth of the time
    for file in module or ():
        plugins.load(file)
    schema = json_schema()
    if markdown is None:
        print(json.dumps(schema, indent=1, ensure_ascii=False))
    else:
        markdown.mkdir(parents=True, exist_ok=True)
        for name, text in reference.pages(schema).items():
            (markdown / name).write_text(text, encoding="utf-8")
    gc.freeze()  # the collection at the end of the process, too
