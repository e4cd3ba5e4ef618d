"""Which decisions of a verdict are meant by a few words: a kind, a rule, a subject, an id, or some of them."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

import click

from commands.tables import told
from engine.decided import Decided
from engine.verdict import Verdict

_MOST: Final = 25


class NotOneError(click.ClickException):
    """No decision is meant, or several of different rows."""

    exit_code = 2


def choose(verdict: Verdict, words: str) -> list[Decided]:
    """Return the decisions that the words mean, all about one row.

    Args:
        verdict: Whose decisions.
        words: Parts separated by `:`; each is a kind, a rule, a reason, a subject, an id, or `subject.id`.

    Raises:
        NotOneError: They mean none, or decisions about several rows; the message lists them.
    """
    wanted = [squeezed(word) for word in words.split(":") if word]
    orders = {squeezed(order.id): f"{order.account}/{order.sleeve}/{order.contract}" for order in verdict.orders}
    wanted = [squeezed(orders.get(word, word)) for word in wanted]
    found = [each for each in verdict.decisions if all(word in _names(each) for word in wanted)]
    if not found or not wanted:
        raise NotOneError(f"no decision is meant by '{words}'; {_hint(verdict, wanted)}")
    if len({(each.subject, each.id) for each in found}) > 1:
        raise NotOneError("\n".join(_possible(words, found)))
    return found


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
