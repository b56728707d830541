"""Check files as they are committed: no packages and nothing large; texts end lines properly; YAML, TOML, JSON parse.

usage: .ci/files.py FILE ...
"""

import json
import sys
import tomllib
from pathlib import Path

import yaml

TEXTS = {".c", ".json", ".md", ".py", ".toml", ".yaml", ""}
PACKAGES = {".egg", ".gz", ".jar", ".rar", ".tar", ".tgz", ".whl", ".xz", ".zip", ".7z", ".bz2"}
LARGEST = 1_000_000  # bytes: three times the largest file that belongs here, a lock


def faults(path: Path) -> list[str]:
    """Return what is wrong with a file, in one line each."""
    if path.suffix in PACKAGES:
        return [f"{path}: a package or an archive, which is fetched or built, never committed"]
    if (size := path.stat().st_size) > LARGEST:
        return [f"{path}: {size:,} bytes, where a committed file has {LARGEST:,} at most"]
    return text_faults(path) if path.suffix in TEXTS else []


def text_faults(path: Path) -> list[str]:
    """Return what is wrong with a text, in one line each."""
    text = path.read_text(encoding="utf-8")
    found = [
        f"{path}:{number}: blanks at the end"
        for number, line in enumerate(text.split("\n"), 1)
        if line != line.rstrip()
    ]
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        found.append(f"{path}: ends without a line's end, or with several")
    try:
        match path.suffix:
            case ".json":
                json.loads(text)
            case ".toml":
                tomllib.loads(text)
            case ".yaml":
                yaml.compose(text, yaml.CSafeLoader)  # !include is for pipeline.config to read
    except ValueError as error:  # of JSON and TOML
        found.append(f"{path}: {error}")
    except yaml.YAMLError as error:
        found.append(f"{path}: {error}")
    return found


def main(names: list[str]) -> int:
    found = [fault for name in names for fault in faults(Path(name))]
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
