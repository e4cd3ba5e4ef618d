"""The words of a neutral case, told into the parts of a snapshot. Words are renamed and reshaped; nothing is judged."""

from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.acceptance.days import days
from tests.acceptance.reshape import RESHAPES
from tests.acceptance.scene import Scene
from tests.acceptance.written import beside


class UntranslatedError(LookupError):
    """The vocabulary has no such word, or not with this value."""


def scene_of(case: Mapping[str, Any]) -> Scene:
    """Return the parts of a case, every word of it told, what it does not mention healthy.

    Raises:
        UntranslatedError: The case has a word, or a value of one, that the vocabulary does not have.
    """
    vocabulary, healthy = beside("vocabulary.yaml"), beside("healthy.yaml")
    if unknown := case.keys() - vocabulary["words"].keys():
        raise UntranslatedError(", ".join(sorted(unknown)))
    words = healthy["words"] | _implied(healthy["implied"], case) | case
    absent = {part for part, said in vocabulary["parts"].items() if not case.keys() & set(said)}
    when = days(datetime.fromisoformat(words["now"]))
    parts = {
        part: {name: when.dated(value) for name, value in row.items()}
        for part, row in healthy["parts"].items()
        if not {part} & absent
    }
    scene = Scene(words, parts, when)
    for word, ways in vocabulary["words"].items():
        if {word} & words.keys():
            _tell(scene, word, ways, words[word])
    return scene


def _implied(words: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what goes without saying beside the values that a case gives some words."""
    said = [values.get(_spelled(case.get(word)), {}) for word, values in words.items()]
    return dict(ChainMap(*said))


def _tell(scene: Scene, word: str, ways: Mapping[str, Any], value: object) -> None:
    cases = ways.get("cases", {})
    way = cases.get(_spelled(value))
    for item in _items(ways, value):
        if {item} - ways["items"].keys():
            raise UntranslatedError(f"{word}: {item}")
        _say(scene, ways["items"][item], item)
    match way:
        case {"alone": True}:
            pass
        case None if cases and not ways.keys() - {"cases"}:
            raise UntranslatedError(f"{word}: {value}")
        case _:
            _say(scene, ways, value)
    if way:
        _say(scene, way, value)


def _items(ways: Mapping[str, Any], value: object) -> list[Any]:
    match value:
        case list() as items if {"items"} & ways.keys():
            return items
        case None:
            return []
        case _:
            return [value] if {"items"} & ways.keys() else []


def _say(scene: Scene, way: Mapping[str, Any], value: object) -> None:
    match value:
        case None:
            for target in way.get("missing") or way.get("put", ()):
                scene.put(target, None)
        case _:
            _give(scene, way, value)
    for target, given in way.get("set", {}).items():
        scene.put(target, given)
    for fact, given in way.get("state", {}).items():
        subject, _, _ = fact.partition(".")
        scene.state(subject, fact, given)
    for part, kept in way.get("keep", {}).items():
        for fact, given in kept.items():
            scene.remember(part, fact, given)
    for part, row in way.get("add", {}).items():
        scene.many.setdefault(part, []).append(row)
    if latch := way.get("latch"):
        scene.latch(latch)
    if reshape := way.get("reshape"):
        RESHAPES[reshape](scene, value)


def _give(scene: Scene, way: Mapping[str, Any], value: Any) -> None:  # noqa: ANN401 - as the case has it
    for target in way.get("put", ()):
        scene.put(target, value)
    for target in way.get("sold", ()):
        scene.put(target, -value)
    for parts, fact in way.get("assume", {}).items():
        scene.state(parts, fact, value)
    for part, fact in way.get("remember", {}).items():
        scene.remember(part, fact, value)
    if each := way.get("each"):
        part, _, name = each.partition(".")
        scene.many[part] = [{**scene.parts[part], name: item} for item in value]


def _spelled(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Mapping():
            return ".".join(map(str, value.values()))
        case _:
            return str(value)
