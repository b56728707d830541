"""`yuliao schema`: the JSON Schema of a configuration, for editors."""

import json

from jobs.options import Modules
from pipeline import plugins
from pipeline.config import json_schema


def command(module: Modules = None) -> None:
    """Print the JSON Schema of a configuration: editors complete and check YAML files with it."""
    for file in module or ():
        plugins.load(file)
    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
