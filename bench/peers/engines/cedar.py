"""Cedar in Rust: `cedarpy`. What was determining in a refusal are the policies that forbid: the reasons."""

import json
from typing import Any, Final

from cedarpy import AuthzResult, Entities, PolicySet, is_authorized, is_authorized_batch

from bench.peers.scene import Answers, Scene, joined

PACKAGES: Final = ("cedarpy",)
_REQUEST: Final = {"principal": 'Sleeve::"sleeve"', "action": 'Action::"sell"', "resource": 'Contract::"contract"'}


class CedarError(Exception):
    """Cedar skips a policy that it cannot evaluate, which would permit."""


def _reasons(result: AuthzResult) -> list[str]:
    if result.diagnostics.errors:
        raise CedarError(result.diagnostics.errors[0])
    return list(result.diagnostics.id_annotations_by_reason.values())


class Text:
    """`is_authorized` with the policies as text and the facts as context"""

    def __init__(self, text: str) -> None:
        self.policies = text

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return [{**_REQUEST, "context": rows} for rows in joined(scene)]

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        return [_reasons(is_authorized(request, self.policies, [])) for request in native]


class Handles:
    """`is_authorized_batch` with a parsed PolicySet; market, account, symbols, contracts as entities of one text"""

    def __init__(self, text: str) -> None:
        self.policies = PolicySet.from_str(text)

    def ready(self, scene: Scene) -> tuple[str, list[dict[str, Any]]]:
        contracts = [str(candidate["id"]) for candidate in scene["candidates"]]
        requests = [{**_REQUEST, "resource": f'Contract::"{contract}"', "context": "{}"} for contract in contracts]
        return json.dumps(_entities(scene)), requests

    def answer(self, native: tuple[str, list[dict[str, Any]]]) -> Answers:
        entities, requests = native
        results = is_authorized_batch(requests, self.policies, Entities.from_json_str(entities))
        return [_reasons(result) for result in results]


class HandlesAndContext:
    """`is_authorized_batch` with a parsed PolicySet and no entities, the facts as context"""

    def __init__(self, text: str) -> None:
        self.policies = PolicySet.from_str(text)
        self.nothing = Entities.from_json_str("[]")

    def ready(self, scene: Scene) -> list[dict[str, Any]]:
        return [{**_REQUEST, "context": json.dumps(rows)} for rows in joined(scene)]

    def answer(self, native: list[dict[str, Any]]) -> Answers:
        return [_reasons(result) for result in is_authorized_batch(native, self.policies, self.nothing)]


def _entities(scene: Scene) -> list[dict[str, Any]]:
    behind = {subject: _at(subject.title(), subject) for subject in ("host", "market", "account")}
    rows = [(_uid(subject.title(), subject), scene[subject]) for subject in behind]
    rows.append((_uid("Sleeve", "sleeve"), {**scene["sleeve"], **behind}))
    for listed, kind in (("symbols", "Symbol"), ("holdings", "Holding")):
        rows += [(_uid(kind, name), row) for name, row in scene[listed].items()]
    for candidate in scene["candidates"]:
        name = candidate["underlying"]
        beside = {"symbol": _at("Symbol", name), "holding": _at("Holding", name)}
        rows.append((_uid("Contract", str(candidate["id"])), {**candidate, **beside}))
    return [{"uid": uid, "attrs": row, "parents": []} for uid, row in rows]


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _at(kind: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": _uid(kind, name)}
