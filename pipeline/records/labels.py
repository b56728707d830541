"""Labels of medicines as openFDA gives them: a label, the `results` of a page or a bulk file, or JSON Lines.

Read after https://open.fda.gov/apis/drug/label/searchable-fields/. The sections are told as they stand: of a label no
word may change.
"""

import re
from collections.abc import Iterator, Mapping

from pipeline.records.facts import Fact, Json, Record, Word, at, content_of, present, spelt, strings, texts

SECTIONS = (
    *("boxed_warning", "purpose", "indications_and_usage", "dosage_and_administration", "dosage_forms_and_strengths"),
    *("contraindications", "warnings", "warnings_and_cautions", "precautions", "adverse_reactions"),
    *("drug_interactions", "use_in_specific_populations", "pregnancy", "pediatric_use", "geriatric_use", "overdosage"),
    *("description", "clinical_pharmacology", "mechanism_of_action", "pharmacokinetics", "clinical_studies"),
    *("how_supplied", "storage_and_handling", "inactive_ingredient", "information_for_patients", "do_not_use"),
    *("ask_doctor", "stop_use", "when_using", "keep_out_of_reach_of_children"),
)


def records(content: object) -> Iterator[Record]:
    """Yield the record of every label."""
    listed = content.get("results") if isinstance(content, Mapping) and "results" in content else content
    for label in listed if isinstance(listed, list) else [listed]:
        if isinstance(label, Mapping):
            yield _record(label)


def _record(label: Json) -> Record:
    facts: dict[str, Fact | None] = {
        name: texts(at(label, f"openfda.{field}"))
        for name, field in (
            *(("brand", "brand_name"), ("generic", "generic_name"), ("maker", "manufacturer_name")),
            *(("substances", "substance_name"), ("classes", "pharm_class_epc"), ("mechanisms", "pharm_class_moa")),
            ("application", "application_number"),
        )
    }
    facts["routes"] = [Word(route) for route in texts(at(label, "openfda.route"))]
    facts["type"] = [Word(kind) for kind in texts(at(label, "openfda.product_type"))]
    facts["effective"] = _day(spelt(label.get("effective_time")))
    facts["ingredients"] = texts(label.get("active_ingredient"))
    facts["version"] = spelt(label.get("version"))
    facts["name"] = next(
        (value[:1] for key in ("brand", "generic") if isinstance(value := facts[key], list) and value), None
    )
    facts["sections"] = "\n\n".join(_sections(label))
    number = spelt(label.get("set_id")) or spelt(label.get("id"))
    facts["set"] = number
    columns = {
        "published": _day(spelt(label.get("effective_time"))),
        "url": f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={number}" if number else None,
    }
    said = {**label, "effective_time": columns["published"]}
    return Record("labels", present(facts), content_of(strings(said)), number, columns=columns)


def _day(digits: str | None) -> str | None:
    """Return a day of eight digits as ISO 8601 spells it."""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits and re.fullmatch(r"\d{8}", digits) else digits


def _sections(label: Json) -> Iterator[str]:
    for name in SECTIONS:
        said = [part.strip() for part in _parts(label.get(name)) if part.strip()]
        if said:
            yield "## " + name.replace("_", " ").capitalize()
            yield from said


def _parts(value: object) -> list[str]:
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
