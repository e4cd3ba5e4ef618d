"""Choices and shares: how permissions become orders, and how decisions share a sum."""

from engine.expr.check import constant
from engine.expr.typed import Const, Typed
from engine.law import authored, model
from engine.law.draft import Draft, Reported, origin_of
from engine.law.names import BrokenName
from engine.law.read import node_at
from engine.law.text import Node, Scalar, Sequence
from engine.law.values import Interval
from engine.subjects import SUBJECTS, given


def subject_of(draft: Draft, kind: str, node: Node) -> str:
    """Return the subject whose rows a kind of decision is about."""
    for rule in draft.rules.values():
        if rule.kind == kind and rule.decides:
            return rule.subject
    draft.fault(node, "unknown-kind", f"no rule decides '{kind}'")
    raise Reported


def must_be_subjects(draft: Draft, *named: tuple[str, Node]) -> None:
    """Report every name that is no subject."""
    strange = [(name, node) for name, node in named if name not in SUBJECTS]
    for name, node in strange:
        draft.fault(node, "unknown-subject", f"'{name}' is no subject; there are {', '.join(SUBJECTS)}")
    if strange:
        raise Reported


def read_choices(draft: Draft, version: authored.Version) -> dict[str, model.Choice]:
    """Return the sound choices of a version."""
    root = draft.written["constitution.yaml"].node
    found: dict[str, model.Choice] = {}
    for name, choice in version.choices.items():
        node, _ = node_at(root, ("choices", name))
        try:
            found[name] = read_choice(draft, name, choice, node)
        except (Reported, BrokenName):
            continue
    return found


def read_choice(draft: Draft, name: str, choice: authored.Choice, node: Node) -> model.Choice:
    """Return one choice with its expressions typed."""
    subject = subject_of(draft, choice.among, node)
    must_be_subjects(
        draft,
        (choice.shared_by, node_at(node, ("shared_by",))[0]),
        (choice.one_of_each, node_at(node, ("one_of_each",))[0]),
        *((of.shared_by, node_at(node, ("within", name, "shared_by"))[0]) for name, of in choice.within.items()),
    )

    def several(field_name: str, of: str) -> tuple[Typed, ...]:
        values, _ = node_at(node, (field_name,))
        items = values.items if isinstance(values, Sequence) else ()
        return tuple(draft.expression(item, of) for item in items)

    budgets = []
    for budget, terms in choice.within.items():
        at, _ = node_at(node, ("within", budget))
        room = draft.expression(node_at(at, ("room",))[0], subject)
        uses = draft.expression(node_at(at, ("uses",))[0], subject)
        budgets.append(model.Budget(budget, room, uses, terms.each, terms.shared_by))
    limit = single(draft, choice.slice_over, node_at(node, ("slice_over",))[0])
    price = draft.expression(node_at(node, ("price",))[0], subject)
    for index, rule in enumerate(choice.ceilings):
        if rule not in draft.rules or draft.rules[rule].kind != choice.among or draft.rules[rule].decides:
            draft.fault(
                node_at(node, ("ceilings", index))[0], "unknown-name", f"'{rule}' is no requirement of {choice.among}"
            )
    return model.Choice(
        name, choice.among, subject, choice.shared_by, choice.one_of_each,
        several("turns", choice.one_of_each), several("order_by", subject), choice.ceilings, tuple(budgets), price,
        limit, origin_of(node, choice),
    )  # fmt: skip


def single(draft: Draft, name: str, node: Node) -> Const:
    """Return a parameter that must be one number."""
    found = draft.names.constant(name)
    if found is None or isinstance(found.value, Interval | tuple | str):
        draft.fault(node, "unknown-name", f"'{name}' is no parameter with one number")
        raise Reported
    return constant(0, found)


def read_shares(draft: Draft, version: authored.Version) -> dict[str, model.Share]:
    """Return the sound shares of a version."""
    root = draft.written["constitution.yaml"].node
    found: dict[str, model.Share] = {}
    for name, share in version.shares.items():
        node, _ = node_at(root, ("shares", name))
        try:
            found[name] = read_share(draft, name, share, node)
        except (Reported, BrokenName):
            continue
    return found


def read_share(draft: Draft, name: str, share: authored.Share, node: Node) -> model.Share:
    """Return one share with its expressions typed."""
    subject = subject_of(draft, share.among, node)
    order = tuple(
        draft.expression(node_at(node, ("order_by", index))[0], subject) for index in range(len(share.order_by))
    )
    must_be_subjects(draft, (share.shared_by, node_at(node, ("shared_by",))[0]))
    room = draft.expression(node_at(node, ("room",))[0], share.shared_by)
    asks = draft.expression(node_at(node, ("asks",))[0], subject)
    legs = tuple(read_leg(draft, leg, given, node_at(node, ("legs", leg))[0]) for leg, given in share.legs.items())
    step = single(draft, share.step, node_at(node, ("step",))[0])
    limit = single(draft, share.slice_over, node_at(node, ("slice_over",))[0])
    need = None if share.need is None else read_need(draft, share.need, node_at(node, ("need",))[0])
    return model.Share(
        name, share.among, subject, share.shared_by, order, room, asks, step, limit, legs, share.otherwise,
        origin_of(node, share), need, {fact: read_mark(draft, fact, subject, node) for fact in share.marks},
    )  # fmt: skip


def read_mark(draft: Draft, fact: str, subject: str, share: Node) -> Typed | str:
    """Return what a share says of the positions it buys: a word, or an expression of the fact's own unit."""
    node, key = node_at(share, ("marks", fact))
    kept = given("position").get(fact)
    if kept is None:
        draft.fault(key or node, "unknown-name", f"a position has no fact '{fact}'")
        raise Reported
    text = node.text if isinstance(node, Scalar) else ""
    if text in kept.type.words:
        return text
    found = draft.expression(node, subject)
    if (found.type.kind, found.type.dimension) != (kept.type.kind, kept.type.dimension) or kept.type.words:
        draft.fault(node, "unit", f"'{fact}' is {kept.means}: a {kept.type}, not a {found.type}")
        raise Reported
    return found


def read_need(draft: Draft, need: authored.Need, node: Node) -> model.Need:
    """Return what a share is bought for."""
    must_be_subjects(draft, (need.shared_by, node_at(node, ("shared_by",))[0]))
    room = draft.expression(node_at(node, ("room",))[0], need.shared_by)
    return model.Need(room, draft.expression(node_at(node, ("uses",))[0], "candidate"), need.shared_by)


def read_leg(draft: Draft, name: str, leg: authored.Leg, node: Node) -> model.Leg:
    """Return one leg of a share."""
    if leg.buys not in draft.picks:
        draft.fault(node_at(node, ("buys",))[0], "unknown-name", f"'{leg.buys}' is no pick")
        raise Reported
    weight = single(draft, leg.weight, node_at(node, ("weight",))[0])
    costs, price = (draft.expression(node_at(node, (key,))[0], "candidate") for key in ("costs", "price"))
    return model.Leg(name, weight, leg.buys, costs, price)
