"""A neutral case in, its tokens out: a snapshot is made of it, the law decides, the verdict is told in its words."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from engine.decide import decide
from engine.facts import Candidate, Candidates, Snapshot
from engine.fields import FormError
from engine.law.model import Constitution
from engine.law.seal import Record, judge
from engine.verdict import Verdict
from tests.acceptance.given import scene_of
from tests.acceptance.scene import POSITIONS, Row, Scene
from tests.acceptance.tokens import Token, refused, sealed, tokens_of
from tests.acceptance.written import beside


def translate(law: Constitution, case: Mapping[str, Any]) -> list[Token]:
    """Return the tokens of what the law says about a case.

    Raises:
        UntranslatedError: The case says something that the vocabulary does not have.
    """
    scene = scene_of(case)
    if scene.has("record"):
        return sealed(judge(Record(**scene.parts["record"])))
    try:
        snapshot = snapshot_of(scene)
    except ValidationError as error:
        return list(refused(*_fault(error)))
    verdict = decide(law, snapshot)
    return list(tokens_of(verdict, rows_of(scene, verdict), [*_proposed(verdict, "candidate")]))


def snapshot_of(scene: Scene) -> Snapshot:
    """Return the snapshot that the parts of a case make up."""
    return Snapshot.model_validate(
        {
            "format": beside("healthy.yaml")["format"],
            "origin": "acceptance scenario",
            "as_of": scene.words["now"],
            "calendar": {"zone": scene.days.exchange.zone.key, "sessions": list(scene.sessions.values())},
            "market": scene.parts["market"],
            "host": scene.parts["host"],
            "symbols": [scene.parts["symbol"]],
            "accounts": list(accounts_of(scene).values()),
            "candidates": candidates_of(scene),
            "proposals": list(_there(scene, "trade")),
            "memory": scene.memory,
            "assume": list(scene.assumptions()),
        }
    )


def accounts_of(scene: Scene) -> Mapping[str, Row]:
    """Return the account of the case, and the one that is asked about, by id."""
    own = {
        "holdings": [scene.parts["holding"]],
        "positions": [*_there(scene, *POSITIONS)],
        **scene.parts["sleeve"],
    }
    orders = [*_there(scene, "order"), *scene.many.get("orphan", [])]
    asked = beside("healthy.yaml")["parts"]["account"] | {"id": scene.asked, "orders": [], "events": []}
    events = [*_there(scene, "event"), *scene.many.get("event", [])]
    told: Row = {"orders": orders, "events": events} | scene.parts["account"]
    return {
        scene.asked: asked | {"sleeves": [*_idle().values()]},
        told["id"]: told | {"sleeves": [*(_idle() | {own["kind"]: own}).values()]},
    }


def _idle() -> dict[str, Row]:
    """Return healthy sleeves that hold nothing, by kind."""
    healthy = beside("healthy.yaml")
    empty: Row = {"holdings": [], "positions": []}
    return {kind: healthy["parts"]["sleeve"] | empty | {"kind": kind} for kind in healthy["sleeves"]}


def candidates_of(scene: Scene) -> Candidates | None:
    """Return what is on offer; nothing was delivered where the case takes it away."""
    rows = [Candidate.model_validate(row) for row in _there(scene, "listed", "target", "rung")]
    return Candidates.of(rows) if rows else None


def rows_of(scene: Scene, verdict: Verdict) -> frozenset[tuple[str, str]]:
    """Return the rows that the case is about, by subject and id."""
    account = str(scene.id("account"))
    orders = [*_there(scene, "order"), *scene.many.get("orphan", [])]
    own = {("account", account), ("sleeve", str(scene.id("sleeve")))}
    own |= {("holding", str(scene.id("holding"))), ("symbol", str(scene.id("symbol")))}
    own |= {("entry", id_) for id_ in _proposed(verdict, "entry")}
    own |= {("position", row["id"]) for row in _there(scene, "position", "hedge")}
    own |= {("order", row["id"]) for row in orders}
    own |= {("event", f"{account}/{number}") for number, _ in enumerate(_there(scene, "event"))}
    others = {("account", scene.asked)}
    return frozenset({account: own}.get(scene.asked, others) | {("market", ""), ("host", "")})


def _proposed(verdict: Verdict, subject: str) -> Iterator[str]:
    """Yield the id of every proposed trade, as an entry or as a contract."""
    columns, ids = verdict.facts.columns, verdict.facts.ids
    for row, proposed in enumerate(columns["entry.proposed"]):
        if proposed:
            yield {"entry": ids["entry"][row], "candidate": ids["candidate"][columns["entry>candidate"][row]]}[subject]


def _fault(error: ValidationError) -> tuple[str, str]:
    """Return the code of the first fault of a snapshot, and the field it is about."""
    first, *_ = error.errors(include_url=False)
    *_, name = [part for part in first["loc"] if isinstance(part, str)]
    match first.get("ctx", {}).get("error"):
        case FormError(code=code):
            return code, name
        case _:
            return first["type"], name


def _there(scene: Scene, *parts: str) -> Iterator[Row]:
    yield from (scene.parts[part] for part in parts if scene.has(part))
