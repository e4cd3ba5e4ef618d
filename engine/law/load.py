"""A folder of YAML becomes a Constitution, or every fault of it at once."""

import hashlib
from pathlib import Path

from engine import subjects
from engine.expr.check import Constant
from engine.expr.typed import BOOL
from engine.expr.units import UNITS
from engine.law import authored, model
from engine.law.draft import Draft, origin_of, text_of
from engine.law.forms import MAKERS
from engine.law.lint import check_law
from engine.law.names import Typing
from engine.law.orders import read_choices, read_shares
from engine.law.read import Written, node_at, read_folder
from engine.law.rules import read_rules
from engine.law.seal import gate
from engine.law.tensions import read_tensions
from engine.law.text import Node, Scalar
from engine.law.values import ValueFault, read_value
from engine.place import Fault, LawError


def load(folder: Path) -> model.Constitution:
    """Return the law that stands in a folder, parsed, typed and checked.

    Raises:
        LawError: Every structural, name, unit and cycle fault of every file, each with file:line:column.
    """
    return load_with_files(folder)[0]


def load_with_files(folder: Path) -> tuple[model.Constitution, dict[str, Written]]:
    """Return the law that stands in a folder, and its files as they are written; raises as `load` does."""
    faults: list[Fault] = []
    written, digests = read_folder(folder, faults)
    met: list[Fault] = []
    law = _build(Draft(met, written), digests)
    explained = {fault.place for fault in faults}
    faults += (fault for fault in met if fault.place not in explained)
    faults += gate(folder).faults
    faults += check_law(law, written, sound=not faults)
    if faults or law is None:
        raise LawError(faults)
    return law, written


def _build(draft: Draft, digests: dict[str, str]) -> model.Constitution | None:
    sections = [(name, file) for name, file in draft.written.items() if isinstance(file.model, authored.Section)]
    for _, file in sections:
        _parameters(draft, file)
        _level_names(draft, file)
    for _, file in sections:
        _declare(draft, file)
    for name in list(draft.names.pending):
        draft.type_fact(name)
    for later in draft.later:
        later()
    for _, file in sections:
        read_rules(draft, file)
    if "constitution.yaml" not in draft.written:
        return None
    return _constitution(draft, digests)


def _parameters(draft: Draft, file: Written) -> None:
    for name, parameter in file.model.parameters.items():
        node, key = node_at(file.node, ("parameters", name))
        unit = UNITS.get(parameter.unit)
        if name in draft.parameters:
            draft.fault(key, "duplicate-name", f"'{name}' already stands at {draft.parameters[name].origin.place}")
        elif unit is None:
            at, _ = node_at(node, ("unit",))
            draft.fault(at, "unknown-unit", f"'{parameter.unit}' is no unit; there are {', '.join(UNITS)}")
        else:
            _parameter(draft, name, parameter, node, key)


def _parameter(draft: Draft, name: str, parameter: authored.Parameter, node: Node, key: Scalar | None) -> None:
    value, _ = node_at(node, ("value",))
    try:
        read = read_value(parameter.value, UNITS[parameter.unit])
    except ValueFault as fault:
        draft.fault(value, "value", str(fault))
        return
    origin = origin_of(key or node, parameter)
    written = text_of(value)
    draft.parameters[name] = model.Parameter(name, parameter.unit, read, written, origin)
    draft.names.constants[name] = Constant(name, parameter.unit, read)


def _level_names(draft: Draft, file: Written) -> None:
    for name, ladder in file.model.ladders.items():
        for index, level in enumerate(ladder.levels):
            node, _ = node_at(file.node, ("ladders", name, "levels", index))
            if level.name in draft.names.constants:
                draft.fault(node, "duplicate-name", f"'{level.name}' already names something")
            draft.names.constants[level.name] = Constant(level.name, "count", level.level)
            draft.names.read.add(level.name)
            draft.levels[level.name] = level.level


def _declare(draft: Draft, file: Written) -> None:
    for name, rule in file.model.rules.items():
        _requirement(draft, name, rule, file)
    for form, make in MAKERS.items():
        for name, definition in getattr(file.model, form).items():
            node, key = node_at(file.node, (form, name))
            subject, fact = name.split(".")
            if subject not in subjects.SUBJECTS:
                there = ", ".join(subjects.SUBJECTS)
                draft.fault(key, "unknown-subject", f"'{subject}' is no subject; there are {there}")
            elif fact in subjects.given(subject) or name in draft.places:
                where = draft.places.get(name, "the snapshot")
                draft.fault(key, "duplicate-name", f"'{name}' is already defined at {where}")
            else:
                draft.places[name] = (key or node).place
                make(draft, name, definition, node)


def _requirement(draft: Draft, name: str, rule: authored.Rule, file: Written) -> None:
    """A requirement is a fact too, under its id, so that others may read it."""
    full = f"{rule.for_}.{name}"
    if rule.require is None:
        return
    if rule.for_ in subjects.SUBJECTS and (name in subjects.given(rule.for_) or full in draft.places):
        _, key = node_at(file.node, ("rules", name))
        draft.fault(key, "duplicate-name", f"'{full}' already is a fact; give the rule another name")
        return
    draft.places[full] = node_at(file.node, ("rules", name))[0].place
    draft.names.typings[full] = Typing(BOOL, nullable=True)


def _constitution(draft: Draft, digests: dict[str, str]) -> model.Constitution:
    version: authored.Version = draft.written["constitution.yaml"].model
    items = draft.written["items.yaml"].model.items if "items.yaml" in draft.written else {}
    rulings = (
        draft.written["interpretations.yaml"].model.interpretations if "interpretations.yaml" in draft.written else {}
    )
    sections = [file.model for file in draft.written.values() if isinstance(file.model, authored.Section)]
    return model.Constitution(
        version=version.version,
        status=version.status,
        effective=version.effective,
        predecessor=version.predecessor,
        files=digests,
        bytes_digest=hashlib.sha256(
            "\n".join(f"{digests[name]}  {name}" for name in sorted(digests)).encode()
        ).hexdigest(),
        parameters=draft.parameters,
        levels=draft.levels,
        derived=draft.derived,
        remembered=draft.remembered,
        latches=draft.latches,
        picks=draft.picks,
        rules=draft.rules,
        arbitration=version.arbitration,
        choices=read_choices(draft, version),
        shares=read_shares(draft, version),
        items=items,
        interpretations=rulings,
        tables={name: table for section in sections for name, table in section.tables.items()},
        ladders={name: ladder for section in sections for name, ladder in section.ladders.items()},
        titles={section.section: section.title for section in sections},
        places=draft.places,
        entrenched=version.entrenched,
        read=frozenset(draft.names.read),
        tensions=read_tensions(draft),
        sections=tuple(sections),
        front=version,
    )
