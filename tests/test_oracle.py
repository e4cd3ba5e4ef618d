"""Three readings of one law agree: the compiled one, the one that explains, the naive one of the authored text."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given

from engine.decide import decide, examine
from engine.evaluate import Evaluator
from engine.expr.typed import Type
from engine.facts import Snapshot
from engine.fill import fill
from engine.program import Program, compile_law
from tests import oracle
from tests.conftest import examples
from tests.oracle_rows import Row
from tests.readings import Asked, Compiled, Version, findings
from tests.strategies import snapshots

FOLDER = Path(__file__).resolve().parents[1] / "constitution" / "1.3"


@cache
def version() -> Version:
    return Version.read(FOLDER)


@examples(1000)
@given(snapshots(assume=True))
def test_the_oracle_agrees_with_the_compiled_law_about_every_fact_and_every_finding(snapshot: Snapshot) -> None:
    compiled, asked = Compiled(version(), snapshot), Asked(version(), snapshot)
    for name in version().names:
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
    compiled, asked = Compiled(version(), snapshot), Asked(version(), snapshot)
    for function, subject, texts, kinds in terms(compiled.program):
        for row, key in enumerate(compiled.keys[subject]):
            expected = [named(asked.value(text, subject, key)) for text in texts]
            assert [named(value) for value in compiled.call(function, row, kinds)] == expected, (function, key)


def named(value: object) -> object:
    """Return a value; of contracts without a name, whose numbers are the engine's own, only that they have none."""
    return "contract" if isinstance(value, str) and value.startswith("contract-") else value


def terms(program: Program) -> Iterator[tuple[str, str, list[object], list[Type]]]:
    """Yield what is asked of single rows: the function, the subject, the authored texts, their types."""
    law, written = version().law, version().authored.version
    for number, rule in enumerate(program.decides):
        typed = {name: value.type for name, value in rule.fields.items() if not isinstance(value, str)}
        if typed:
            texts = version().authored.rules[rule.id]["with"]
            yield f"fields_{number}", rule.subject, [texts[name] for name in typed], [*typed.values()]
    for name, choice in law.choices.items():
        text = written["choices"][name]
        yield f"order_{name}", choice.subject, text["order_by"], [part.type for part in choice.order_by]
        yield f"turn_{name}", choice.one_of_each, text["turns"], [part.type for part in choice.turns]
        yield f"price_{name}", choice.subject, [text["price"]], [choice.price.type]
        for budget in choice.budgets:
            within = text["within"][budget.name]
            yield f"room_{name}_{budget.name}", choice.subject, [within["room"]], [budget.room.type]
            yield f"uses_{name}_{budget.name}", choice.subject, [within["uses"]], [budget.uses.type]
    for name, share in law.shares.items():
        text = written["shares"][name]
        yield f"order_{name}", share.subject, text["order_by"], [part.type for part in share.order_by]
        yield f"room_{name}", share.shared_by, [text["room"]], [share.room.type]
        yield f"asks_{name}", share.subject, [text["asks"]], [share.asks.type]
        for leg in share.legs:
            costs, price = (text["legs"][leg.name][part] for part in ("costs", "price"))
            yield f"leg_{name}_{leg.name}", "candidate", [costs, price], [leg.costs.type, leg.price.type]


@examples(150)
@given(snapshots(assume=True))
def test_the_reading_that_explains_agrees_with_the_compiled_law_everywhere(snapshot: Snapshot) -> None:
    compiled = Compiled(version(), snapshot)
    evaluator = Evaluator(compiled.facts, compiled.kleene)
    for name in version().names:
        subject, fact = name.split(".")
        for row in range(len(compiled.keys[subject]) if name not in version().law.picks else 0):
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
    compiled = Compiled(version(), snapshot)
    facts = fill(version().law, snapshot)
    assert examine(compile_law(version().law, frozenset(facts.stated)), facts, compiled.kleene) == compiled.findings
    kept = facts.columns.keys() & compiled.facts.columns.keys()
    assert {name: facts.columns[name] for name in kept} == {name: compiled.facts.columns[name] for name in kept}


@examples(150)
@given(snapshots())
def test_the_oracle_agrees_about_the_next_memory(snapshot: Snapshot) -> None:
    asked = Asked(version(), snapshot)
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
    found = decide(version().law, snapshot).memory
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
    law = version().authored
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
