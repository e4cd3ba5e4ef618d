"""The JSON Schema of a snapshot's file, made from the models, so that an editor says what may stand where."""

from typing import Any, Final, TypeAlias

from pydantic.json_schema import models_json_schema

from engine.facts import Candidate, Snapshot, readings

Schema: TypeAlias = dict[str, Any]
_SIDECAR: Final = {
    "type": "string",
    "pattern": r"^(?!/)(?!.*\.\.)[^\\]+\.(parquet|csv|json)$",
    "description": "a table beside the snapshot, under the names of the columns",
}


def snapshot_schema() -> Schema:
    """Return the schema, 2020-12; whether a file contradicts itself is found only by reading it."""
    _, schema = models_json_schema([(Snapshot, "validation"), (Candidate, "validation")])
    definitions = schema["$defs"]
    root = definitions.pop("Snapshot")
    root["properties"]["candidates"] = {"$ref": "#/$defs/Candidates"}
    definitions["Candidates"] = _candidates()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Snapshot",
        **untitled(root),
        "$defs": {name: untitled(definition) for name, definition in sorted(definitions.items())},
    }


def _candidates() -> Schema:
    known = readings().items()
    facts = {name: reading.fact.json_schema(nullable=reading.nullable) for name, reading in known}
    columns = {name: {"anyOf": [{"type": "array", "items": fact}, fact]} for name, fact in facts.items()}
    needed = [name for name, field in Candidate.model_fields.items() if field.is_required()]
    return {
        "description": "the contracts on offer; null or absent where no chain was delivered",
        "oneOf": [
            {"type": "null"},
            {"description": "rows", "type": "array", "items": {"$ref": "#/$defs/Candidate"}},
            {
                "description": "columns of one length; a single value holds for every contract",
                "type": "object",
                "properties": columns,
                "additionalProperties": False,
                "anyOf": [{"maxProperties": 0}, {"required": needed}],
            },
            {
                "description": "a table in a file; a single value beside it holds for every contract",
                "type": "object",
                "properties": {"file": _SIDECAR, **facts},
                "required": ["file"],
                "additionalProperties": False,
            },
        ],
    }


def untitled(schema: Any) -> Any:  # noqa: ANN401 - as many types as JSON has
    """Return a schema without the titles that repeat the names of fields."""
    if isinstance(schema, list):
        return [untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    return {key: untitled(value) for key, value in kept.items()}
