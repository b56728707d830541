"""Clinical trials as ClinicalTrials.gov gives them: studies of its API v2, one, a page of them, or JSON Lines.

Read after the study data structure of the API (https://clinicaltrials.gov/data-api/about-api/study-data-structure).
Names, telephone numbers and addresses of contacts and investigators are not told: they are people's.
"""

from collections.abc import Iterator, Mapping

from pipeline.records.facts import Cells, Fact, Json, Record, Word, at, content_of, present, spelt, strings, texts

_FEW = 12  # places, arms and outcomes that are told; the numbers of others are counted as left out


def records(content: object) -> Iterator[Record]:
    """Yield the record of every study."""
    listed = content.get("studies") if isinstance(content, Mapping) and "studies" in content else content
    for study in listed if isinstance(listed, list) else [listed]:
        if isinstance(study, Mapping):
            yield _record(study)


def listed(holder: object, path: str) -> list[Json]:
    """Return the objects of a list at a path."""
    value = at(holder, path)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _record(study: Json) -> Record:
    protocol = at(study, "protocolSection")
    number = spelt(at(protocol, "identificationModule.nctId"))
    design = at(protocol, "designModule")
    facts: dict[str, Fact | None] = {
        "nct": number,
        "title": spelt(at(protocol, "identificationModule.briefTitle")),
        "official": spelt(at(protocol, "identificationModule.officialTitle")),
        "sponsor": spelt(at(protocol, "sponsorCollaboratorsModule.leadSponsor.name")),
        "collaborators": [
            name
            for one in listed(protocol, "sponsorCollaboratorsModule.collaborators")
            for name in texts(one.get("name"))
        ],
        "status": _word(at(protocol, "statusModule.overallStatus")),
        "stopped": spelt(at(protocol, "statusModule.whyStopped")),
        "start": spelt(at(protocol, "statusModule.startDateStruct.date")),
        "end": spelt(at(protocol, "statusModule.completionDateStruct.date")),
        "summary": _paragraphs(at(protocol, "descriptionModule.briefSummary")),
        "description": _paragraphs(at(protocol, "descriptionModule.detailedDescription")),
        "conditions": texts(at(protocol, "conditionsModule.conditions")),
        "type": _word(at(design, "studyType")),
        "phases": [Word(phase) for phase in texts(at(design, "phases"))],
        "allocation": _word(at(design, "designInfo.allocation")),
        "model": _word(at(design, "designInfo.interventionModel")),
        "purpose": _word(at(design, "designInfo.primaryPurpose")),
        "masking": _word(at(design, "designInfo.maskingInfo.masking")),
        "enrolled": spelt(at(design, "enrollmentInfo.count")),
        "enrolment": _word(at(design, "enrollmentInfo.type")),
        "arms": [_arm(one) for one in listed(protocol, "armsInterventionsModule.armGroups")[:_FEW]],
        "interventions": [
            _intervention(one) for one in listed(protocol, "armsInterventionsModule.interventions")[:_FEW]
        ],
        "primary": [_outcome(one) for one in listed(protocol, "outcomesModule.primaryOutcomes")[:_FEW]],
        "secondary": [_outcome(one) for one in listed(protocol, "outcomesModule.secondaryOutcomes")[:_FEW]],
        "criteria": _paragraphs(at(protocol, "eligibilityModule.eligibilityCriteria")),
        "sex": _word(at(protocol, "eligibilityModule.sex")),
        "youngest": spelt(at(protocol, "eligibilityModule.minimumAge")),
        "oldest": spelt(at(protocol, "eligibilityModule.maximumAge")),
        "countries": _countries(protocol),
        "measured": [
            row
            for one in listed(study, "resultsSection.outcomeMeasuresModule.outcomeMeasures")[:_FEW]
            for row in _results(one)
        ],
    }
    columns = {
        "url": f"https://clinicaltrials.gov/study/{number}" if number else None,
        "published": spelt(at(protocol, "statusModule.studyFirstPostDateStruct.date")),
    }
    return Record("trials", present(facts), content_of(strings(_without_people(study))), number, columns=columns)


def _word(value: object) -> Word | None:
    said = spelt(value)
    return Word(said) if said and said != "NA" else None


def _paragraphs(value: object) -> str | None:
    return value.replace("\r", "").strip() or None if isinstance(value, str) else None


def _arm(arm: Json) -> Cells:
    return {
        "label": spelt(arm.get("label")),
        "type": _word(arm.get("type")),
        "description": spelt(arm.get("description")),
    }


def _intervention(one: Json) -> Cells:
    return {
        "name": spelt(one.get("name")),
        "type": _word(one.get("type")),
        "description": spelt(one.get("description")),
    }


def _outcome(one: Json) -> Cells:
    return {
        "measure": spelt(one.get("measure")),
        "frame": spelt(one.get("timeFrame")),
        "description": spelt(one.get("description")),
    }


def _results(outcome: Json) -> Iterator[Cells]:
    """Yield the values of an outcome that was measured, with their groups and units."""
    groups = {spelt(group.get("id")): spelt(group.get("title")) for group in listed(outcome, "groups")}
    for row in listed(outcome, "classes"):
        for category in listed(row, "categories"):
            for value in listed(category, "measurements"):
                named = [spelt(row.get("title")), spelt(category.get("title")), groups.get(spelt(value.get("groupId")))]
                yield {
                    "outcome": spelt(outcome.get("title")),
                    "group": "; ".join(name for name in named if name),
                    "value": spelt(value.get("value")),
                    "spread": spelt(value.get("spread")) or _between(value),
                    "unit": spelt(outcome.get("unitOfMeasure")),
                }


def _between(value: Json) -> str | None:
    low, high = spelt(value.get("lowerLimit")), spelt(value.get("upperLimit"))
    return f"{low} to {high}" if low and high else None


def _countries(protocol: object) -> list[str]:
    places = listed(protocol, "contactsLocationsModule.locations")
    return list(dict.fromkeys(name for place in places for name in texts(place.get("country"))))


def _without_people(study: Json) -> dict[str, object]:
    protocol = at(study, "protocolSection")
    kept = (
        {key: value for key, value in protocol.items() if key != "contactsLocationsModule"}
        if isinstance(protocol, Mapping)
        else {}
    )
    return {**{key: value for key, value in study.items() if key != "protocolSection"}, "protocolSection": kept}
