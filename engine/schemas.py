"""JSON Schema 2020-12 for every kind of file, from the models: what an editor says while somebody types."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from engine.decisions import BY_THE_ENGINE, KINDS, fields
from engine.expr.units import UNITS
from engine.law.authored import FactName, Identifier, Interpretations, Items, Kind, Section, Tensions, Version
from engine.law.read import pattern_of
from engine.law.seal import Seal
from engine.law.slots import SLOTS
from engine.snapshot_schema import snapshot_schema, untitled
from engine.subjects import SUBJECTS
from engine.verdict import Document

Schema: TypeAlias = dict[str, Any]

_LAW: Final[Mapping[str, type[BaseModel]]] = {
    "section": Section,
    "constitution": Version,
    "interpretations": Interpretations,
    "items": Items,
    "tensions": Tensions,
    "seal": Seal,
}
_SUBJECT_WORDS: Final = {"enum": list(SUBJECTS)}
_CLOSED: Final[Mapping[str, Schema]] = {
    "unit": {"enum": [name for name, unit in UNITS.items() if unit.kind != "series"]},  # only a snapshot has series
    "for": _SUBJECT_WORDS,
    "shared_by": _SUBJECT_WORDS,
    "one_of_each": _SUBJECT_WORDS,
    "of": _SUBJECT_WORDS,
}
_FACT: Final = {"pattern": rf"^({'|'.join(SUBJECTS)})\.[a-z][a-z0-9_]*$"}
_DECIMAL: Final = {"pattern": r"^-?[0-9]+(\.[0-9]+)?(E[-+]?[0-9]+)?$"}


def schemas() -> dict[str, Schema]:
    """Return every schema by the name of its kind of file."""
    found = {name: _authored(model) for name, model in _LAW.items()}
    return {
        name: _headed(name, schema)
        for name, schema in (found | {"snapshot": snapshot_schema(), "verdict": _verdict()}).items()
    }


def schema_files() -> dict[str, str]:
    """Return the text of every schema by the name of its file."""
    return {f"{name}.schema.json": rendered(schema) for name, schema in schemas().items()}


def rendered(schema: Schema) -> str:
    """Return a schema as it stands in its file."""
    return json.dumps(schema, indent="  ", ensure_ascii=False) + "\n"


def _headed(name: str, schema: Schema) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:alluse:schema:{name}",
        "$comment": "Written by `alluse schema --write` from the models; change those.",
        "title": name.capitalize(),
        **{key: value for key, value in schema.items() if key not in ("$schema", "title", "$defs")},
        **({"$defs": schema["$defs"]} if "$defs" in schema else {}),
    }


def _authored(model: type[BaseModel]) -> Schema:
    schema: Schema = untitled(_closed("", model.model_json_schema(by_alias=True)))
    if model is Version:
        schema["properties"]["arbitration"]["propertyNames"] = {"enum": list(SLOTS)}
        schema["$defs"]["Slot"]["properties"]["strongest"]["items"] = {"enum": list(KINDS)}
    return schema


def _closed(name: str, schema: Any) -> Any:  # noqa: ANN401 - as many types as JSON has
    """Return a schema with the words that the engine knows in place of the form of a word."""
    if isinstance(schema, list):
        return [_closed(name, item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    form = schema.get("pattern")
    if form == pattern_of(FactName):
        return schema | _FACT
    if form == pattern_of(Kind):
        return _chosen(schema, {"enum": sorted(KINDS.keys() - BY_THE_ENGINE)})
    if form == pattern_of(Identifier) and name in _CLOSED:
        return _chosen(schema, _CLOSED[name])
    inside = {key: _closed(name if key in ("anyOf", "items") else key, value) for key, value in schema.items()}
    return _named(inside)


def _chosen(schema: Schema, words: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in ("pattern", "type")} | words


def _named(schema: Schema) -> Schema:
    """Return a mapping's schema so that a key of another form is a fault, not one more thing that is allowed."""
    patterns = schema.get("patternProperties")
    if not isinstance(patterns, dict) or len(patterns) > 1:
        return schema
    ((pattern, value),) = patterns.items()
    keys = _FACT if pattern == pattern_of(FactName) else {"pattern": pattern}
    rest = {key: inner for key, inner in schema.items() if key != "patternProperties"}
    return rest | {"propertyNames": keys, "additionalProperties": value}


def _verdict() -> Schema:
    schema = Document.model_json_schema(by_alias=True, mode="serialization")
    schema["properties"]["decisions"]["items"].pop("discriminator")
    for kind in KINDS:
        properties = schema["$defs"][kind]["properties"]
        for name, told in fields(kind).items():
            number = told.type.kind == "number"
            properties[name] |= {"description": f"{told.means} [{told.unit}]"} | (_DECIMAL if number else {})
    for part in (schema, *schema["$defs"].values()):
        part["required"] = list(part["properties"])
    whole: Schema = untitled(schema)
    return whole
