"""What is known of a release, as one table of facts, and what machines read of it.

    croissant.json                  MLCommons Croissant 1.1, with the terms of RAI 1.0
    policy/{class}.odrl.jsonld      W3C ODRL 2.2: what may and what must be done with documents of a class
    DATASHEET.md                    the questions of "Datasheets for Datasets" (Gebru et al., 2021)

A fact names the rule that made its number. What the pipeline does not know the publisher says (`publish.about`); what
nobody says is no blank: it is `not ours`, with the question that the publisher has to answer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from shards.release.about import About
from shards.release.layout import UNKNOWN_LICENSE
from shards.release.manifest import Manifest, by_license, rows_in

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
NOT_OURS = "not ours"


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a release, or the question that its publisher has to answer."""

    name: str
    value: str
    rule: str  # how the value was found; of what is not known, the question

    @property
    def known(self) -> bool:
        """Whether the pipeline knows it."""
        return self.value != NOT_OURS


def facts(published: Manifest) -> list[Fact]:
    """Return what is known of a release, in the order of the datasheet."""
    shards = published.shards
    held_out = rows_in([shard for shard in shards if shard.split != "train"])
    classes = sorted({shard.license_class for shard in shards})
    licences = by_license(shards)
    unlicensed = rows_in([shard for shard in shards if shard.license_class == UNKNOWN_LICENSE])
    counted = "counted: rows of the files that manifest.json lists"
    return [
        Fact("documents", f"{published.rows}", counted),
        Fact("documents held out", f"{held_out}", f"{counted} with the split `validation`"),
        Fact("languages", f"{len(published.by_language())}", f"{counted}, by `language`"),
        Fact("bytes of shards", f"{sum(shard.bytes for shard in shards)}", "counted: bytes of the files in data/"),
        Fact("classes of licence", ", ".join(classes) or "none", "counted: `license_class` of the files in data/"),
        Fact("licences", _counted(licences) or "none", "counted: `license` of every document"),
        Fact("documents without a known licence", f"{unlicensed}", "counted: files `unlicensed-*`"),
        Fact("authorisations", f"{len(published.authorisations)}", "counted: `authorisations` of manifest.json"),
        *_answers(published),
    ]


ASKED = "Where do rights holders and suppliers write?"


def _answers(published: Manifest) -> Iterator[Fact]:
    """Yield what the publisher says, and of what it does not say the question."""
    yield Fact("contact", published.contact or NOT_OURS, _rule("contact") if published.contact else ASKED)
    for name, field in About.model_fields.items():
        answer = str(getattr(published.about, name))
        yield Fact(name.replace("_", " "), answer or NOT_OURS, _rule(f"about.{name}") if answer else _question(field))


def _rule(setting: str) -> str:
    return f"stated by the publisher: `publish.{setting}`"


def _question(field: FieldInfo) -> str:
    return (field.description or "").partition(": ")[2]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'none'}: {count}" for name, count in counts.items())


def croissant(published: Manifest, data_set: str, manifest_sha256: str) -> bytes:
    """Return `croissant.json`: the release as MLCommons Croissant has it."""
    table = facts(published)
    said = {fact.name: fact.value if fact.known else f"{fact.value}: {fact.rule}" for fact in table}
    content = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": published.title,
        "description": f"{published.rows} documents in {len(published.by_language())} languages; README.md tells more.",
        "version": f"0.0.0+{manifest_sha256[:16]}",
        "url": f"https://{data_set}",
        "license": _licences(published),
        "creator": {"@type": "sc:Organization", "name": data_set},
        "citeAs": f"{published.title}, {data_set}, manifest {manifest_sha256}",
        "isLiveDataset": False,
        "inLanguage": sorted(published.by_language()),
        "distribution": list(_distribution(published, manifest_sha256)),
        "recordSet": [_records(published)],
        "rai:dataCollection": "Web archives and collections, as the lineage beside manifest.json names them.",
        "rai:dataPreprocessingProtocol": "The stages, settings and code that the lineage names.",
        "rai:dataAnnotationProtocol": said["review"],
        "rai:dataBiases": said["biases"],
        "rai:dataUseCases": said["uses"],
        "rai:personalSensitiveInformation": said["personal data"],
        "rai:dataReleaseMaintenancePlan": said["maintenance"],
    }
    return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode()


def _licences(published: Manifest) -> list[str]:
    return [name or "none known" for name in by_license(published.shards)] or ["none"]


def _distribution(published: Manifest, manifest_sha256: str) -> Iterator[dict[str, Any]]:
    yield {
        "@type": "cr:FileObject",
        "@id": "manifest",
        "name": "manifest",
        "description": "Every file with its rows, bytes and SHA-256.",
        "contentUrl": "manifest.json",
        "encodingFormat": "application/json",
        "sha256": manifest_sha256,
    }
    for name, shards in published.by_language().items():
        yield {
            "@type": "cr:FileSet",
            "@id": f"documents-{name}",
            "name": f"documents-{name}",
            "description": f"{rows_in(shards)} documents in {name}",
            "encodingFormat": "application/vnd.apache.arrow.file",
            "includes": f"data/{name}/*.arrow",
        }


TYPES = {
    "string": "sc:Text",
    "int64": "sc:Integer",
    "int32": "sc:Integer",
    "float": "sc:Float",
    "date32[day]": "sc:Date",
}


def _records(published: Manifest) -> dict[str, Any]:
    sets = [{"@id": f"documents-{name}"} for name in published.by_language()]
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"documents/{name}",
            "name": name,
            "dataType": TYPES.get(kind, "sc:Text"),
            "source": {"fileSet": sets[0], "extract": {"column": name}},
        }
        for name, kind in published.columns.items()
        if sets
    ]
    return {"@type": "cr:RecordSet", "@id": "documents", "name": "documents", "field": fields}


@dataclass(frozen=True)
class Terms:
    """What a class of licence permits and asks."""

    permits: tuple[str, ...]
    asks: tuple[str, ...] = ()


def offers(published: Manifest, data_set: str) -> dict[str, bytes]:
    """Return an ODRL offer for each class of licence, by its path."""
    return {
        f"policy/{name}.odrl.jsonld": _offer(name, published, data_set)
        for name in sorted({shard.license_class for shard in published.shards})
    }


# What the texts of a class oblige to; legal advice is not ours, and each document's own licence decides.
TERMS = {
    "open": Terms(("reproduce", "derive", "distribute", "tdm:mine")),
    "permissive": Terms(("reproduce", "derive", "distribute", "tdm:mine"), ("attribute",)),
    "sharealike": Terms(("reproduce", "derive", "distribute", "tdm:mine"), ("attribute", "cc:ShareAlike")),
    "noncommercial": Terms(("reproduce", "derive", "tdm:mine"), ("attribute",)),
    "noderivs": Terms(("reproduce",), ("attribute",)),
    "contract": Terms(("tdm:mine",), ("attribute",)),
}
REMOVE = "remove documents that `tombstones.arrow` of a later release names; within how many days: "


def _offer(name: str, published: Manifest, data_set: str) -> bytes:
    terms = TERMS.get(name, Terms(()))
    target = f"https://{data_set}#{name}"
    permissions = [
        {"action": action, "target": target, "duty": [{"action": duty} for duty in terms.asks]}
        | ({"constraint": [COMMERCE]} if name == "noncommercial" else {})
        for action in terms.permits
    ]
    content: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"tdm": "http://www.w3.org/ns/tdmrep#"}],
        "@type": "Offer",
        "uid": f"https://{data_set}/policy/{name}",
        "assigner": f"https://{data_set}",
        "permission": permissions,
        "obligation": [
            {"action": "delete", "target": target, "rdfs:comment": f"{REMOVE}{published.about.removal or NOT_OURS}"}
        ],
    }
    if not permissions:
        everything = ("reproduce", "derive", "distribute")
        content["prohibition"] = [{"action": action, "target": target} for action in everything]
        del content["permission"]
    content["rdfs:comment"] = _counted(by_license([s for s in published.shards if s.license_class == name]))
    return f"{json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)}\n".encode()


COMMERCE = {"leftOperand": "purpose", "operator": "neq", "rightOperand": "commercial"}


def datasheet(published: Manifest) -> bytes:
    """Return `DATASHEET.md`: every fact with the rule that made it, then the questions that are not ours."""
    table = facts(published)
    return "\n".join(
        [
            f"# Datasheet: {published.title}",
            "",
            "| what | value | how it was found |",
            "|---|---|---|",
            *(f"| {fact.name} | {fact.value} | {fact.rule} |" for fact in table if fact.known),
            "",
            *(_open_questions(table)),
        ]
    ).encode()


def _open_questions(table: Sequence[Fact]) -> list[str]:
    unknown = [fact for fact in table if not fact.known]
    if not unknown:
        return []
    return [
        "What follows is for whoever publishes the data to answer; the pipeline does not know it.",
        "",
        "| what | | question |",
        "|---|---|---|",
        *(f"| {fact.name} | {fact.value} | {fact.rule} |" for fact in unknown),
        "",
    ]


def documents(published: Manifest, data_set: str, manifest_sha256: str) -> dict[str, bytes]:
    """Return every file that is made of the facts, by its path."""
    return {
        "croissant.json": croissant(published, data_set, manifest_sha256),
        "DATASHEET.md": datasheet(published),
        **offers(published, data_set),
    }
