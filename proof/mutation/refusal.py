"""Why the loader would refuse a mutant that no case notices: a gap, an overlap, a name without a meaning."""

from dataclasses import replace

from engine.law.lint import check_law
from engine.law.model import Constitution
from engine.law.read import Written, file_models, model_of, validate
from engine.law.text import Node
from engine.place import Fault
from proof.mutation.edits import edited
from proof.mutation.mutants import Mutant, Rewritten, Silenced, mutated
from proof.mutation.pieces import RULES, Piece, Source


def refusal(source: Source, mutant: Mutant) -> str:
    """Return the first fault for which a mutant does not load; nothing where it does."""
    match mutant.change:
        case Rewritten(piece=piece):
            read = source.read_without(piece.at) | source.names_read(piece)
            return _fault(source, replace(mutated(source, mutant.change), read=read), piece, piece.node)
        case Silenced(rule=name):
            return _silenced(source, name)
        case _:
            return ""


def _silenced(source: Source, name: str) -> str:
    """Return why a law does not load from which a rule is missing, and its name with it."""
    rule, piece = source.law.rules[name], source.pieces[RULES, name]
    if not rule.decides and source.readers.get(rule.name):
        return f"unknown-name: '{rule.name}' is read by others"
    if any(name in choice.ceilings for choice in source.law.choices.values()):
        return f"unknown-name: '{name}' is a ceiling"
    rules = {other: of for other, of in source.law.rules.items() if other != name}
    return _fault(source, replace(source.law, rules=rules, read=source.read_without(piece.at)), piece, None)


def _fault(source: Source, law: Constitution, piece: Piece, node: Node | None) -> str:
    """Return the first fault of a law in one of whose files a piece is another, or is not there."""
    root = edited(source.written[piece.file].node, (piece.form, piece.name), node)
    faults: list[Fault] = []
    model = validate(root, file_models()[model_of(piece.file) or ""], faults)
    if not faults:
        files = {**source.written, piece.file: Written(piece.file, root, model)}
        faults += check_law(law, files, sound=True)
    return f"{faults[0].code}: {faults[0].message}" if faults else ""
