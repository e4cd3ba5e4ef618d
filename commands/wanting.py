"""What is asked about that did not happen: a kind or a rule, and a row, out of a few words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from commands.choosing import ORDER, NotOneError, squeezed
from engine.bought import buyers
from engine.decisions import BY_THE_ENGINE
from engine.law.model import Choice, Constitution, Rule
from engine.subjects import SUBJECTS
from engine.verdict import Verdict
from engine.wanted import Wanted

_MOST: Final = 12
_CLOSE: Final = 3
_ALERT: Final = "Alert"


@dataclass(frozen=True)
class _Meant:
    """What the words mean of the law, `named` as they were written, and the words that are left to name a row."""

    named: str
    rows: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    choice: Choice | None = None
    requirements: tuple[Rule, ...] = ()

    @property
    def subjects(self) -> list[str]:
        """What the rules speak of."""
        return [*dict.fromkeys(rule.subject for rule in self.rules or self.requirements)]

    def of(self, subject: str, row: int) -> list[Wanted]:
        """Return what is asked about a row."""
        if self.rules:
            return [Wanted(subject, row, tuple(rule for rule in self.rules if rule.subject == subject), self.choice)]
        return [Wanted(subject, row, requirement=rule) for rule in self.requirements if rule.subject == subject]


def want(verdict: Verdict, text: str) -> Wanted:
    """Return what is asked about.

    Args:
        verdict: In which it did not happen, or did.
        text: Parts separated by `:`, each a kind, a rule, a reason, a subject, an id, the tail of one, or `order`.

    Raises:
        NotOneError: Nothing is meant, or several rows; the message says what to write.
    """
    parts = [part for part in text.split(":") if part]
    if not parts:
        raise NotOneError("nothing is asked about; write a kind and a row, such as Roll:P1")
    meant = _meant(verdict.facts.law, parts)
    found = [each for subject in meant.subjects for row in _rows(verdict, subject, meant.rows)
             for each in meant.of(subject, row)] or [*_below(verdict, meant)]  # fmt: skip
    found = _least(verdict, meant, found) if len(found) > 1 else found
    if not found:
        raise NotOneError(_no_row(verdict, meant))
    if len(found) > 1:
        raise NotOneError("\n".join(_several(verdict, meant, found)))
    return _ordered(verdict, meant, found[0])


def want_bought(verdict: Verdict, text: str) -> list[Wanted]:
    """Return, of an order or a contract that is asked about, the nearest ways to buy it with what sums pay for.

    Args:
        verdict: In which it was not bought, or was.
        text: As for `want`.
    """
    law, columns = verdict.facts.law, verdict.facts.columns
    parts = [part for part in text.split(":") if part]
    words = [part for part in parts if squeezed(part) != ORDER]
    if not words or any(squeezed(word) in _known(law) for word in words):
        return []
    subjects = dict.fromkeys(choice.subject for choice in law.choices.values())
    rows = [(subject, row) for subject in subjects for row in _rows(verdict, subject, words)]
    offered = {columns[f"{subject}>candidate"][row] for subject, row in rows}
    sleeves = {columns[f"{subject}>sleeve"][row] for subject, row in rows}
    return buyers(verdict, offered.pop(), sleeves) if len(offered) == 1 else []


def name_of(verdict: Verdict, wanted: Wanted) -> str:
    """Return what is asked about as a command line says it."""
    if wanted.buys:
        above = verdict.evaluator.rows(wanted.subject, wanted.row)["sleeve"] or 0
        return f"{ORDER}:{verdict.facts.ids['sleeve'][above]}/{wanted.contract.replace(' ', '')}"
    what = wanted.requirement.id if wanted.requirement else ORDER if wanted.choice else _named(wanted.rules)
    id_ = verdict.facts.ids[wanted.subject][wanted.row].replace(" ", "")
    return f"{what}:{id_}" if id_ else what


def _named(rules: Sequence[Rule]) -> str:
    return rules[0].id if len(rules) == 1 and rules[0].kind == _ALERT else rules[0].kind


def _meant(law: Constitution, parts: Sequence[str]) -> _Meant:
    words = [part for part in parts if squeezed(part) in _known(law)]
    rows = tuple(part for part in parts if part not in words)
    if not words:
        return _Meant("", rows, _chosen_among(law))
    what, *others = words
    if refusal := [kind for kind in BY_THE_ENGINE if squeezed(kind) == squeezed(what)]:
        said = f"{refusal[0]} is how a refusal is told, and `alluse why` says why"
        raise NotOneError(f"{said}; write what was refused, such as EntryPermitted or Roll")
    if others:
        raise NotOneError(f"'{what}' and '{others[0]}' both say what; write one of them, and a row")
    if squeezed(what) == ORDER:
        return _Meant(what, rows, _chosen_among(law), next(iter(law.choices.values()), None))
    called = [rule for rule in law.rules.values() if squeezed(what) in _called(rule)]
    exact = [rule for rule in called if squeezed(rule.id) == squeezed(what)] or called
    if any(rule.decides for rule in exact):
        return _Meant(what, rows, tuple(rule for rule in exact if rule.decides))
    return _Meant(what, rows, requirements=tuple(exact))


def _known(law: Constitution) -> frozenset[str]:
    """Return every word that says what: kinds, rules, reasons, `order`."""
    rules = (name for rule in law.rules.values() for name in _called(rule))
    return frozenset({ORDER, *map(squeezed, BY_THE_ENGINE), *rules})


def _called(rule: Rule) -> tuple[str, ...]:
    """Return what a rule is called by: its own name, and what it decides or the reason that it gives."""
    return squeezed(rule.id), squeezed(rule.kind if rule.decides else rule.reason)


def _chosen_among(law: Constitution) -> tuple[Rule, ...]:
    kinds = {choice.among for choice in law.choices.values()}
    return tuple(rule for rule in law.rules.values() if rule.decides and rule.kind in kinds)


def _rows(verdict: Verdict, subject: str, words: Sequence[str]) -> list[int]:
    """Return the rows of a subject that all words name; every one where there are no words."""
    asked = [squeezed(word) for word in words]
    return [row for row, names in enumerate(_names(verdict, subject)) if all(word in names for word in asked)]


def _below(verdict: Verdict, meant: _Meant) -> Iterator[Wanted]:
    """Yield the requirements that bind a row which is named, though they speak of a row above it."""
    found: dict[tuple[str, int], Wanted] = {}
    for subject, seen in SUBJECTS.items():
        above = [rule for rule in meant.requirements if rule.subject in seen.sees]
        for row in _rows(verdict, subject, meant.rows) if above and meant.rows else ():
            rows = verdict.evaluator.rows(subject, row)
            at = ((rule, rows[rule.subject] or 0) for rule in above)
            found |= {(rule.id, row): Wanted(rule.subject, row, requirement=rule) for rule, row in at}
    yield from found.values()


def _names(verdict: Verdict, subject: str) -> Iterator[tuple[str, ...]]:
    """Yield, row by row, what a row may be called: by its id, the tails of it, its subject."""
    for id_ in verdict.facts.ids[subject]:
        name = squeezed(id_)
        parts = name.split("/")
        tails = ("/".join(parts[start:]) for start in range(len(parts)))
        yield (*tails, subject, f"{subject}.{name}")


def _least(verdict: Verdict, meant: _Meant, found: list[Wanted]) -> list[Wanted]:
    """Return, of one contract in several sleeves, the sleeve in whose way the least stands."""
    ids, decides = verdict.facts.ids, verdict.program.decides
    if not meant.rules or len({ids[each.subject][each.row].rpartition("/")[2] for each in found}) > 1:
        return found
    standing = [each for each in verdict.standing if decides[each[0]] in meant.rules]
    missed = {(decides[number].subject, row): bits.bit_count() for number, row, _, bits, _ in standing}
    known = [each for each in found if (each.subject, each.row) in missed]
    least = min((missed[each.subject, each.row] for each in known), default=None)
    return [each for each in known if missed[each.subject, each.row] == least] or found


def _ordered(verdict: Verdict, meant: _Meant, wanted: Wanted) -> Wanted:
    """Return the order as what is asked about, where only a contract was named and it is permitted."""
    choices = [choice for choice in verdict.facts.law.choices.values() if choice.subject == wanted.subject]
    if meant.named or not choices or not wanted.made(verdict):
        return wanted
    return Wanted(wanted.subject, wanted.row, wanted.rules, choices[0])


def _no_row(verdict: Verdict, meant: _Meant) -> str:
    """Return what to write instead of words that name no row."""
    known = {name: id_ for subject in meant.subjects for id_, name in _ids(verdict, subject)}
    subjects, what = " or ".join(meant.subjects), ":".join(meant.rows)
    if not what:
        return f"there is no {subjects} in the snapshot"
    said = (
        f"the snapshot has no {subjects} '{what}'"
        if meant.named
        else f"'{what}' names nothing that could have happened"
    )
    words = {} if meant.named else {squeezed(word): word for word in _sayable(verdict.facts.law)}
    for word in map(squeezed, (what, *meant.rows, what.rpartition("/")[2])):
        if close := get_close_matches(word, words | known, _CLOSE):
            return f"{said}; did you mean {' or '.join(dict.fromkeys((words | known)[name] for name in close))}?"
    first = [*dict.fromkeys(known.values())]
    if not meant.named or not first:
        return f"{said}; {'there is none at all' if meant.named else 'write a kind and a row, such as Roll:P1'}"
    return f"{said}; it has {', '.join(first[:_MOST])}{' and more' if len(first) > _MOST else ''}"


def _sayable(law: Constitution) -> Iterator[str]:
    for rule in law.rules.values():
        yield from (rule.id, rule.kind if rule.decides else rule.reason)


def _ids(verdict: Verdict, subject: str) -> Iterator[tuple[str, str]]:
    """Yield every id, as it is written and by each name that it may be called."""
    for id_ in verdict.facts.ids[subject]:
        written = id_.replace(" ", "") or subject
        yield written, squeezed(written)
        yield written, squeezed(written).rpartition("/")[2]


def _several(verdict: Verdict, meant: _Meant, found: Iterable[Wanted]) -> Iterator[str]:
    each = [name_of(verdict, one) for one in found]
    yield f"'{meant.named or ':'.join(meant.rows)}' can mean {len(each)} things; name one:"
    yield from (f"  {name}" for name in each[:_MOST])
    if len(each) > _MOST:
        yield f"  and {len(each) - _MOST} more"
