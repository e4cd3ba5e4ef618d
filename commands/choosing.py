"""Which decisions or orders of a verdict are meant by a few words: a kind, a rule, a subject, an id, or several."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import Final

import click

from commands.tables import told
from engine.decided import Decided
from engine.verdict import Ticket, Verdict

ORDER: Final = "order"
_MOST: Final = 25


class NotOneError(click.ClickException):
    """No decision is meant, or several of different rows."""

    exit_code = 2


def choose(verdict: Verdict, words: str) -> list[Decided]:
    """Return the decisions that the words mean, all about one row; of orders, those that they come from.

    Args:
        verdict: Whose decisions.
        words: Parts separated by `:`; each is a kind, a rule, a reason, a subject, an id, an order's id, or
            `subject.id`; or, all together, `order` and the end of account, sleeve and contract.

    Raises:
        NotOneError: They mean none, or decisions about several rows; the message lists them.
    """
    if orders := ordered(verdict, words):
        return behind(verdict, orders)
    wanted = [squeezed(word) for word in words.split(":") if word]
    came = {word: behind(verdict, ordered(verdict, word)) for word in wanted}
    found = [each for each in verdict.decisions if all(word in _names(each) or each in came[word] for word in wanted)]
    if not found or not wanted:
        raise NotOneError(f"no decision is meant by '{words}'; {_hint(verdict, wanted)}")
    if len({(each.subject, each.id) for each in found}) > 1:
        raise NotOneError("\n".join(_possible(words, found)))
    return found


def ordered(verdict: Verdict, words: str, *, alone: bool = False) -> list[Ticket]:
    """Return the orders that the words mean: by an id, or as `order` and the end of account, sleeve and contract.

    Args:
        verdict: Whose orders.
        words: Parts separated by `:`.
        alone: Whether the end of account, sleeve and contract means an order by itself, too.
    """
    parts = [squeezed(word) for word in words.split(":") if word]
    named = [part for part in parts if part != ORDER]
    found = [ticket for ticket in verdict.orders if named == [squeezed(ticket.id)]]
    if found or not named or (len(named) == len(parts) and not alone):
        return found
    return [ticket for ticket in verdict.orders if all(f"/{_place(ticket)}".endswith(f"/{part}") for part in named)]


def _place(ticket: Ticket) -> str:
    return squeezed(f"{ticket.account}/{ticket.sleeve}/{ticket.contract}")


def behind(verdict: Verdict, orders: Iterable[Ticket]) -> list[Decided]:
    """Return the decisions that orders come from, each once: what permits a sale, or draws on the sum that buys."""
    law = verdict.facts.law
    kinds = {each.among for each in law.choices.values()} | {each.among for each in law.shares.values()}
    ids = {ticket.id for ticket in orders}
    rows = dict.fromkeys(_rows(verdict, ids)) if ids else ()
    return [each for row in rows for each in verdict.about(*row) if type(each).__name__ in kinds]


def _rows(verdict: Verdict, ids: AbstractSet[str]) -> Iterator[tuple[str, int]]:
    """Yield the rows whose decisions the orders of some ids come from."""
    law, decides = verdict.facts.law, verdict.program.decides
    chosen = ((law.choices[name].subject, found) for name, found in verdict.chosen.items())
    placed = [(subject, order.row, order) for subject, found in chosen for order in found.orders]
    grants = ((decides[number].subject, row, grant) for (number, row, *_), grant in verdict.grants.items())
    placed += [(subject, row, order) for subject, row, grant in grants if grant for order in grant.orders]
    for subject, row, order in placed:
        if row is not None and not ids.isdisjoint(ticket.id for ticket in verdict.tickets(order)):
            yield subject, row


def squeezed(text: str) -> str:
    """Return a name as it is compared: without blanks, in lower case."""
    return text.replace(" ", "").lower()


def _names(decision: Decided) -> dict[str, str]:
    """Return every word that means a decision, by how it is compared."""
    id_ = decision.id.replace(" ", "")
    tails = [id_.split("/", count)[-1] for count in range(1, id_.count("/") + 1)]
    reasons = [reason.code for reason in getattr(decision, "reasons", ())]
    own = [type(decision).__name__, decision.rule, decision.subject, getattr(decision, "code", "")]
    return {squeezed(name): name for name in (*own, *reasons, *tails, f"{decision.subject}.{id_}", id_)}


def _possible(words: str, found: Sequence[Decided]) -> Iterator[str]:
    yield f"'{words}' means {len(found)} decisions about several rows; name one:"
    for decision in found[:_MOST]:
        name = f"{type(decision).__name__}:{decision.id.replace(' ', '') or decision.subject}"
        yield f"  {name}  {told(decision) if type(decision).__name__ != 'EntryDenied' else _reasons(decision)}"
    if len(found) > _MOST:
        yield f"  and {len(found) - _MOST} more"


def _reasons(decision: Decided) -> str:
    return ", ".join(reason.code for reason in getattr(decision, "reasons", ()))


def _hint(verdict: Verdict, wanted: Sequence[str]) -> str:
    known = {name: told for decision in verdict.decisions for name, told in _names(decision).items()}
    for word in wanted:
        if word not in known:
            close = get_close_matches(word, known, 1)
            return (
                f"did you mean '{known[close[0]]}'?"
                if close
                else "write a kind, a rule or an id, such as Roll, roll or P1"
            )
    return "no one decision has them all"
