"""`alluse why`: the derivation of one decision or one order."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from commands.choosing import NotOneError, choose, ordered
from commands.evaluate import decided, snapshot_options
from commands.explain import paper_options, written
from commands.law import law_folder, law_options, read_law
from commands.render import present, say
from commands.tables import assumed, placed
from commands.tree import Paper
from commands.wanting import name_of, want
from engine.decided import Decided
from engine.explain import explain
from engine.verdict import Ticket, Verdict

_EXAMPLES: Final = """\b
Examples:
  alluse why fixtures/snapshots/level_two.yaml Roll:P1
  alluse why fixtures/snapshots/calm_thursday.yaml order:IWM260306P00258000
  alluse why fixtures/snapshots/level_two.yaml order:SPX260918P05300000 --full

\b
Exit codes: 0 told, 2 no decision or several are meant, or the snapshot or the law is malformed.
"""


@click.command(name="why", epilog=_EXAMPLES)
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
    """Say why something was decided, or ordered: its rules, facts, limits, margins and lines.

    DECISION is a kind, a rule, a reason, an id, or several of them with colons between, as for explain: Roll:P1. An
    order is meant by its id, or by order: and its contract; it rests on the decision behind it, whether that permits a
    sale or deploys a hedge. What did not happen is a question for why-not.
    """
    verdict, offset = decided(read_law(law_folder(law, constitution)), path, wishes, as_of)
    orders = ordered(verdict, words)
    found = [explain(verdict, each) for each in _chosen(verdict, words)]
    if form == "json":
        told = {"assume": verdict.document().assume, "orders": [ticket.model_dump(mode="json") for ticket in orders]}
        told["explanations"] = [written(each) for each in found]
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    paper = Paper(found, None if full else depth)
    say(*present(assumed(verdict, offset))[1:], *map(_said, orders), *([""] if orders else []), *paper.parts())


def _chosen(verdict: Verdict, words: str) -> list[Decided]:
    """Return the decisions that words mean; where they mean something that did not happen, say so."""
    try:
        return choose(verdict, words)
    except NotOneError as error:
        missing = _unmade(verdict, words)
        raise NotOneError(f"{missing} did not happen; ask `alluse why-not`") if missing else error from None


def _unmade(verdict: Verdict, words: str) -> str:
    """Return what did not happen, if the words mean one such thing."""
    try:
        wanted = want(verdict, words)
    except NotOneError:
        return ""
    return "" if wanted.made(verdict) else name_of(verdict, wanted)


def _said(ticket: Ticket) -> Text:
    return Text.assemble((next(placed([ticket])), "bold"), (f"  {ticket.id}", "dim"))
