"""`yuliao schema`: the JSON Schema of a configuration, for editors."""

import gc
import json

from jobs.options import Modules
from pipeline import plugins
from pipeline.config import json_schema


def command(module: Modules = None) -> None:
    """Print the JSON Schema of a configuration: editors complete and check YAML files with it."""
    gc.disable()  # all of it lives until the process ends: collections would take a tenth of the time
    for file in module or ():
        plugins.load(file)
    text = json.dumps(json_schema(), indent=1, ensure_ascii=False)
    gc.freeze()  # the collection at the end of the process, too
    print(text)
