"""Texts about software in many languages, as near misses of the domains: JSON Lines with their licences.

    python -m tests.benchmarks.software_texts build/software build/software.jsonl.gz

reads the packages that `make negatives` puts into a folder (Django and Sphinx, BSD): their catalogues of messages, in
about a hundred languages, forty messages to a text, and the documentation in their modules, in English.
"""

import ast
import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from filters.languages.labels import canonical, meaning

MESSAGES = 40  # of a text
SHORTEST = 400  # characters
PER_LANGUAGE = 30
LICENCE = "BSD-3-Clause"
_MESSAGE = re.compile(r'^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MARK = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]*>|[`*]")
SCRIPTS = {
    "zh_Hans": "zho_Hans",
    "zh_CN": "zho_Hans",
    "zh_Hant": "zho_Hant",
    "zh_TW": "zho_Hant",
    "sr_Latn": "srp_Latn",
}
USUAL = {"en": "eng_Latn", "ar": "arb_Arab", "fa": "pes_Arab", "ms": "zsm_Latn", "sw": "swh_Latn", "sr": "srp_Cyrl"}


def language(label: str) -> str | None:
    """Return the tag of a folder of catalogues: `pt_BR` is por_Latn."""
    primary = label.partition("_")[0]
    if label in SCRIPTS or primary in USUAL:
        return SCRIPTS.get(label) or USUAL[primary]
    try:
        code, scripts = meaning(primary)
        return canonical(f"{code}_{scripts[0]}") if scripts else None
    except ValueError:
        return None


def messages(catalogue: str) -> list[str]:
    """Return the translated messages of a catalogue of gettext, without what stands in for values."""
    found = []
    for match in _MESSAGE.finditer(catalogue):
        said = "".join(_QUOTED.findall(match[1])).replace('\\"', '"').replace("\\n", " ")
        said = " ".join(_MARK.sub("", said).split())
        if len(said) > 15 and "Content-Type:" not in said:
            found.append(said)
    return found


def texts(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield texts with their language and the file they are from."""
    for path in sorted(folder.rglob("*.po")):
        tag = language(path.parts[-3])
        said = messages(path.read_text(encoding="utf-8", errors="replace"))
        for first in range(0, len(said), MESSAGES):
            if tag:
                yield tag, "\n".join(said[first : first + MESSAGES]), str(path.relative_to(folder))
    for path in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
        said = [text for node in nodes if (text := ast.get_docstring(node)) and len(text) > 60]
        if said:
            yield "eng_Latn", "\n\n".join(said)[:6000], str(path.relative_to(folder))


def main(folder: Path, out: Path) -> None:
    """Write the texts, so many of each language, English of modules apart."""
    taken: dict[tuple[str, bool], int] = {}
    lines = []
    for tag, text, file in texts(folder):
        key = (tag, file.endswith(".po"))
        most = PER_LANGUAGE if key[1] else 20 * PER_LANGUAGE
        if len(text) < SHORTEST // (4 if tag.startswith(("zho", "jpn", "kor")) else 1) or taken.get(key, 0) >= most:
            continue
        taken[key] = taken.get(key, 0) + 1
        row = {"lang": tag, "text": text, "licence": LICENCE, "weights": "yes", "path": file, "near_miss": "software"}
        lines.append(json.dumps(row, ensure_ascii=False))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))
    print(f"{len(lines)} texts in {len({tag for tag, _ in taken})} languages")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
