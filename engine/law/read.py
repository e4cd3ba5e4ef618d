"""The files of a version: read strictly, checked against their models, every fault with its place."""

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from engine.fields import shown
from engine.law.authored import (
    FactName,
    Identifier,
    Interpretations,
    Item,
    Items,
    Kind,
    Room,
    Ruling,
    Section,
    Tensions,
    Version,
    Word,
)
from engine.law.text import Mapping, Node, Scalar, Sequence, plain, read_yaml
from engine.place import Fault, Place

LIMIT_BYTES = 4 * 1024 * 1024
Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """One file: its nodes and, where it is sound, its model."""

    file: str
    node: Node
    model: Any


def file_models() -> dict[str, type[BaseModel]]:
    """Return the model of each kind of file, by the schema's name."""
    return {
        "constitution": Version, "section": Section, "interpretations": Interpretations, "items": Items,
        "tensions": Tensions,
    }  # fmt: skip


def model_of(file: str) -> str | None:
    """Return the kind of a file of the law by its name."""
    stem = file.removesuffix(".yaml")
    if stem in ("constitution", "interpretations", "items", "seal", "tensions"):
        return stem
    return "section" if stem[:2].isdigit() and stem[2:3] == "-" else None


def node_at(node: Node, path: Path_) -> tuple[Node, Scalar | None]:
    """Return the node a model's path leads to, as far as it goes, and the key it stands under."""
    key: Scalar | None = None
    for step in path:
        match node:
            case Mapping(entries=entries):
                key, node = entries.get(str(step), (key, node))
            case Sequence(items=values) if isinstance(step, int) and step < len(values):
                node = values[step]
            case _:
                continue
    return node, key


def validate(node: Node, model: type[Model], faults: list[Fault]) -> Model | None:
    """Return the node as a model, or record each of its faults."""
    try:
        return model.model_validate(plain(node))
    except ValidationError as error:
        faults.extend(_faults(error, node, model))
        return None


def _faults(error: ValidationError, root: Node, model: type[BaseModel]) -> Iterator[Fault]:
    """Yield one fault for each place and field: the branches of a union fail together."""
    together: dict[tuple[Place, str], list[Any]] = {}
    for found in error.errors(include_url=False):
        path = found["loc"]
        node, key = node_at(root, path)
        of_key = key is not None and (found["type"] == "extra_forbidden" or path[-1] == "[key]")
        name = str(path[-1]) if found["type"] == "missing" else key.text if key else "the file"
        where = key.place if of_key and key is not None else node.place
        together.setdefault((where, name), []).append(found)
    for (where, name), errors in together.items():
        yield Fault(where, *_explain(name, errors, model))


def _explain(name: str, errors: list[Any], model: type[BaseModel]) -> tuple[str, str]:
    kinds = {found["type"]: found for found in errors}
    if "extra_forbidden" in kinds:
        close = difflib.get_close_matches(name, sorted(_names(model)), 1)
        hint = f"did you mean '{close[0]}'?" if close else "the schema beside the file lists what may stand here"
        return "unknown-field", f"'{name}' is not known here; {hint}"
    if "missing" in kinds:
        return "missing-field", f"'{name}' is missing; add it"
    if "string_pattern_mismatch" in kinds:
        found = kinds["string_pattern_mismatch"]
        pattern = found["ctx"]["pattern"]
        return "form", f"{shown(found['input'])} is not {_forms().get(pattern, f'of the form {pattern}')}"
    due = [_DUE[found["type"]] for found in errors if found["type"] in _DUE]
    if len(due) == len(errors):
        return "type", f"'{name}' is {shown(errors[0]['input'])}; write {', or '.join(dict.fromkeys(due))}"
    message = next(found["msg"] for found in errors if found["type"] not in _DUE).removeprefix("Value error, ")
    return "type", f"'{name}': {message[0].lower()}{message[1:]}"


def pattern_of(form: object) -> str:
    """Return the pattern of one of the forms that a text of the law may have."""
    return next(str(rule.pattern) for rule in get_args(form)[1].metadata if hasattr(rule, "pattern"))


def _forms() -> dict[str, str]:
    """Return what the patterns of the models mean, in words."""
    forms = (Item, Ruling, Word, Identifier, FactName, Kind, Room)
    return {pattern_of(form): get_args(form)[1].description for form in forms}


_DUE: Final = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "decimal_type": "a number",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def _names(model: type[BaseModel], seen: frozenset[type] = frozenset()) -> set[str]:
    """Return every field name that occurs in a model, for suggestions."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(field.alias or name)
        for inner in _models(field.annotation):
            if inner not in seen:
                names |= _names(inner, seen | {model, inner})
    return names


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any type form
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)


def read_folder(folder: Path, faults: list[Fault]) -> tuple[dict[str, Written], dict[str, str]]:
    """Return the sound files of a version by name, and the SHA-256 of every file's bytes."""
    written: dict[str, Written] = {}
    digests: dict[str, str] = {}
    if not folder.is_dir():
        faults.append(
            Fault(Place(folder.name, 1, 1), "no-law", f"'{folder}' is no folder; name one such as constitution/1.3")
        )
        return written, digests
    for path in sorted(folder.iterdir()):
        if path.suffix != ".yaml" or path.name == "seal.yaml":
            continue
        found = _read(path, faults, digests)
        if found:
            written[path.name] = found
    if "constitution.yaml" not in digests:
        faults.append(Fault(Place("constitution.yaml", 1, 1), "no-law", f"'{folder}' has no constitution.yaml"))
    return written, digests


def _read(path: Path, faults: list[Fault], digests: dict[str, str]) -> Written | None:
    kind = model_of(path.name)
    here = Place(path.name, 1, 1)
    if kind is None:
        faults.append(Fault(here, "file-name", "is no file of the law; sections are named 06-protocol.yaml"))
        return None
    if not path.is_file():
        faults.append(Fault(here, "unreadable", "is a folder, pipe or device; a law is made of files"))
        return None
    if path.stat().st_size > LIMIT_BYTES:
        faults.append(Fault(here, "too-large", f"is larger than {LIMIT_BYTES} bytes; a section is a few pages"))
        return None
    data = path.read_bytes()
    digests[path.name] = hashlib.sha256(data).hexdigest()
    node = read_yaml(data, path.name, faults)
    if node is None:
        return None
    explained, found = {fault.place for fault in faults}, list[Fault]()
    model = validate(node, file_models()[kind], found)
    faults.extend(fault for fault in found if fault.place not in explained)
    return None if model is None else Written(path.name, node, model)
