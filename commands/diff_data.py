"""A difference as JSON has it."""

from typing import Any

from commands.behaviour import Behaviour
from engine.place import Place
from proof.compare import Change, Comparison
from proof.compare_behaviour import Group, spoken
from proof.compare_trials import Trial
from proof.compare_turns import Turn
from proof.compare_verdicts import Ticks


def document(comparison: Comparison, found: Behaviour | None, files: dict[int, str]) -> dict[str, Any]:
    """Return what differs between two versions; `files` has where the snapshot of a trial was written.

    `behaviour` is null where there was nothing that both could decide, and left out where nothing decisive differs.
    """
    told: dict[str, Any] = {
        "old": {"version": comparison.old.law.version, "law": comparison.old.law.bytes_digest},
        "new": {"version": comparison.new.law.version, "law": comparison.new.law.bytes_digest},
        "same": not comparison.changes,
        "changes": [_change(change) for change in comparison.changes],
        "renamed": [{"form": each.form, "old": each.old, "new": each.new} for each in comparison.renamed],
    }
    if found is not None:
        told["behaviour"] = _behaviour(found, files) if found.decided else None
    return told


def _behaviour(found: Behaviour, files: dict[int, str]) -> dict[str, Any]:
    return {
        "golden": found.golden,
        "golden_naming": found.naming,
        "golden_cases": found.of,
        "given": found.given,
        "made": found.made,
        "differing": len(found.differing),
        "groups": [_group(group, files) for group in found.groups],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "form": change.form,
        "name": change.name,
        "part": change.part or None,
        "how": change.how,
        "layer": change.layer,
        "decides": change.decides,
        "old": change.old,
        "new": change.new,
        "old_place": _place(change.old_place),
        "new_place": _place(change.new_place),
        "unit": change.unit or None,
        "cites": list(change.cites),
        "lost": list(change.lost),
        "gained": list(change.gained),
    }


def _place(place: Place | None) -> str | None:
    return None if place is None else str(place)


def _group(group: Group, files: dict[int, str]) -> dict[str, Any]:
    return {
        "mark": group.mark,
        "what": group.what,
        "old": group.old,
        "new": group.new,
        "rules": list(group.rules),
        "snapshots": group.count,
        "witnesses": [_witness(trial, turn, files) for trial, turn in group.witnesses],
    }


def _witness(trial: Trial, turn: Turn, files: dict[int, str]) -> dict[str, Any]:
    return {"of_snapshot": trial.name, "moved": trial.moved or None, "file": files.get(id(trial)), **_turn(turn)}


def _turn(turn: Turn) -> dict[str, Any]:
    old, new = spoken(turn)
    return {"what": turn.what, "of": turn.of, "old": old, "new": new, "mark": turn.mark, "rules": list(turn.rules)}


def ticks_document(found: Ticks) -> dict[str, Any]:
    """Return what one verdict says otherwise than the one before it."""
    cited = {rule: found.citations[rule] for turn in found.turns for rule in turn.rules if rule in found.citations}
    return {
        "old": {"version": found.old.version, "law": found.old.law, "as_of": found.old.as_of},
        "new": {"version": found.new.version, "law": found.new.law, "as_of": found.new.as_of},
        "same": not found.turns,
        "turns": [_turn(turn) for turn in found.turns],
        "missed_otherwise": found.otherwise,
        "rules": {rule: each.model_dump(mode="json") for rule, each in cited.items()},
    }
