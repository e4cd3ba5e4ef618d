"""Three readings of one law agree: the compiled one, the one that explains, the naive one of the authored text."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import given

from engine.arbitrate import Finding
from engine.decide import calendar_of, decide, examine
from engine.evaluate import Evaluator
from engine.expr.typed import Type
from engine.facts import Snapshot
from engine.fill import fill
from engine.kleene import Kleene
from engine.law.load import load
from engine.law.model import Constitution
from engine.program import Program, _Compiler, compile_law
from engine.rows import Facts
from engine.subjects import SUBJECTS
from tests import oracle
from tests.conftest import examples
from tests.oracle import Oracle
from tests.oracle_rows import Row
from tests.strategies import snapshots

FOLDER = Path(__file__).resolve().parents[1] / "constitution" / "1.3"
Key: TypeAlias = tuple[str, int]
Said: TypeAlias = tuple[str, Key, bool | None, frozenset[str], frozenset[str]]


@cache
def authored() -> oracle.Law:
    return oracle.Law(FOLDER)


@cache
def loaded() -> Constitution:
    return load(FOLDER)


def names(law: Constitution) -> list[str]:
    """Return every fact that the law gives: derived, found by a pick, or a requirement."""
    picks = [name + suffix for name in law.picks for suffix in ("", "_found")]
    return [*law.derived, *picks, *(rule.name for rule in law.rules.values() if not rule.decides)]


@cache
def keeping_all(assumed: frozenset[str]) -> Program:
    """Return the compiled law, but that every fact outlives its stage."""
    return _Compiler(loaded(), assumed, needed=set(names(loaded()))).program()


class Compiled:
    """What the compiled law makes of a snapshot, exact."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.law = loaded()
        self.facts: Facts = fill(self.law, snapshot)
        self.kleene: Kleene = calendar_of(snapshot)
        self.program = keeping_all(frozenset(self.facts.stated))
        self.findings = examine(self.program, self.facts, self.kleene)
        sleeves = [self.facts.ids["sleeve"][row] for row in self.facts.columns["entry>sleeve"]]
        self.keys = {subject: keyed(subject, ids, sleeves) for subject, ids in self.facts.ids.items()}

    def fact(self, name: str, row: int) -> Any:  # noqa: ANN401 - any value, or the key of a pick's row
        value = self.facts.columns[name][row]
        if name in self.law.picks:
            return None if value is None else self.keys["candidate"][value]
        kind = self.law.derived[name].type if name in self.law.derived else Type("bool")
        return unscaled(value, kind, self.facts.columns[f"{name}/"][row] if kind.divided else 1)

    def said(self, finding: Finding) -> Said:
        number, row, holds, missed, unknown = finding
        rule = self.program.decides[number]
        required = self.program.requires.get(rule.kind, ())
        named = [
            frozenset(other.id for bit, other in enumerate(required) if mask >> bit & 1) for mask in (missed, unknown)
        ]
        return rule.id, self.keys[rule.subject][row], holds, named[0], named[1]

    def call(self, function: str, row: int, kinds: list[Type]) -> list[Any]:
        pairs = self.program.functions[function](self.facts.columns, self.kleene, row)
        known = [pair or (None, 1) for pair in pairs]
        return [unscaled(value, kind, under) for (value, under), kind in zip(known, kinds, strict=True)]


def unscaled(value: Any, kind: Type, under: int) -> Any:  # noqa: ANN401 - any value
    return Fraction(value, under * 10**kind.scale) if isinstance(value, int) and not isinstance(value, bool) else value


def keyed(subject: str, ids: Sequence[str], sleeves: list[str]) -> list[Key]:
    """Return a key for each row, whatever contracts are called: they are counted, and what a sleeve considers too."""
    seen: Counter[str] = Counter()
    found = []
    for id_ in {"candidate": [""] * len(ids), "entry": sleeves}.get(subject, ids):
        found.append((id_, seen[id_]))
        seen[id_] += 1
    return found


class Asked:
    """The oracle on a snapshot, with its rows by key."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.oracle = Oracle(authored(), snapshot)
        sleeves = [row.env["sleeve"].id for row in self.oracle.rows.of("entry")]
        self.rows: dict[str, dict[Key, Row]] = {}
        for subject, rows in self.oracle.rows.by_subject.items():
            self.rows[subject] = dict(zip(keyed(subject, [row.id for row in rows], sleeves), rows, strict=True))
        self.keys = {id(row): key for rows in self.rows.values() for key, row in rows.items()}

    def fact(self, name: str, key: Key) -> Any:  # noqa: ANN401 - any value, or the key of a pick's row
        subject, fact = name.split(".")
        found = self.oracle.fact(self.rows[subject][key], fact)
        return self.keys[id(found)] if isinstance(found, Row) else found

    def value(self, text: object, subject: str, key: Key) -> Any:  # noqa: ANN401 - any value
        return self.oracle.value(text, self.rows[subject][key])


def findings(asked: Asked) -> Iterator[Said]:
    """Yield every rule that speaks: its row, whether it holds, the requirements missed and those of them unknown."""
    rules = authored().rules
    requires = {name: rule for name, rule in rules.items() if "require" in rule}
    for name, rule in rules.items():
        for key, row in asked.rows.get(rule["for"], {}).items() if "decide" in rule else ():
            holds = asked.value(rule["when"], rule["for"], key)
            if holds is False:
                continue
            standing = {
                other: asked.oracle.fact(row.env[needed["for"]], other)
                for other, needed in requires.items()
                if needed["require"] == rule["decide"] and needed["for"] in (rule["for"], *SUBJECTS[rule["for"]].sees)
            }
            missed = frozenset(other for other, value in standing.items() if value is not True)
            yield name, key, holds, missed, frozenset(other for other in missed if standing[other] is None)


@examples(1000)
@given(snapshots(assume=True))
def test_the_oracle_agrees_with_the_compiled_law_about_every_fact_and_every_finding(snapshot: Snapshot) -> None:
    compiled, asked = Compiled(snapshot), Asked(snapshot)
    for name in names(loaded()):
        for row, key in enumerate(compiled.keys[name.split(".")[0]]):
            expected, found = asked.fact(name, key), compiled.fact(name, row)
            assert found == expected, (name, key)
            assert isinstance(found, bool) is isinstance(expected, bool), (name, key)
    spoken = [compiled.said(finding) for finding in compiled.findings]
    assert set(spoken) == set(findings(asked))
    assert len(set(spoken)) == len(spoken)


@examples(150)
@given(snapshots(assume=True))
def test_the_oracle_agrees_about_fields_of_decisions_and_terms_of_choices(snapshot: Snapshot) -> None:
    compiled, asked = Compiled(snapshot), Asked(snapshot)
    for function, subject, texts, kinds in terms(compiled.program):
        for row, key in enumerate(compiled.keys[subject]):
            expected = [named(asked.value(text, subject, key)) for text in texts]
            assert [named(value) for value in compiled.call(function, row, kinds)] == expected, (function, key)


def named(value: object) -> object:
    """Return a value; of contracts without a name, whose numbers are the engine's own, only that they have none."""
    return "contract" if isinstance(value, str) and value.startswith("contract-") else value


def terms(program: Program) -> Iterator[tuple[str, str, list[object], list[Type]]]:
    """Yield what is asked of single rows: the function, the subject, the authored texts, their types."""
    law, version = loaded(), authored().version
    for number, rule in enumerate(program.decides):
        typed = {name: value.type for name, value in rule.fields.items() if not isinstance(value, str)}
        if typed:
            texts = authored().rules[rule.id]["with"]
            yield f"fields_{number}", rule.subject, [texts[name] for name in typed], [*typed.values()]
    for name, choice in law.choices.items():
        text = version["choices"][name]
        yield f"order_{name}", choice.subject, text["order_by"], [part.type for part in choice.order_by]
        yield f"turn_{name}", choice.one_of_each, text["turns"], [part.type for part in choice.turns]
        yield f"price_{name}", choice.subject, [text["price"]], [choice.price.type]
        for budget in choice.budgets:
            within = text["within"][budget.name]
            yield f"room_{name}_{budget.name}", choice.subject, [within["room"]], [budget.room.type]
            yield f"uses_{name}_{budget.name}", choice.subject, [within["uses"]], [budget.uses.type]
    for name, share in law.shares.items():
        text = version["shares"][name]
        yield f"order_{name}", share.subject, text["order_by"], [part.type for part in share.order_by]
        yield f"room_{name}", share.shared_by, [text["room"]], [share.room.type]
        yield f"asks_{name}", share.subject, [text["asks"]], [share.asks.type]
        for leg in share.legs:
            costs, price = (text["legs"][leg.name][part] for part in ("costs", "price"))
            yield f"leg_{name}_{leg.name}", "candidate", [costs, price], [leg.costs.type, leg.price.type]


@examples(150)
@given(snapshots(assume=True))
def test_the_reading_that_explains_agrees_with_the_compiled_law_everywhere(snapshot: Snapshot) -> None:
    compiled = Compiled(snapshot)
    evaluator = Evaluator(compiled.facts, compiled.kleene)
    for name in names(loaded()):
        subject, fact = name.split(".")
        for row in range(len(compiled.keys[subject]) if name not in loaded().picks else 0):
            explained, found = evaluator.fact(subject, fact, row), compiled.fact(name, row)
            assert (None if isinstance(explained, frozenset) else explained) == found, (name, row)
            assert explained != frozenset(), (name, row)
    for number, row, holds, _, _ in compiled.findings:
        rule = compiled.program.decides[number]
        explained = evaluator.value(rule.when, evaluator.rows(rule.subject, row))
        assert (None if isinstance(explained, frozenset) else explained) is holds


@examples(60)
@given(snapshots(assume=True))
def test_what_is_kept_of_the_facts_changes_nothing_that_is_found(snapshot: Snapshot) -> None:
    compiled = Compiled(snapshot)
    facts = fill(loaded(), snapshot)
    assert examine(compile_law(loaded(), frozenset(facts.stated)), facts, compiled.kleene) == compiled.findings
    kept = facts.columns.keys() & compiled.facts.columns.keys()
    assert {name: facts.columns[name] for name in kept} == {name: compiled.facts.columns[name] for name in kept}


@examples(150)
@given(snapshots())
def test_the_oracle_agrees_about_the_next_memory(snapshot: Snapshot) -> None:
    asked = Asked(snapshot)
    expected: dict[str, dict[str, dict[str, Any]]] = {}
    before = snapshot.memory or {}
    for subject in dict.fromkeys((*asked.rows, *before)):
        for (id_, _), row in asked.rows.get(subject, {}).items():
            entry = dict(remembered(asked, row, before.get(subject, {}).get(id_ or "-", {})))
            if entry:
                expected.setdefault(subject, {})[id_ or "-"] = entry
        for id_ in absent(asked, subject, before.get(subject, {})):
            kept = {name: said(value) for name, value in before[subject][id_].items()}
            expected.setdefault(subject, {})[id_] = kept
    found = decide(loaded(), snapshot).memory
    if found is None or snapshot.memory is None:  # what was not delivered stays unknown
        assert found is snapshot.memory
        return
    read = {s: {i: {n: said(v) for n, v in e.items()} for i, e in rows.items()} for s, rows in found.items()}
    assert read == expected


def absent(asked: Asked, subject: str, before: Mapping[str, Any]) -> set[str]:
    """Return the rows that are remembered and not here: left out, or below a list that was not delivered."""
    closed = all(account.lists["positions"] is not None for account in asked.oracle.rows.of("account"))
    gone = before.keys() - {id_ for id_, _ in asked.rows.get(subject, {})} - {"-"}
    return set() if subject == "position" and closed else gone


def remembered(asked: Asked, row: Row, before: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what memory holds of a row next: latches that hold, values that are not as at the beginning."""
    law = authored()
    for name, keeps in law.latches.items():
        subject, fact = name.split(".")
        holds = asked.oracle.fact(row, fact) if subject == row.subject else False
        if holds or (holds is None and fact in before):
            now = {kept: asked.oracle.fact(row, f"{fact}_{kept}") for kept in keeps if holds}
            kept = {name: value for name, value in now.items() if value is not None}
            yield fact, said(before.get(fact, {})) | kept
    for name in law.memories:
        subject, fact = name.split(".")
        if subject == row.subject:
            value = asked.oracle.fact(row, f"{fact}_next")
            value = oracle.spoken(before.get(fact)) if value is None else value
            if value is not None and value != law.remembered[name]({}):
                yield fact, value


def said(value: Any) -> Any:  # noqa: ANN401 - a latch's entry or a value
    if isinstance(value, Mapping):
        return {"held": True} | {
            name: oracle.spoken(kept) for name, kept in value.items() if name not in ("since", "by")
        }
    return oracle.spoken(value)
