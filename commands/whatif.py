"""What a command line states over a snapshot: single facts with `--set`; the instant that `--as-of` says."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from engine.expr.typed import Type
from engine.facts import Assumption, Snapshot
from engine.fields import Fact, FormError
from engine.fill import fill
from engine.law.model import Constitution
from engine.law.text import Scalar, plain, read_yaml
from engine.place import FactError, Fault, Place
from engine.rows import read_fact, type_of
from engine.subjects import SUBJECTS, given

_LITERAL: Final = frozenset({"number", "bool"})
_SUCH_AS: Final = {
    "number": "66",
    "date": "2026-03-05",
    "instant": "2026-03-05T10:00:00-05:00",
    "time": "9:45",
    "bool": "true",
}
_MOST: Final = 12


def instant(text: str) -> datetime:
    """Return the instant that `--as-of` says.

    Raises:
        FormError: It is no time, or has no offset.
    """
    found: datetime = Fact("instant", "a time").read(text)
    return found


def with_facts(law: Constitution, snapshot: Snapshot, wishes: Sequence[str]) -> Snapshot:
    """Return the snapshot with facts stated over it, each as `subject.fact=value` or `subject.id.fact=value`.

    Raises:
        FactError: A fact or a row that does not exist, or a value of another kind; every fault of all of them.
    """
    ids = fill(law, snapshot).ids if wishes else {}
    faults: list[Fault] = []
    stated: list[Assumption] = []
    for wish in wishes:
        name, _, text = wish.partition("=")
        try:
            stated.append(_stated(law, ids, name, text))
        except FormError as fault:
            column = len(name) + 2 if fault.code == "type" else 1
            faults.append(Fault(Place(f"--set {wish}", 1, column), fault.code, str(fault)))
    if faults:
        raise FactError(faults)
    return snapshot.model_copy(update={"assume": (*snapshot.assume, *stated)})


def _stated(law: Constitution, ids: Mapping[str, Sequence[str]], name: str, text: str) -> Assumption:
    subject, _, rest = name.partition(".")
    id_, _, fact = rest.rpartition(".")
    kind = type_of(law, subject, fact) if subject in SUBJECTS else None
    if not (subject and fact and text):
        said = f"{name}={text}" if text or not name else name
        raise FormError("form", f"'{said}' is no statement; write subject.fact=value, such as market.vix=66")
    if kind is None:
        raise FormError("unknown-fact", f"'{subject}.{fact}' is no fact; {_hint(law, f'{subject}.{fact}')}")
    if id_:
        known = {each.replace(" ", ""): each for each in ids[subject]}
        if id_.replace(" ", "") not in known:
            close = get_close_matches(id_, known, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join([*known][:_MOST]) or 'none'}"
            raise FormError("unknown-row", f"the snapshot has no {subject} '{id_}'; {hint}")
        id_ = f"{known[id_.replace(' ', '')]}."
    return Assumption(fact=f"{subject}.{id_}{fact}", value=_value(text, kind))


def _value(text: str, kind: Type) -> Any:  # noqa: ANN401 - as YAML has it
    """Return a value as YAML reads it: numbers exact; words, dates and times also without quotes."""
    faults: list[Fault] = []
    node = read_yaml(f"{text}\n".encode(), "", faults)
    quoted = isinstance(node, Scalar) and node.quoted
    if kind.kind not in _LITERAL and text != "null" and not quoted:
        value: object = text
    elif isinstance(node, Scalar) and not faults:
        value = plain(node)
    else:
        first = faults[0] if faults else Fault(Place("", 1, 1), "type", f"'{text}' is no single value")
        raise FormError("type", first.message)
    try:
        read_fact(value, kind)
    except ValueError as fault:
        strange = kind.kind in _SUCH_AS and not (isinstance(value, int | Decimal) and not isinstance(value, bool))
        said = f"'{text}' is no {kind.kind}; write one such as {_SUCH_AS.get(kind.kind)}" if strange else str(fault)
        raise FormError("type", said) from None
    return value


def _hint(law: Constitution, name: str) -> str:
    close = get_close_matches(name, [*names(law)], 1)
    return f"did you mean '{close[0]}'?" if close else "`alluse facts` lists them"


def names(law: Constitution) -> Iterator[str]:
    """Yield every fact that can be stated, as `subject.fact`."""
    for subject in SUBJECTS:
        yield from (f"{subject}.{fact}" for fact in given(subject))
    yield from law.remembered
    yield from law.derived
    yield from (rule.name for rule in law.rules.values() if not rule.decides)
