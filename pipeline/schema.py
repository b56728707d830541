"""The JSON Schema of a configuration for editors, with a description at every key: the code's own words.

A setting is described by its `Field(description=…)` or by the comment at it (`filters.documentation.notes`), and the
key that selects a model (`name`, `kind`) by the first sentence of the model's docstring.
"""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from filters.documentation import notes, summary


class _Described(GenerateJsonSchema):
    """Adds what the code says of a field where pydantic has nothing to say."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        said = notes(model)
        for name, described_field in described.get("properties", {}).items():
            if note := said.get(name) or _selects(model, name):
                described_field.setdefault("description", note)
        return described


def _selects(model: type[BaseModel], name: str) -> str | None:
    """Return what a key selects whose value is one word: the model itself."""
    field = model.model_fields.get(name)
    is_fixed = field is not None and get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    return summary(model) if is_fixed else None


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a model, with all that its code says of it."""
    return model.model_json_schema(schema_generator=_Described)
