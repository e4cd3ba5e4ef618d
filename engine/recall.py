"""What the last verdict remembered and what the snapshot states over its facts, put into the tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.facts import Assumption, Snapshot
from engine.law.model import Constitution, Remembered
from engine.place import Fault
from engine.rows import Facts, Path, Plain, place_of, read_ratio, type_of
from engine.subjects import SUBJECTS, given

Entry = Mapping[str, Any]
Pair = tuple[Plain | None, int]


def derived_of(law: Constitution, snapshot: Snapshot) -> frozenset[str]:
    """Return the derived facts that a snapshot states, as far as the law knows them."""
    named = [_named(item.fact) for item in snapshot.assume]
    found = {f"{of}.{fact}" for of, _, fact in named if of in SUBJECTS and fact not in given(of)}
    return frozenset(found - law.remembered.keys())


def _named(fact: str) -> tuple[str, str, str]:
    """Return the subject, the id, if there is one, and the fact of `subject.fact` or `subject.id.fact`."""
    subject, _, rest = fact.partition(".")
    id_, _, name = rest.rpartition(".")
    return subject, id_, name


def recall(facts: Facts) -> list[Fault]:
    """Fill the columns of memory and state the assumptions; return what the law does not know of either."""
    recalled = _Recalled(facts)
    recalled.memory()
    recalled.stated()
    return recalled.faults


@dataclass
class _Recalled:
    facts: Facts
    faults: list[Fault] = field(default_factory=list)

    def memory(self) -> None:
        """A memory that was not delivered is unknown; in one that was, what is not written is as at the beginning."""
        memory = self.facts.snapshot.memory
        known = {item.subject for item in self.facts.law.remembered.values()}
        for subject in memory or {}:
            if subject not in known:
                self._fault(("memory", subject), "unknown-memory", f"the law remembers nothing of '{subject}'")
        self._sleeves((memory or {}).get("sleeve", {}))
        for item in self.facts.law.remembered.values():
            pairs = self._column(item, None if memory is None else memory.get(item.subject, {}))
            self.facts.columns[item.name] = [value for value, _ in pairs]
            if item.type.divided:
                self.facts.columns[f"{item.name}/"] = [under for _, under in pairs]

    def _sleeves(self, entries: Mapping[str, Entry]) -> None:
        """Refuse a memory of a sleeve that its account does not have."""
        accounts, sleeves = self.facts.ids["account"], self.facts.ids["sleeve"]
        for id_ in entries:
            account, _, _ = id_.partition("/")
            if id_ in sleeves or account not in accounts:
                continue
            if self.facts.columns["account<sleeves"][accounts.index(account)] is not None:
                self._fault(("memory", "sleeve"), "unknown-memory", f"account {account} has no sleeve '{id_}'")

    def _column(self, item: Remembered, entries: Mapping[str, Entry] | None) -> list[Pair]:
        ids = self.facts.ids[item.subject]
        if entries is None:
            return [(None, 1)] * len(ids)
        if not entries:
            return [self._recalled(item, {})] * len(ids)
        return [self._recalled(item, entries.get(id_ or "-", {})) for id_ in ids]

    def _recalled(self, item: Remembered, entry: Entry) -> Pair:
        if item.latch:
            latch = item.latch.split(".")[1]
            held = entry.get(latch)
            if item.fact == f"{latch}_before":
                return held is not None, 1
            kept = item.fact.removeprefix(f"{latch}_").removesuffix("_before")
            return (None, 1) if held is None else self._typed(item, held.get(kept))
        return self._typed(item, entry[item.fact]) if item.fact in entry else (item.initial, 1)

    def _typed(self, item: Remembered, value: object) -> Pair:
        try:
            return read_ratio(value, item.type)
        except ValueError as fault:
            self._fault(("memory", item.subject), "memory", f"{item.name}: {fault}")
            return None, 1

    def stated(self) -> None:
        """Put assumptions over given facts into their columns, and note those over derived ones."""
        for number, assumption in enumerate(self.facts.snapshot.assume):
            try:
                self._assume(assumption)
            except ValueError as fault:
                self._fault(("assume", number), "assume", str(fault))

    def _assume(self, assumption: Assumption) -> None:
        subject, id_, fact = _named(assumption.fact)
        rows = self._rows(assumption.fact, subject, id_)
        name, law = f"{subject}.{fact}", self.facts.law
        kind = type_of(law, subject, fact)
        if kind is None:
            message = f"'{name}' is no fact; `alluse facts` lists them"
            raise ValueError(message)
        value, under = read_ratio(assumption.value, kind)
        if fact in given(subject) or name in law.remembered:
            for row in rows:
                self.facts.columns[name][row] = value
                self.facts.why.pop((subject, fact, row), None)
            return
        if value is None:
            message = f"'{name}' is derived; state a value for it, or take away what it is derived from"
            raise ValueError(message)
        stated = self.facts.stated.setdefault(name, {})
        for key in rows if id_ else [None]:
            stated[key] = (value, under)

    def _rows(self, name: str, subject: str, id_: str) -> list[int]:
        """Return the rows that an assumption is about: one, or every one of its subject."""
        if subject not in SUBJECTS:
            message = f"'{name}' names no subject; write subject.fact or subject.id.fact"
            raise ValueError(message)
        ids = self.facts.ids[subject]
        if id_ and id_ not in ids:
            message = f"there is no {subject} '{id_}' in the snapshot"
            raise ValueError(message)
        return [ids.index(id_)] if id_ else list(range(len(ids)))

    def _fault(self, path: Path, code: str, message: str) -> None:
        self.faults.append(Fault(place_of(self.facts.snapshot, path), code, message))
