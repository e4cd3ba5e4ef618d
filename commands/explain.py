"""`alluse explain`: why a decision is as it is, re-evaluated with every value."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from commands.choosing import choose
from commands.evaluate import decided, snapshot_options
from commands.law import law_folder, law_options, read_law
from commands.render import present, say
from commands.tables import assumed
from commands.tree import Paper
from engine.explain import explain
from engine.explanation import Explained, Explanation, Ground, Step
from engine.law.model import Origin
from engine.wording import plain_number

_DEPTH: Final = click.IntRange(min=1)
_EXAMPLES: Final = """\b
Examples:
  alluse explain fixtures/snapshots/level_two.yaml P1
  alluse explain fixtures/snapshots/level_two.yaml roll --full
  alluse explain fixtures/snapshots/calm_thursday.yaml EntryDenied:A1/gen/QQQ260306P00603000

\b
Exit codes: 0 explained, 2 no decision or several are meant, or the snapshot or the law is malformed.
"""


def paper_options(command: click.decorators.FC) -> click.decorators.FC:
    """Add how much of a derivation is opened, and the form it is told in."""
    for add in (
        click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True),
        click.option("--full", is_flag=True, help="Open everything, also what did not decide."),
        click.option("--depth", type=_DEPTH, default=3, show_default=True, help="Definitions to open in a row."),
    ):
        command = add(command)
    return command


@click.command(name="explain", epilog=_EXAMPLES)
@snapshot_options
@click.argument("words", metavar="DECISION")
@law_options
@paper_options
def command(
    *,
    path: Path,
    words: str,
    wishes: tuple[str, ...],
    as_of: datetime | None,
    law: Path | None,
    constitution: str | None,
    depth: int,
    full: bool,
    form: str,
) -> None:
    """Say why a decision is as it is, with every value.

    DECISION is a kind, a rule, a reason, an id, or several of them with colons between: Roll, roll, P1, Roll:P1,
    delta:A1/gen/QQQ260306P00603000. All decisions about one row are explained together; of several rows, they are
    listed. An order's id, or order: and its contract, means the decision behind it, as for why.
    """
    verdict, offset = decided(read_law(law_folder(law, constitution)), path, wishes, as_of)
    found = [explain(verdict, decision) for decision in choose(verdict, words)]
    if form == "json":
        told = {"assume": verdict.document().assume, "explanations": [written(each) for each in found]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    say(*present(assumed(verdict, offset))[1:], *Paper(found, None if full else depth).parts())


def written(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON has it: numbers as decimals in text, every fact's definition once."""
    seen: set[tuple[str, str]] = set()
    return {
        "decision": explanation.decision.model_dump(mode="json"),
        **grounds(explanation, seen),
    }


def grounds(explained: Explained, seen: set[tuple[str, str]]) -> dict[str, Any]:
    """Return grounds, and what they cite, rest on and read; a fact's definition that was `seen` is only named."""
    return {
        "grounds": [_ground(ground, seen) for ground in explained.grounds],
        "items": {name: item.text for name, item in explained.items.items()},
        "interpretations": {name: each.model_dump(mode="json") for name, each in explained.rulings.items()},
        "parameters": {
            name: {"value": each.written, "unit": each.unit, **_origin(each.origin)}
            for name, each in explained.parameters.items()
        },
        "facts": [
            {"fact": each.name, "id": each.id, "value": each.plain, "unit": each.unit, "place": _text(each.place)}
            for each in explained.facts.values()
        ],
    }


def _ground(ground: Ground, seen: set[tuple[str, str]]) -> dict[str, Any]:
    steps = [_step(step, seen) for step in ground.steps]
    return {"name": ground.name, "role": ground.role, "reason": ground.reason, **_origin(ground.origin), "steps": steps}


def _step(step: Step, seen: set[tuple[str, str]]) -> dict[str, Any]:
    """Return a step without what is empty; a definition that stands above is only named."""
    again = bool(step.name) and (step.name, step.id) in seen
    seen.add((step.name, step.id))
    margin = None if step.margin is None else {"amount": plain_number(step.margin), "unit": step.margin_unit}
    told = {
        "label": step.label, "fact": step.name, "id": step.id, "form": step.form, "says": step.says,
        "unit": step.unit, "unknown": list(step.unknown), "margin": margin,
        "reads": [f"{name} {id_}".strip() for name, id_ in step.reads], "above": again and bool(step.parts),
        "parts": [] if again else [_step(part, seen) for part in step.parts],
    }  # fmt: skip
    found = {key: value for key, value in told.items() if value}
    return {**found, "value": step.plain, **(_origin(step.origin) if step.origin else {})}


def _origin(origin: Origin) -> dict[str, Any]:
    return {"cites": list(origin.cites), "rests_on": list(origin.rests_on), "place": str(origin.place)}


def _text(place: object) -> str | None:
    return None if place is None else str(place)
