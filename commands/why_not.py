"""`alluse why-not`: what stood in the way of something, and the smallest change that would have cleared it."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from commands.choosing import ORDER, NotOneError, behind, ordered
from commands.evaluate import decided, snapshot_options
from commands.law import law_folder, law_options, read_law
from commands.render import present, say
from commands.tables import assumed, placed, told
from commands.unmade import Pages, Sheet
from commands.wanting import name_of, want, want_bought
from engine.decided import Decided
from engine.unmade import unmade
from engine.verdict import Ticket, Verdict
from engine.wanted import Wanted

_HAPPENED: Final = 1
_EXAMPLES: Final = """\b
Examples:
  alluse why-not fixtures/snapshots/level_two.yaml Roll:P2
  alluse why-not fixtures/snapshots/level_two.yaml HedgedWeek
  alluse why-not fixtures/snapshots/calm_thursday.yaml QQQ260306P00603000
  alluse why-not fixtures/snapshots/calm_thursday.yaml order:A1/gen/QQQ260306P00603000
  alluse why-not fixtures/snapshots/level_two.yaml order:SPX260918P05600000

\b
Exit codes: 0 it did not happen, and this is why; 1 it did happen, and `alluse why` says why; 2 nothing or several
things are meant, or the snapshot or the law is malformed.
"""


@click.command(name="why-not", epilog=_EXAMPLES)
@snapshot_options
@click.argument("what", metavar="WHAT")
@law_options
@click.option("--all", "every", is_flag=True, help="Try every fact that could have done it, not the nearest few.")
@click.option("--full", is_flag=True, help="Open every definition, and list parameters and facts.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def command(
    context: click.Context,
    *,
    path: Path,
    what: str,
    wishes: tuple[str, ...],
    as_of: datetime | None,
    law: Path | None,
    constitution: str | None,
    every: bool,
    full: bool,
    form: str,
) -> None:
    """Say what stood in the way of something, and the smallest change that would have cleared it.

    WHAT is a kind of decision, a rule or the reason of a refusal, and a row, with a colon between: Roll:P1,
    EntryPermitted:A1/gen/IWM260306P00200000, Fork:A1/gen, delta_in_band:IWM260306P00200000; a kind alone where there is
    one row of it: HedgedWeek; order: and a contract; a contract alone; an order's id. An order sells, or buys with what
    a hedge or another decision gets: then the contract that was picked instead is told, and in what this one comes
    after it or does not fit. Every clause is listed with the margin by which it fails. A change moves one given fact to
    the nearest tick, day, second or word, and is decided again before it is told. With the time every observation
    moves, as with --as-of.
    """
    verdict, offset = decided(read_law(law_folder(law, constitution)), path, wishes, as_of)
    if orders := ordered(verdict, what, alone=True):
        _placed(verdict, orders, form)
        context.exit(_HAPPENED)
    bought = want_bought(verdict, what)
    wanted = _of_entry(verdict, what, bought)
    if wanted.made(verdict):
        _happened(verdict, wanted, form)
        context.exit(_HAPPENED)
    if form == "json":
        told_ = [Sheet(verdict, unmade(verdict, each, every=every), full).document() for each in (wanted, *bought)]
        click.echo(json.dumps({**told_[0], "bought": told_[1:]}, ensure_ascii=False, indent=1))
    else:
        pages = Pages(verdict, every, full)
        say(*present(assumed(verdict, offset))[1:], *pages.parts(wanted, bought))


def _of_entry(verdict: Verdict, what: str, bought: Sequence[Wanted]) -> Wanted:
    """Return what is asked about; of an order that could be bought for one sleeve, what stands for that sleeve."""
    try:
        return want(verdict, what)
    except NotOneError:
        if not bought:
            raise
        return want(verdict, name_of(verdict, bought[0]))


def _placed(verdict: Verdict, orders: Sequence[Ticket], form: str) -> None:
    """Say that orders were placed, by which decision, and how to ask why."""
    places = dict.fromkeys(f"{each.account}/{each.sleeve}/{each.contract.replace(' ', '')}" for each in orders)
    one, made = next(iter(places)), behind(verdict, orders)
    name = f"{ORDER}:{one if len(places) == 1 else one.rpartition('/')[2]}"
    if form == "json":
        _write(name, made, orders=[ticket.model_dump(mode="json") for ticket in orders])
        return
    said = f"{', '.join(placed(orders))}; by {', '.join(map(told, made))}"
    click.echo(f"{name} did happen: {said}.\n`alluse why SNAPSHOT {name}` says why.")


def _happened(verdict: Verdict, wanted: Wanted, form: str) -> None:
    """Say that it did happen, and how to ask why."""
    name, made = name_of(verdict, wanted), _made(verdict, wanted)
    if form == "json":
        _write(name, made)
        return
    if wanted.requirement is not None:
        click.echo(f"{name} is met; nothing stands in its way.")
        return
    click.echo(f"{name} did happen: {', '.join(map(told, made))}.\n`alluse why SNAPSHOT {name}` says why.")


def _write(name: str, made: Sequence[Decided], **more: object) -> None:
    document = {"wanted": name, "happened": True, "decisions": [each.model_dump(mode="json") for each in made], **more}
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _made(verdict: Verdict, wanted: Wanted) -> list[Decided]:
    rules = {rule.id for rule in wanted.rules}
    return [each for each in verdict.about(wanted.subject, wanted.row) if each.rule in rules]
