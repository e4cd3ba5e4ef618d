"""What the law says it carries out and rests on, held against items.yaml and interpretations.yaml."""

from collections.abc import Iterator
from typing import Final

from engine.law.authored import Interpretation, LawItem
from engine.law.finding import Files, Finding, near
from engine.law.text import Mapping, Node, Scalar, Sequence
from engine.place import Place

_ITEMS: Final = "items.yaml"
_RULINGS: Final = "interpretations.yaml"
_TENSIONS: Final = "tensions.yaml"
_STRANGE: Final = {
    "cites": ("unknown-item", "item of the law", _ITEMS),
    "between": ("unknown-item", "item of the law", _ITEMS),
    "rests_on": ("unknown-ruling", "interpretation", _RULINGS),
}


def citations(files: Files) -> Iterator[Finding]:
    """Yield citations of items and rulings that do not exist, and pieces of the law that cite nothing."""
    known: dict[str, dict[str, LawItem] | dict[str, Interpretation]]
    known = {"cites": _items(files), "between": _items(files), "rests_on": _rulings(files)}
    for name, file in files.items():
        for owner, key, value in _said(file.node, None) if name != _ITEMS else ():
            words = _scalars(value)
            if key == "cites" and not words and name != _RULINGS:
                message = f"'{owner}' cites no item; name the item of the law that it carries out"
                yield Finding(value.place, "uncited", message)
            for word in words:
                if known[key] and word.text not in known[key]:
                    code, what, file_name = _STRANGE[key]
                    hint = near(word.text, known[key], f"{file_name} lists what there is")
                    yield Finding(word.place, code, f"'{word.text}' is no {what}; {hint}")


def unused(files: Files) -> Iterator[Finding]:
    """Yield the items of kind `rule` that nothing here carries out, and the rulings that nothing rests on."""
    said = [
        (key, word.text)
        for name, file in files.items()
        if name not in (_ITEMS, _RULINGS, _TENSIONS)
        for _, key, value in _said(file.node, None)
        for word in _scalars(value)
    ]
    cited = {word for key, word in said if key == "cites"}
    rested = {word for key, word in said if key == "rests_on"}
    for item, law_item in _items(files).items():
        if law_item.kind == "rule" and law_item.room is None and item not in cited:
            place = _place(files, _ITEMS, "items", item)
            yield Finding(place, "uncited-item", f"nothing carries out {item}, which is a rule")
    for ruling in _rulings(files).keys() - rested:
        place = _place(files, _RULINGS, "interpretations", ruling)
        yield Finding(place, "unused-ruling", f"nothing rests on {ruling}")


def _items(files: Files) -> dict[str, LawItem]:
    return files[_ITEMS].model.items if _ITEMS in files else {}


def _rulings(files: Files) -> dict[str, Interpretation]:
    return files[_RULINGS].model.interpretations if _RULINGS in files else {}


def _place(files: Files, file: str, part: str, name: str) -> Place:
    node = files[file].node
    inner = node.get(part) if isinstance(node, Mapping) else None
    key = inner.key(name) if isinstance(inner, Mapping) else None
    return (key or node).place


def _said(node: Node, owner: str | None) -> Iterator[tuple[str | None, str, Node]]:
    """Yield every `cites`, `between` and `rests_on` with the name of what says it."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _said(item, owner)
    if isinstance(node, Mapping):
        for key, value in node.items:
            if key.text in _STRANGE and not isinstance(value, Mapping):
                yield owner, key.text, value
            else:
                yield from _said(value, key.text)


def _scalars(value: Node) -> tuple[Scalar, ...]:
    match value:
        case Scalar():
            return (value,)
        case Sequence(items=items):
            return tuple(item for item in items if isinstance(item, Scalar))
        case Mapping():
            return ()
