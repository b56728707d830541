"""`yuliao schema`: the JSON Schema of a configuration, for editors."""

import json

from pipeline.config import json_schema


def command() -> None:
    """Print the JSON Schema of a configuration: editors complete and check YAML files with it."""
    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
