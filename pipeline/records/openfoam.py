"""OpenFOAM cases: solver, time, mesh, boundary conditions, models, and what the log of a run says of its residuals.

Read after the user guide (https://doc.openfoam.com/2312/fundamentals/input-output/ and /fundamentals/case-structure/):
dictionaries of `keyword value;` and `keyword { … }`, lists in brackets, `//` and `/* */` for comments. `$macros` and
`#directives` are told as they stand; nothing is evaluated.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pipeline.records.facts import Cells, Fact, Record, content_of, present

Dictionary: TypeAlias = "dict[str, str | Dictionary]"

CONTROL = "system/controlDict"
FOLDERS = ("system", "constant", "0", "0.orig")
_TOKEN = re.compile(r'//[^\n]*|/\*.*?(?:\*/|\Z)|#\{.*?(?:#\}|\Z)|"[^"]*"|[{};]|[^\s{};"]+', re.DOTALL)
_DEEPEST = 20
_LONGEST = 300  # characters of a value that is told: longer ones are lists of the mesh
_PATCHES = 60
_SOLVED = re.compile(r"Solving for ([\w.]+), Initial residual = (\S+), Final residual = (\S+), No Iterations (\d+)")
_CONTINUITY = re.compile(r"continuity errors : sum local = (\S+), global = (\S+), cumulative = (\S+)")
_TIME = re.compile(r"^Time = (\S+)\s*$", re.MULTILINE)
_CLOCK = re.compile(r"ExecutionTime = (\S+) s")
_CHECKED = re.compile(
    r"^[ \t]+(points|faces|internal faces|cells|hexahedra|prisms|tetrahedra|polyhedra):[ \t]+(\d+)\s*$", re.MULTILINE
)
_COURANT = re.compile(r"Courant Number mean: (\S+) max: (\S+)")


def case(files: Mapping[str, str], name: str) -> Record:
    """Return the record of a case of this name: the texts of its files by their paths below it."""
    control = dictionary(files.get(CONTROL, ""))
    fields = {
        posixpath.basename(path): dictionary(text) for path, text in files.items() if path.startswith(("0/", "0.orig/"))
    }
    facts: dict[str, Fact | None] = {name: _value(control, key) for name, key in _CONTROL.items()}
    facts["case"] = name or None
    facts |= _models(files) | _numerics(files) | _log(files)
    facts["mesh"] = list(
        _mesh(dictionary(files.get("system/blockMeshDict") or files.get("constant/polyMesh/blockMeshDict", "")))
    )
    facts["patches"] = list(_boundary(fields))[:_PATCHES]
    facts["fields"] = sorted(name for name, entries in fields.items() if "boundaryField" in entries)
    facts["initial"] = [
        {"field": name, "value": value, "dimensions": _value(entries, "dimensions")}
        for name, entries in sorted(fields.items())
        if (value := _value(entries, "internalField"))
    ]
    return Record("openfoam", present(facts), content_of([name, *files.values()]))


_CONTROL = {
    "solver": "application",
    "start": "startTime",
    "end": "endTime",
    "step": "deltaT",
    "write": "writeInterval",
    "write_control": "writeControl",
    "courant": "maxCo",
}


def dictionary(text: str) -> Dictionary:
    """Return what a file of OpenFOAM holds: values as they are spelt, dictionaries within it."""
    whole: Dictionary = {}
    stack, held = [whole], list[str]()
    for mark in _TOKEN.findall(text):
        if mark.startswith(("//", "/*")):
            continue
        if mark == "{":
            inner: Dictionary = {}
            if len(stack) <= _DEEPEST:
                stack[-1][_name(held)] = inner
            stack.append(inner)
            held = []
        elif mark in ("}", ";"):
            if len(held) > 1:
                stack[-1][held[0].strip('"')] = " ".join(held[1:])
            held = []
            if mark == "}" and len(stack) > 1:
                stack.pop()
        else:
            held.append(mark)
    return whole


def _name(held: list[str]) -> str:
    return held[-1].strip('"') if held else ""


def _value(dictionary: Dictionary, key: str) -> str | None:
    value = dictionary.get(key)
    return value if isinstance(value, str) and len(value) <= _LONGEST else None


def _inner(dictionary: Dictionary, key: str) -> Dictionary:
    value = dictionary.get(key)
    return value if isinstance(value, dict) else {}


def _models(files: Mapping[str, str]) -> dict[str, Fact | None]:
    turbulence = dictionary(files.get("constant/turbulenceProperties") or files.get("constant/momentumTransport", ""))
    transport = dictionary(files.get("constant/transportProperties") or files.get("constant/physicalProperties", ""))
    kind = _value(turbulence, "simulationType")
    inner = _inner(turbulence, kind or "")
    gravity = _value(dictionary(files.get("constant/g", "")), "value")
    return {
        "simulation": kind,
        "model": _value(inner, "RASModel") or _value(inner, "LESModel") or _value(inner, "model"),
        "transport": _value(transport, "transportModel") or _value(transport, "viscosityModel"),
        "viscosity": _value(transport, "nu"),
        "gravity": gravity,
    }


def _numerics(files: Mapping[str, str]) -> dict[str, Fact | None]:
    schemes, solution = dictionary(files.get("system/fvSchemes", "")), dictionary(files.get("system/fvSolution", ""))
    algorithm = next((name for name in ("SIMPLE", "PISO", "PIMPLE", "potentialFlow") if name in solution), None)
    rows: list[Cells] = [
        {"of": kind.removesuffix("Schemes"), "term": term, "scheme": scheme}
        for kind in ("ddtSchemes", "gradSchemes", "divSchemes", "laplacianSchemes")
        for term, scheme in _inner(schemes, kind).items()
        if isinstance(scheme, str)
    ]
    solvers: list[Cells] = [
        {
            "field": field,
            **{key: _value(entries, key) for key in ("solver", "preconditioner", "smoother", "tolerance", "relTol")},
        }
        for field, entries in _inner(solution, "solvers").items()
        if isinstance(entries, dict)
    ]
    return {"algorithm": algorithm, "schemes": rows, "solvers": solvers}


def _mesh(blocks: Dictionary) -> Iterator[str]:
    """Yield the blocks of blockMesh as they are written: hex (0 1 …) (cells) simpleGrading (…)."""
    said = blocks.get("blocks")
    if isinstance(said, str):
        yield from (
            " ".join(block.split()) for block in re.findall(r"hex\s*\([^()]*\)[^h]{0,200}?\([^()]*\)", said)[:20]
        )


def _boundary(fields: Mapping[str, Dictionary]) -> Iterator[Cells]:
    for name, dictionary in sorted(fields.items()):
        for patch, condition in _inner(dictionary, "boundaryField").items():
            if isinstance(condition, dict):
                others = (
                    f"{key} {value}"
                    for key, value in condition.items()
                    if key != "type" and isinstance(value, str) and len(value) <= _LONGEST
                )
                yield {"patch": patch, "field": name, "type": _value(condition, "type"), "values": "; ".join(others)}


def _log(files: Mapping[str, str]) -> dict[str, Fact | None]:
    """Return what the logs say: cells of checkMesh, the residuals of the last step, the time that was reached."""
    said = "\n".join(text for path, text in sorted(files.items()) if posixpath.basename(path).startswith("log"))
    times = list(_TIME.finditer(said))
    last = said[times[-1].start() :] if times else ""
    clock, courant = _CLOCK.findall(said), _COURANT.findall(last)
    continuity = _CONTINUITY.findall(last)
    return {
        "checked": [{"kind": kind, "count": count} for kind, count in _CHECKED.findall(said)],
        "residuals": [
            dict(zip(("field", "initial", "final", "iterations"), residual, strict=True))
            for residual in _SOLVED.findall(last)
        ],
        "reached": times[-1][1] if times else None,
        "steps": [str(len(times))] if times else None,
        "clock": clock[-1] if clock else None,
        "courant_mean": courant[-1][0] if courant else None,
        "courant_max": courant[-1][1] if courant else None,
        "continuity": continuity[-1][0] if continuity else None,
    }
