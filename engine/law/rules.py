"""Rules: what they speak of, what they require or decide, the fields they fill in."""

from engine import subjects
from engine.decided import Told
from engine.decisions import BY_THE_ENGINE, KINDS, fields
from engine.expr.typed import Typed
from engine.expr.units import show
from engine.law import authored, model
from engine.law.draft import Draft, Reported, origin_of
from engine.law.names import BrokenName, nullable
from engine.law.read import Written, node_at
from engine.law.text import Node, Scalar


def read_rules(draft: Draft, file: Written) -> None:
    """Read the rules of one section into the draft."""
    for name, rule in file.model.rules.items():
        node, key = node_at(file.node, ("rules", name))
        if name in draft.rules:
            draft.fault(key, "duplicate-name", f"rule '{name}' already stands at {draft.rules[name].origin.place}")
            continue
        try:
            made = read_rule(draft, name, rule, node, key)
        except (Reported, BrokenName):
            continue
        draft.rules[name] = made


def read_rule(draft: Draft, name: str, rule: authored.Rule, node: Node, key: Scalar | None) -> model.Rule:
    """Return one rule with its expressions typed."""
    kind = rule.decide or rule.require or ""
    if (rule.decide is None) == (rule.require is None) or (rule.require is not None) != (rule.else_ is not None):
        draft.fault(key, "rule", "has either `decide`, or `require` with `else`")
        raise Reported
    if rule.for_ not in subjects.SUBJECTS:
        draft.fault(node_at(node, ("for",))[0], "unknown-subject", f"'{rule.for_}' is no subject")
        raise Reported
    if kind not in KINDS or kind in BY_THE_ENGINE:
        at, _ = node_at(node, ("decide" if rule.decide else "require",))
        draft.fault(at, "unknown-kind", f"'{kind}' is no kind of decision that a rule may name")
        raise Reported
    when = draft.expression(node_at(node, ("when",))[0], rule.for_, "bool")
    origin = origin_of(key or node, rule)
    given = given_fields(draft, kind, rule, node) if rule.decide else {}
    needs = draft.expression(node_at(node, ("needs",))[0], rule.for_) if rule.needs is not None else None
    decides = rule.decide is not None
    return model.Rule(name, rule.for_, kind, decides, when, nullable(when), rule.else_ or "", given, origin, needs)


def given_fields(draft: Draft, kind: str, rule: authored.Rule, node: Node) -> dict[str, Typed | str]:
    """Return what a rule fills a decision in with; every field without a default must be there."""
    wanted = fields(kind)
    optional = {name for name in wanted if not KINDS[kind].model_fields[name].is_required()}
    version = draft.written.get("constitution.yaml")
    shares = version.model.shares.values() if version is not None else ()
    granted = {leg for share in shares if share.among == kind for leg in share.legs}
    for name in sorted(wanted.keys() - rule.with_.keys() - optional - granted):
        draft.fault(node, "missing-field", f"{kind} needs '{name}' ({wanted[name].means}) under `with`")
    found: dict[str, Typed | str] = {}
    for name in rule.with_:
        value, key = node_at(node, ("with", name))
        if name not in wanted:
            draft.fault(key, "unknown-field", f"{kind} has no '{name}'; it has {', '.join(wanted) or 'no fields'}")
        else:
            found[name] = given_field(draft, value, rule.for_, wanted[name])
    return found


def given_field(draft: Draft, value: Node, subject: str, wanted: Told) -> Typed | str:
    """A word may stand as itself; everything else is an expression of the field's unit."""
    text = value.text if isinstance(value, Scalar) else ""
    if wanted.unit == "symbol" and text and "." not in text and "(" not in text:
        if wanted.words and text not in wanted.words:
            draft.fault(value, "unknown-word", f"'{text}' is not one of {', '.join(wanted.words)}")
        return text
    typed = draft.expression(value, subject)
    kinds = {"symbol", "text"} if wanted.type.kind in ("symbol", "text") else {wanted.type.kind}
    literal = typed.type.literal
    if typed.type.kind not in kinds or (not literal and typed.type.dimension != wanted.type.dimension):
        draft.fault(value, "unit", f"the field is in {wanted.unit}, the value in {show(typed.type.dimension)}")
    return typed
