"""Orders that are asked about, by a contract or an id: what happened, and by what; what was not bought, and why."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.whatif import with_facts
from engine.bought import buyers
from engine.decide import decide
from engine.flip import Search
from engine.law.load import load
from engine.snapshot import read_snapshot
from engine.verdict import Verdict

ROOT = Path(__file__).resolve().parents[1]
CALM = ROOT / "fixtures" / "snapshots" / "calm_thursday.yaml"
LEVEL_TWO = ROOT / "fixtures" / "snapshots" / "level_two.yaml"
ID = "A1-GEN-20260312-SPX260918P05300000-P1-01.v1"
SENT = (
    f"{{id: {ID}, sleeve: gen, underlying: SPX, right: put, strike: 5300, expiration: 2026-09-18, multiplier: 100, "
    "side: buy, effect: open, contracts: 0, status: filled, sent_at: 2026-03-12T10:29:00-04:00, mid: 135.30, "
    "attempt: 1, known_locally: true}"
)
DEPLOYED = "DeployHedge (spx_puts $32,000.00, vix_calls $16,000.00)"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="alluse")


def asked(what: str, *stated: str, path: Path = LEVEL_TWO) -> dict[str, Any]:
    """Return what `why-not` tells as JSON; of a purchase the first."""
    sets = [part for each in stated for part in ("--set", each)]
    told: dict[str, Any] = json.loads(run("why-not", str(path), what, *sets, "--format", "json").stdout)
    return told


def picked(what: str, *stated: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return what a pick made of a contract and of the one it chose: of each the label, the words, and what says so."""
    ground = asked(what, *stated)["bought"][0]["ways"][0]["grounds"][-1]
    assert ground["role"] == "picks"
    steps = [step for step in ground["steps"] if step["label"] != "when"]
    parts = [[(part["label"], part.get("fact", part["says"])) for part in step["parts"]] for step in steps]
    return [(step["label"].replace(" ", ""), step["says"], part) for step, part in zip(steps, parts, strict=True)]


@cache
def verdict(*stated: str) -> Verdict:
    law = load(ROOT / "constitution" / "1.3")
    return decide(law, with_facts(law, read_snapshot(LEVEL_TWO), stated))


# What happened.


@pytest.mark.parametrize(
    "what",
    [
        *("order:SPX260918P05300000", "order:gen/SPX260918P05300000", "SPX260918P05300000:order"),
        *("SPX260918P05300000", "A1/gen/SPX260918P05300000", ID, f"order:{ID}", ID.lower()),
    ],
)
def test_a_hedge_that_was_bought_did_happen_by_whatever_it_is_called(what: str) -> None:
    result = run("why-not", str(LEVEL_TWO), what)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (
        result.stdout
        == f"""\
order:A1/gen/SPX260918P05300000 did happen: buy to open 2 SPX260918P05300000 at 135.30; by {DEPLOYED}.
`alluse why SNAPSHOT order:A1/gen/SPX260918P05300000` says why.
"""
    )


def test_an_order_in_slices_happened_once() -> None:
    result = run("why-not", str(LEVEL_TWO), "order:VIX260916C00055000")
    said = f"buy to open 54 VIX260916C00055000 at 2.90 in 2 orders; by {DEPLOYED}"
    assert (result.exit_code, result.stdout.partition("\n")[0]) == (
        1,
        f"order:A1/gen/VIX260916C00055000 did happen: {said}.",
    )
    (one,) = [each for each in verdict().orders if each.id.endswith("VIX260916C00055000-P1-02.v1")]
    again = run("why-not", str(LEVEL_TWO), one.id)
    assert (again.exit_code, f"buy to open {one.contracts} VIX260916C00055000 at 2.90; by" in again.stdout) == (1, True)


def test_a_sale_that_was_placed_did_happen_by_its_id_too() -> None:
    name = "order:A1/gen/IWM260306P00258000"
    for what in (name, "IWM260306P00258000", "A1-GEN-20260305-IWM260306P00258000-01.v1"):
        result = run("why-not", str(CALM), what)
        said = "sell to open 4 IWM260306P00258000 at 1.035; by EntryPermitted"
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout == f"{name} did happen: {said}.\n`alluse why SNAPSHOT {name}` says why.\n"


def test_what_happened_has_its_orders_and_decisions_in_json() -> None:
    told = asked(f"order:{ID}")
    assert (told["wanted"], told["happened"]) == ("order:A1/gen/SPX260918P05300000", True)
    assert [(each["kind"], each["id"]) for each in told["decisions"]] == [("DeployHedge", "P1")]
    assert [(each["id"], each["contracts"]) for each in told["orders"]] == [(ID, 2)]


@pytest.mark.parametrize("what", [ID, "order:SPX260918P05300000", f"DeployHedge:{ID}", "deploy_hedge:P1"])
def test_an_orders_id_is_explained_by_the_decision_that_it_comes_from(what: str) -> None:
    found = json.loads(run("explain", str(LEVEL_TWO), what, "--format", "json").stdout)["explanations"]
    asked_ = json.loads(run("why", str(LEVEL_TWO), ID, "--format", "json").stdout)["explanations"]
    assert [(each["decision"]["kind"], each["decision"]["id"]) for each in found] == [("DeployHedge", "P1")]
    assert found == asked_


def test_an_id_and_a_kind_that_it_does_not_come_from_mean_nothing() -> None:
    result = run("explain", str(LEVEL_TWO), f"Roll:{ID}")
    assert (result.exit_code, result.stdout) == (2, "")


def test_an_order_that_was_sent_before_is_not_sent_again_and_that_is_why(tmp_path: Path) -> None:
    path = tmp_path / "sent.yaml"
    path.write_text(LEVEL_TWO.read_text("utf-8").replace("    orders: []", f"    orders: [{SENT}]"), "utf-8")
    result = run("why-not", str(path), "order:SPX260918P05300000")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(
        f"""\
order did not happen
SPX260918P05300000 as sleeve.hedge_put, for position P1
instead: {DEPLOYED}

An order of its id was sent before, and is not sent again.

Nor by permit of entry A1/gen/SPX260918P05300000: universe, """
    )


# What was not bought.


def test_a_contract_that_comes_after_the_picked_one_is_told_in_what() -> None:
    assert picked("order:SPX260918P05600000") == [
        (
            "SPX260918P05600000",
            "fits, and comes after SPX   260918P05300000",
            [("order by", "candidate.spread_ratio ≈0.021139 > ≈0.017738 of SPX   260918P05300000")],
        ),
        (
            "SPX260918P05300000",
            "picked, the first of 16 contracts on offer that fit",
            [("order by", "candidate.spread_ratio")],
        ),
    ]


def test_the_page_begins_with_what_was_bought_instead_and_ends_with_why_it_is_not_sold() -> None:
    result = run("why-not", str(LEVEL_TWO), "order:SPX260918P05600000")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(
        f"""\
order did not happen
SPX260918P05600000 as sleeve.hedge_put, for position P1
instead: buy to open 2 SPX260918P05300000 at 135.30, {DEPLOYED}
§6.11  """
    )
    refused = "universe, expiry_in_band, delta_in_band, no_freeze, entries stand in its way"
    assert result.stdout.endswith(f"\nNor by permit of entry A1/gen/SPX260918P05600000: {refused}.\n")


@pytest.mark.parametrize(
    ("name", "said", "here", "there"),
    [
        (
            "SPX260918P05900000",
            "candidate.distance_below ≈{} in hedge_put_distance (from 0.1 up to 0.2)",
            *("0.095092", "0.187117"),
        ),
        (
            "SPX260619P05500000",
            "candidate.months_left ≈{} in hedge_put_months (from 6 up to 12)",
            *("3.2523", "6.241787"),
        ),
    ],
)
def test_a_contract_that_does_not_fit_is_told_with_the_picked_ones_value_of_the_same(
    name: str, said: str, here: str, there: str
) -> None:
    chosen = "picked, the first of 16 contracts on offer that fit"
    for what in (name, f"order:{name}"):
        assert picked(what) == [
            (name, "does not fit", [("where", said.format(here))]),
            ("SPX260918P05300000", chosen, [("where", said.format(there))]),
        ]


def test_a_contract_of_which_something_is_unknown_is_passed_over() -> None:
    (here, says, parts), (there, *_) = picked("order:SPX260918P05600000", "candidate.SPX260918P05600000.bid=null")
    assert (here, there) == ("SPX260918P05600000", "SPX260918P05300000")
    assert (says, parts) == (
        "is passed over, for something of it is unknown",
        [("order by", "candidate.spread_ratio")],
    )


@pytest.mark.parametrize(
    ("name", "fact", "is_", "values"),
    [
        (
            "SPX260918P05600000",
            "candidate.SPX260918P05600000.ask",
            "196",
            {"195.3343": 1, "195.3344": 1, "195.3345": 0},
        ),
        ("SPX260918P05900000", "symbol.SPX.spot", "6520", {"6625.0002": 1, "6625.0001": 1, "6625": 0}),
    ],
)
def test_what_would_have_made_it_the_first_is_found_to_the_tick(
    name: str, fact: str, is_: str, values: dict[str, int]
) -> None:
    subject, id_, named = fact.split(".")
    changes = asked(f"order:{name}")["bought"][0]["changes"]
    found = {(each["fact"], each["id"].replace(" ", "")): (each["is"], each["to"]) for each in changes}
    assert found[f"{subject}.{named}", id_] == (is_, [*values][1])
    for value, code in values.items():
        assert run("why-not", str(LEVEL_TWO), f"order:{name}", "--set", f"{fact}={value}").exit_code == code


def test_no_fact_but_the_likely_ones_would_have_bought_anything() -> None:
    of = verdict()
    sleeves = range(len(of.facts.ids["sleeve"]))
    pairs = [(row, sleeve) for row in range(len(of.facts.ids["candidate"])) for sleeve in sleeves]
    unmade = [each for row, sleeve in pairs for each in buyers(of, row, [sleeve]) if not each.made(of)]
    assert len(unmade) == 22
    for wanted in unmade:
        search = Search(of, wanted)
        likely = search.likely(search.goal)
        assert not search.goal.holds(search.traced)
        assert search.changes(search.goal, sorted(search.traced.cells.keys() - set(likely))) == []


def test_the_sale_is_told_in_json_as_ever_and_the_purchase_beside_it() -> None:
    told = asked("order:SPX260918P05600000")
    assert (told["wanted"], told["subject"]) == ("order:A1/gen/SPX260918P05600000", "entry")
    assert "universe" in [each["name"] for each in told["ways"][0]["missed"]]
    (bought,) = told["bought"]
    assert {key: bought[key] for key in ("wanted", "subject", "id", "contract", "pick", "picked")} == {
        "wanted": "order:A1/gen/SPX260918P05600000", "subject": "position", "id": "P1",
        "contract": "SPX   260918P05600000", "pick": "sleeve.hedge_put", "picked": "SPX   260918P05300000",
    }  # fmt: skip
    assert [each["id"] for each in bought["orders"]] == [ID]
    assert [each["kind"] for each in bought["instead"]] == ["DeployHedge"]
    assert [each["name"] for each in bought["ways"][0]["missed"]] == ["sleeve.hedge_put"]


def test_what_the_sum_cannot_pay_for_is_told_with_its_cost() -> None:
    told = asked("order:SPX260918P05300000", "sleeve.A1/gen.hedge_spent_quarter=30000")
    (bought,) = told["bought"]
    (ground,) = bought["ways"][0]["grounds"]
    assert (ground["name"], ground["role"]) == ("hedges", "shares")
    assert {step["label"]: step["value"] for step in ground["steps"]} == {
        "room": "18000", "asks": "72000", "spx_puts": "12000.00", "vix_calls": "6000.00", "one for spx_puts": "13650",
    }  # fmt: skip
    spent = next(each for each in bought["changes"] if each["fact"] == "sleeve.hedge_spent_quarter")
    assert spent["to"] == "27525"  # two thirds of 48,000 − 27,525 are 13,650


@pytest.mark.parametrize(("spent", "code"), [("27524.99", 1), ("27525", 1), ("27525.01", 0)])
def test_a_sum_that_pays_for_one_to_the_cent_is_enough(spent: str, code: int) -> None:
    stated = ("--set", f"sleeve.A1/gen.hedge_spent_quarter={spent}")
    assert run("why-not", str(LEVEL_TWO), "order:SPX260918P05300000", *stated).exit_code == code


def test_where_no_hedge_is_due_that_is_told_and_what_would_be_picked() -> None:
    (bought, *others) = asked("order:SPX260918P05600000", "symbol.IWM.spot=250")["bought"]
    assert [each["id"] for each in (bought, *others)] == ["P1", "P3", "A1/com"]
    assert [each["name"] for each in bought["ways"][0]["missed"]] == ["deploy_hedge", "sleeve.hedge_put"]
    assert (bought["picked"], bought["orders"]) == (None, [])
    found = picked("order:SPX260918P05600000", "symbol.IWM.spot=250")
    assert [(name, says) for name, says, _ in found] == [
        ("SPX260918P05600000", "fits, and comes after SPX   260918P05300000"),
        ("SPX260918P05300000", "would be picked, the first of 16 contracts on offer that fit"),
    ]


def test_a_sleeve_that_is_named_is_the_one_that_is_told_of() -> None:
    told = asked("order:A1/com/SPX260918P05300000")
    (bought,) = told["bought"]
    assert (told["id"], bought["id"]) == ("A1/com/SPX   260918P05300000", "A1/com")
    assert [way["rule"] for way in bought["ways"]] == ["tier_hedge", "trigger_hedge"]
    assert {each["fact"] for each in bought["changes"]} == {"market.breadth", "market.spx_closes"}


def test_an_order_of_which_several_sleeves_are_as_near_is_that_of_the_hedge() -> None:
    told = asked("order:VIX260819C00055000")
    assert (told["id"], told["bought"][0]["id"]) == ("A1/gen/VIX   260819C00055000", "P1")


def test_what_no_sum_deals_in_is_a_question_of_its_sale_alone() -> None:
    of = verdict()
    names = [name.replace(" ", "") for name in of.facts.columns["candidate.occ_symbol"]]
    dealt = {name: buyers(of, row, range(len(of.facts.ids["sleeve"]))) for row, name in enumerate(names)}
    assert {name for name, found in dealt.items() if found} == {name for name in names if name[:3] in ("SPX", "VIX")}
    assert asked("order:IWM260313P00191000")["bought"] == []
    assert "Nor by" not in run("why-not", str(LEVEL_TWO), "order:IWM260313P00191000").stdout


def test_a_decision_that_is_asked_about_has_no_purchase() -> None:
    assert asked("Roll:P2")["bought"] == []
    assert asked("EntryPermitted:A1/gen/SPX260918P05300000")["bought"] == []


# What is not there.


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("TransitionDenied", "there is no event in the snapshot"),
        ("AcceptFill", "there is no order in the snapshot"),
        ("TransitionDenied:A1", "the snapshot has no event 'A1'; there is none at all"),
        (ID.replace("SPX", "SPY"), None),
    ],
)
def test_what_is_not_in_the_snapshot_is_said_in_one_line(what: str, said: str | None) -> None:
    result = run("why-not", str(LEVEL_TWO), what)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said is None or result.stderr == f"Error: {said}\n"
