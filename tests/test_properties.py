"""What holds of every verdict: determinism, failing closed, ceilings kept by the orders together, memory that lasts."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.decide import decide
from engine.dump import dump_snapshot
from engine.evaluate import blames
from engine.law.load import load
from engine.law.model import Constitution
from engine.verdict import Document as Written
from engine.verdict import Ticket, Verdict
from tests import oracle
from tests.conftest import examples
from tests.strategies import ZONE, Document, Gap, at, calendar, documents, gaps, snapshot

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "constitution" / "1.3"
_LISTS: Final = ("symbols", "accounts", "sleeves", "positions", "orders", "holdings", "bars", "candidates")
_CHILD: Final = """
import hashlib, sys
from pathlib import Path
from engine.decide import decide
from engine.law.load import load
from engine.snapshot import read_snapshot
law = load(Path(sys.argv[1]))
for path in sorted(Path(sys.argv[2]).glob("*.yaml")):
    print(path.name, hashlib.sha256(decide(law, read_snapshot(path)).canonical()).hexdigest())
"""


@cache
def law() -> Constitution:
    return load(FOLDER)


@cache
def limits() -> Mapping[str, Any]:
    """Return the parameters as the oracle reads them."""
    return oracle.Law(FOLDER).constants


def judged(document: Document) -> Verdict:
    return decide(law(), snapshot(document))


def thursday() -> Document:
    """Return ten o'clock of a Thursday on which Gen sells one contract after another."""
    now = datetime(2026, 3, 5, 10, tzinfo=ZONE)
    put = {
        "underlying": "IWM",
        "right": "put",
        "strike": Decimal(200),
        "expiration": date(2026, 3, 6),
        "multiplier": 100,
    }
    quote = {"bid": Decimal("1.95"), "ask": Decimal("2.05"), "quoted_at": now, "delta": Decimal("-0.42")}
    liquid = {"open_interest": 5000, "average_daily_volume": 2000, "maintenance_margin": Decimal(4400)}
    money = {"equity": Decimal(500_000), "close_equity": Decimal(500_000)}
    quarter = {"quarterly_net_gains": Decimal(0), "hedge_spent_quarter": Decimal(0)}
    forks = {"base_capital": Decimal(500_000), "free_cash": Decimal(500_000)}
    gen = {"kind": "gen", **money, **quarter, **forks, "flows": [], "holdings": [], "positions": []}
    account = {
        "id": "A1",
        "form": "full",
        "state": "SCANNING",
        "net_liquidation": Decimal(1_000_000),
        "maintenance_margin": Decimal(0),
    }
    host = ("broker_connected", "healthy", "reconciled", "schedule_built", "ledger_written")
    return {
        "format": 1,
        "origin": "made up",
        "as_of": now,
        "calendar": calendar(now.date()),
        "market": {"vix": Decimal(18), "vix_at": now, "vix_close": Decimal(17), "vix_close_date": date(2026, 3, 4)},
        "host": dict.fromkeys(host, True) | {"stress_test": False},
        "symbols": [{"symbol": "IWM", "spot": Decimal(210), "spot_at": now, "bars": [], "earnings": []}],
        "accounts": [account | {"trades_today": 0, "sleeves": [gen], "orders": [], "events": []}],
        "candidates": [put | quote | liquid],
        "proposals": [],
        "memory": {},
    }


def test_gen_sells_on_a_calm_thursday() -> None:
    assert [(order.underlying, order.contracts) for order in judged(thursday()).orders] == [("IWM", 6)]


def breached(now: datetime) -> Document:
    """Return a put that stands at level 2 when IWM trades at 200 and no ATR was measured."""
    put = {"id": "P1", "underlying": "IWM", "right": "put", "strike": Decimal(208), "expiration": date(2026, 3, 6)}
    quote = {"bid": Decimal("1.95"), "ask": Decimal("2.05"), "quoted_at": now, "delta": Decimal("-0.6")}
    paid = {"credit": Decimal(2), "original_credit": Decimal(2), "rolled_cost": Decimal(0)}
    return put | quote | paid | {"multiplier": 100, "quantity": -1}


def opening(verdict: Verdict, *kinds: str) -> set[tuple[str, str]]:
    """Return what the law permits to open: entries by their contract, whoever proposes it, rolls by their position."""
    found = verdict.of(*(kinds or ("EntryPermitted", "Roll")))
    return {(type(one).__name__, one.id.removesuffix("/proposed")) for one in found}


# Determinism


@st.composite
def reordered(draw: st.DrawFn) -> tuple[Document, Document]:
    """Draw a document, and the same with its rows in another order."""

    def shuffled(value: Any, name: str = "") -> Any:  # noqa: ANN401 - any part of a document
        if isinstance(value, dict):
            return {key: shuffled(below, key) for key, below in value.items()}
        if isinstance(value, list):
            rows = [shuffled(below) for below in value]
            return draw(st.permutations(rows)) if name in _LISTS and len(rows) > 1 else rows
        return value

    document = draw(documents())
    return document, shuffled(document)


@examples(200)
@given(reordered())
def test_the_order_of_the_rows_changes_no_byte(both: tuple[Document, Document]) -> None:
    first, second = both
    assert judged(first).canonical() == judged(second).canonical()


def test_two_bars_of_one_session_do_not_depend_on_which_comes_first() -> None:
    document = thursday()
    bars = [_bar(date(2026, 2, day), 202) for day in (25, 26, 27)] + [
        _bar(date(2026, 3, day), 202) for day in (2, 3, 4)
    ]
    twice = _bar(date(2026, 3, 4), 222)
    found = []
    for rows in ([*bars, twice], [*bars[:-1], twice, bars[-1]]):
        document["symbols"][0]["bars"] = rows
        try:
            found.append(judged(document).canonical())
        except ValidationError as refused:
            found.append(refused.errors()[0]["type"].encode())
    assert found[0] == found[1]


def _bar(day: date, high: int) -> Document:
    return {"date": day, "high": Decimal(high), "low": Decimal(200), "close": Decimal(200)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of snapshots as files."""
    folder = tmp_path_factory.mktemp("snapshots")
    found: list[Document] = []

    @examples(25)
    @given(documents())
    def collect(document: Document) -> None:
        found.append(deepcopy(document))

    collect()
    for number, document in enumerate(found):
        (folder / f"{number:03}.yaml").write_text(dump_snapshot(snapshot(document)), "utf-8")
    return folder


def digests(python: Path | str, folder: Path, seed: str) -> str:
    """Return a digest of each verdict, made by an interpreter of its own."""
    command = [str(python), "-c", _CHILD, str(FOLDER), str(folder)]
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_seed_of_the_hashes_changes_no_byte(written: Path) -> None:
    found = {digests(sys.executable, written, seed) for seed in ("0", "1", "4242")}
    assert len(found) == 1
    assert found.pop().count("\n") == len([*written.iterdir()])


def test_another_python_gives_the_same_bytes(written: Path, other_python: Path) -> None:
    assert digests(other_python, written, "0") == digests(sys.executable, written, "0")


# Failing closed


def replaced_by_the_law(gap: Gap) -> bool:
    """Tell where the law itself says what stands for a missing fact.

    6.9 and 8.4 do for what the ATR is made of; and where nobody watches what the program needs, no circuit is open.
    """
    return "bars" in gap.route or gap.fact == "dependencies"


@examples(150)
@given(st.booleans().flatmap(lambda calm: documents(calm=calm)), st.data())
def test_a_fact_that_is_taken_away_permits_nothing(document: Document, data: st.DataObject) -> None:
    before = opening(judged(document))
    places = [gap for gap in gaps(document) if not replaced_by_the_law(gap)]
    for gap in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True)):
        less = deepcopy(document)
        at(less, gap.route[:-1])[gap.fact] = None
        verdict = judged(less)
        # A roll passes over a contract of which something is unknown, but when it expires, and may find another.
        another = gap.kind == "candidates" and gap.fact != "expiration"
        kinds = ("EntryPermitted",) if another else ("EntryPermitted", "Roll")
        assert opening(verdict, *kinds) <= before, gap
        sold = {f"{one.account}/{one.sleeve}/{one.contract}" for one in verdict.orders if one.side == "sell"}
        assert sold <= {id_ for _, id_ in before}, gap


def rolling(**nearer: object) -> Document:
    """Return a put to be rolled with two expiries on offer; only in the later one a put is in the delta band."""
    document = thursday()
    document["symbols"][0]["spot"] = Decimal(200)
    document["accounts"][0]["sleeves"][0]["positions"] = [breached(document["as_of"])]
    row = document["candidates"][0] | {"strike": Decimal(205)}
    first = row | {"expiration": date(2026, 3, 13), "delta": Decimal("-0.6")} | nearer
    document["candidates"] = [first, row | {"expiration": date(2026, 3, 16)}]
    return document


def test_a_contract_without_an_expiration_makes_no_later_one_the_first_listed() -> None:
    listed, undated = judged(rolling()), judged(rolling(expiration=None))
    assert [len(listed.of(kind)) for kind in ("Roll", "ExitPosition")] == [0, 1]
    assert [len(undated.of(kind)) for kind in ("Roll", "ExitPosition")] == [0, 0]
    assert "roll_blocked" in [alert.code for alert in undated.alerts]


@pytest.mark.parametrize("name", ["strike", "delta", "bid", "quoted_at", "open_interest"])
def test_a_contract_of_which_something_else_is_missing_blocks_no_roll(name: str) -> None:
    nearer = {"expiration": date(2026, 3, 16), "strike": Decimal(204), "delta": Decimal("-0.42")}
    assert len(judged(rolling(**nearer | {name: None})).of("Roll")) == 1


def test_one_issuer_with_two_tickers_has_one_calendar() -> None:
    document = thursday()
    document["candidates"][0]["underlying"] = "GOOG"
    one = document["symbols"][0] | {"symbol": "GOOG", "earnings": []}
    other = one | {"symbol": "GOOGL", "earnings": [{"date": date(2026, 3, 5)}]}
    document["symbols"] = [one, other]
    assert judged(document).orders == ()
    other["earnings"] = None
    assert judged(document).orders != ()
    one["earnings"] = None
    assert judged(document).orders == ()


def remembering(document: Document, verdict: Verdict, latch: str) -> Document:
    """Return the document with a latch held by every row of its subject, to stay held."""
    subject, fact = latch.split(".")
    now = document["as_of"]
    kept = {
        "until": (now + timedelta(days=1)).isoformat(),
        "day": str(now.date()),
        "high": Decimal(900_000),
        "tier": Decimal("0.1"),
        "circuit": False,
    }
    entry = {"since": "2026-02-20T15:00:00Z", "by": "law"} | {name: kept[name] for name in law().latches[latch].keeps}
    more = deepcopy(document)
    for id_ in verdict.facts.ids[subject]:
        more["memory"].setdefault(subject, {}).setdefault(id_ or "-", {})[fact] = entry
    return more


# A re-entry is the one latch that permits: the put with which Com regains the shares.
_PERMITS: Final = {"holding.reentry_queued"}


@examples(100)
@given(documents(calm=True), st.data())
def test_a_latch_that_is_added_never_loosens(document: Document, data: st.DataObject) -> None:
    if document["memory"] is None:
        return
    before = judged(document)
    latch = data.draw(st.sampled_from(sorted(law().latches.keys() - _PERMITS)))
    after = judged(remembering(document, before, latch))
    # Under a Hedged Week a roll looks for another contract, so rolls are compared under the other latches only.
    kinds = ("EntryPermitted",) if latch == "market.hedged_week" else ("EntryPermitted", "Roll")
    assert opening(after, *kinds) <= opening(before)


# Ceilings


def exact(value: Any) -> Fraction:  # noqa: ANN401 - a number of a document
    return Fraction(value)


def opens(order: Document) -> bool:
    return order["effect"] == "open" and order["status"] in ("unacknowledged", "working", "cancelling")


def puts(rows: list[Document], count: str) -> Iterator[tuple[str, Fraction]]:
    """Yield the ticker and the cash-secured notional of every put sold."""
    for row in rows:
        if row["right"] == "put" and (row.get("quantity", -1) < 0) and row.get("side", "sell") == "sell":
            yield row["underlying"], exact(row["strike"]) * row["multiplier"] * abs(exact(row[count]))


def issuer(ticker: str) -> str:
    return "Alphabet" if ticker in limits()["shared_issuer"] else ticker


def ceilings(document: Document, *, hedged: bool) -> dict[tuple[str, ...], tuple[Fraction, Fraction]]:
    """Return what is used of every ceiling and where it lies, counted by hand: positions, shares, orders at work."""
    found: dict[tuple[str, ...], tuple[Fraction, Fraction]] = {}
    spots = {one["symbol"]: exact(one["spot"]) for one in document["symbols"]}
    factor = limits()["deployment_ceiling"] * (limits()["hedged_week_factor"] if hedged else 1)
    working: dict[str, Fraction] = {}
    ordered: set[tuple[str, ...]] = set()
    for account in document["accounts"]:
        open_orders = [order for order in account["orders"] if opens(order)]
        ordered |= {contract(order) for order in open_orders}
        sold = [order for order in open_orders if order["right"] == "put" and order["side"] == "sell"]
        margin = sum((exact(order["maintenance_margin"]) * order["contracts"] for order in sold), Fraction(0))
        margin += exact(account["maintenance_margin"])
        found["margin", account["id"]] = margin, limits()["margin_limit"] * exact(account["net_liquidation"])
        held = sum(len(sleeve["positions"]) for sleeve in account["sleeves"])
        found["positions", account["id"]] = Fraction(held + len(open_orders)), limits()["position_limit"]
        trades = exact(account["trades_today"]) + len(open_orders)
        found["trades", account["id"]] = trades, limits()["trade_limit"]
        for order in open_orders:
            working[order["underlying"]] = working.get(order["underlying"], Fraction(0)) + exact(order["contracts"])
        for sleeve in account["sleeves"]:
            orders = [order for order in open_orders if order["sleeve"] == sleeve["kind"]]
            staked = [*puts(sleeve["positions"], "quantity"), *puts(orders, "contracts")]
            staked += [(one["symbol"], exact(one["shares"]) * spots[one["symbol"]]) for one in sleeve["holdings"]]
            equity, name = exact(sleeve["equity"]), (account["id"], sleeve["kind"])
            found["deployment", *name] = sum((stake for _, stake in staked), Fraction(0)), factor * equity
            for one in {issuer(ticker) for ticker, _ in staked}:
                stake = sum((stake for ticker, stake in staked if issuer(ticker) == one), Fraction(0))
                found["exposure", *name, one] = stake, limits()["symbol_exposure_limit"] * equity
            for ticker in spots:
                calls = [
                    row
                    for row in (*sleeve["positions"], *orders)
                    if row["right"] == "call" and row["underlying"] == ticker
                ]
                sold_calls = [row for row in calls if row.get("quantity", -1) < 0 and row.get("side", "sell") == "sell"]
                covered = sum(
                    (abs(exact(row.get("quantity", row.get("contracts")))) * row["multiplier"] for row in sold_calls),
                    Fraction(0),
                )
                shares = sum(
                    (exact(one["shares"]) for one in sleeve["holdings"] if one["symbol"] == ticker), Fraction(0)
                )
                found["coverage", *name, ticker] = covered, coverage(document, ticker) * shares
    for row in document["candidates"]:
        if contract(row) not in ordered:
            continue
        limit = limits()["order_volume_limit"] * exact(row["average_daily_volume"])
        found["volume", *contract(row)] = working.get(row["underlying"], Fraction(0)), limit
    return found


def coverage(document: Document, ticker: str) -> Fraction:
    """Return the share of the shares that calls may cover: less in a week in which the issuer reports."""
    today = document["as_of"].date()
    monday = today - timedelta(days=today.weekday())
    days = [
        day["date"] for one in document["symbols"] if issuer(one["symbol"]) == issuer(ticker) for day in one["earnings"]
    ]
    reports = any(monday <= day < monday + timedelta(days=7) for day in days) and ticker not in limits()["never_report"]
    return exact(limits()["earnings_coverage"] if reports else limits()["full_coverage"])


def contract(row: Any) -> tuple[str, ...]:  # noqa: ANN401 - a row or a ticket
    told = row if isinstance(row, dict) else row.model_dump()
    strike = f"{Decimal(told['strike']).normalize():f}"
    return told["underlying"], told["right"], strike, str(told["expiration"])


def applied(document: Document, verdict: Verdict, *, filled: bool) -> Document:
    """Return the document after the orders to sell were sent, or after they were filled."""
    after = deepcopy(document)
    accounts = {one["id"]: one for one in after["accounts"]}
    offered = {contract(row): row for row in (*after["proposals"], *after["candidates"])}
    for ticket in verdict.orders:
        if ticket.side != "sell":
            continue
        row, account = offered[contract(ticket)], accounts[ticket.account]
        sent = {
            name: row[name]
            for name in ("underlying", "right", "strike", "expiration", "multiplier", "maintenance_margin")
        }
        sent |= {
            "id": ticket.id,
            "sleeve": ticket.sleeve,
            "side": "sell",
            "effect": "open",
            "contracts": ticket.contracts,
        }
        sent |= {
            "status": "working",
            "sent_at": document["as_of"],
            "mid": ticket.price,
            "attempt": 1,
            "known_locally": True,
        }
        if filled:
            sleeve = next(one for one in account["sleeves"] if one["kind"] == ticket.sleeve)
            hold(sleeve["positions"], row, ticket)
            account["trades_today"] += 1
            if ticket.right == "put":
                account["maintenance_margin"] += row["maintenance_margin"] * ticket.contracts
            sent |= {"status": "filled", "contracts": 0}
        account["orders"].append(sent)
    return after


def hold(positions: list[Document], row: Document, ticket: Ticket) -> None:
    """Add a fill to the position in its contract."""
    id_ = "-".join((ticket.account, ticket.sleeve, *contract(row)))
    held = next((one for one in positions if one["id"] == id_), None)
    if held is None:
        told = {
            name: row[name]
            for name in ("underlying", "right", "strike", "expiration", "multiplier", "bid", "ask", "delta")
        }
        paid = {"credit": ticket.price, "original_credit": ticket.price, "rolled_cost": Decimal(0)}
        held = {"id": id_, "quantity": 0, "quoted_at": row["quoted_at"]} | told | paid
        positions.append(held)
    held["quantity"] -= ticket.contracts


@examples(100)
@given(documents(calm=True, holes=False), st.booleans())
def test_the_orders_of_a_verdict_together_keep_every_ceiling(document: Document, filled: bool) -> None:  # noqa: FBT001
    verdict = judged(document)
    hedged = bool(verdict.of("HedgedWeek"))
    before = ceilings(document, hedged=hedged)
    for name, (used, limit) in ceilings(applied(document, verdict, filled=filled), hedged=hedged).items():
        already = before.get(name, (Fraction(0), limit))[0]
        assert used <= max(limit, already), name


@examples(100)
@given(documents(calm=True, holes=False), st.booleans())
def test_after_the_orders_of_a_verdict_there_is_no_other_to_send(document: Document, filled: bool) -> None:  # noqa: FBT001
    again = judged(applied(document, judged(document), filled=filled))
    assert [order for order in again.orders if order.side == "sell"] == []


@examples(100)
@given(documents(calm=True, holes=False), st.sampled_from(["before", "at work", "filled"]))
def test_what_is_permitted_has_an_order_or_says_why_not(document: Document, when: str) -> None:
    verdict = judged(document)
    if when != "before":
        verdict = judged(applied(document, verdict, filled=when == "filled"))
    said = {f"{one.account}/{one.sleeve}/{one.contract}" for one in verdict.orders}
    said |= {one.id.removesuffix("/proposed") for one in verdict.of("Withheld")}
    assert {one.id.removesuffix("/proposed") for one in verdict.of("EntryPermitted")} <= said


@pytest.mark.parametrize("status", ["requested", "working", "filled", "cancelled"])
def test_a_contract_whose_order_was_sent_before_says_so(status: str) -> None:
    document = thursday()
    sent = applied(document, judged(document), filled=False)
    sent["accounts"][0]["orders"][0] |= {"status": status, "contracts": 1}
    (withheld,) = judged(sent).of("Withheld")
    assert (withheld.id, withheld.reason) == ("A1/gen/IWM   260306P00200000", "sent_before")
    assert judged(sent).orders == ()


@pytest.mark.parametrize("filled", [False, True])
def test_a_smaller_contract_does_not_use_up_what_a_larger_one_left(filled: bool) -> None:  # noqa: FBT001
    document = thursday()
    row = document["candidates"][0]
    document["candidates"] = [row | {"delta": Decimal("-0.425")}, row | {"strike": Decimal(50)}]
    first = judged(document)
    assert [(order.strike, order.contracts) for order in first.orders] == [(Decimal(200), 6)]
    assert judged(applied(document, first, filled=filled)).orders == ()


def test_every_slice_of_an_order_counts_as_a_trade() -> None:
    document = thursday()
    document["accounts"][0]["trades_today"] = limits()["trade_limit"] - 1
    document["candidates"][0] |= {"strike": Decimal(20), "maintenance_margin": Decimal(100)}
    assert len(judged(document).orders) <= 1


def test_orders_for_two_contracts_of_a_symbol_share_its_volume() -> None:
    document = thursday()
    account = document["accounts"][0]
    row = document["candidates"][0] | {"average_daily_volume": 100, "strike": Decimal(50)}
    wanted = row | {"strike": Decimal("50.5"), "account": "A2", "sleeve": "gen", "side": "sell", "contracts": 10}
    document |= {"accounts": [account, account | {"id": "A2"}], "candidates": [row], "proposals": [wanted]}
    assert sum(order.contracts for order in judged(document).orders) <= limits()["order_volume_limit"] * 100


def test_an_order_for_a_thin_contract_leaves_less_for_another_of_its_symbol() -> None:
    document = thursday()
    row = document["candidates"][0] | {"average_daily_volume": 100, "strike": Decimal(50)}
    wanted = row | {"strike": Decimal("50.5"), "account": "A1", "sleeve": "gen", "side": "sell", "contracts": 1}
    document |= {"candidates": [row | {"average_daily_volume": 2000}], "proposals": [wanted]}
    assert sum(order.contracts for order in judged(document).orders) == limits()["order_volume_limit"] * 100


def test_two_orders_for_one_contract_have_ids_of_their_own() -> None:
    document = thursday()
    document["proposals"] = [
        document["candidates"][0] | {"account": "A1", "sleeve": "gen", "side": "sell", "contracts": 2}
    ]
    verdict = judged(document)
    chosen = sum(order.contracts for choice in verdict.chosen.values() for order in choice.orders)
    assert sum(order.contracts for order in verdict.orders) == chosen


def test_a_contract_is_proposed_to_a_sleeve_once() -> None:
    document = thursday()
    first = document["candidates"][0] | {"account": "A1", "sleeve": "gen", "side": "sell", "contracts": 2}
    account = document["accounts"][0]
    document["accounts"] = [account, account | {"id": "A2"}]
    document["proposals"] = [first, first | {"account": "A2"}, first | {"strike": Decimal(199)}]
    proposed = [order.id for order in judged(document).orders if "-proposed-" in order.id]
    assert len(proposed) == len({*proposed}) == len(document["proposals"])
    document["proposals"] = [first, first | {"contracts": 3}]
    with pytest.raises(ValidationError, match=r"proposals\.1\.underlying: the contract stands here again for gen"):
        snapshot(document)


# Memory


@examples(100)
@given(documents())
def test_memory_that_is_fed_back_is_accepted_and_changes_nothing(document: Document) -> None:
    moved = [part["flows"] != [] for one in document["accounts"] for part in one["sleeves"] or ()]
    moved += [event["kind"] == "forked" for one in document["accounts"] for event in one["events"] or ()]
    if document["memory"] is None or any(moved):
        return  # money that moved counts once, since the last snapshot, and nobody knows of what was not delivered
    first = judged(document)
    again = judged(document | {"memory": first.memory})
    assert again.memory == first.memory
    assert [*again.facts.columns] == [*first.facts.columns]
    for latch in law().latches:
        assert again.facts.columns[latch] == first.facts.columns[latch], latch


@examples(60)
@given(documents())
def test_memory_lasts_through_the_file_and_through_json(document: Document) -> None:
    verdict = judged(document)
    spelled = json.loads(verdict.canonical())["memory"]
    read = judged(document | {"memory": spelled})
    assert read.canonical() == judged(document | {"memory": verdict.memory}).canonical()


@examples(60)
@given(documents())
def test_a_verdict_is_read_back_from_its_json(document: Document) -> None:
    verdict = judged(document)
    read = Written.model_validate_json(verdict.canonical())
    assert read.decisions == verdict.document().decisions
    assert read.model_dump(mode="json") == verdict.document().model_dump(mode="json")


@examples(60)
@given(documents(calm=True))
def test_memory_that_was_not_delivered_denies_every_entry(document: Document) -> None:
    verdict = judged(document | {"memory": None})
    assert verdict.of("EntryPermitted") == []
    assert [order for order in verdict.orders if order.side == "sell"] == []


def test_memory_that_was_not_delivered_is_not_forgotten_with_the_next_verdict() -> None:
    verdict = judged(thursday() | {"memory": None})
    assert judged(thursday() | {"memory": verdict.memory}).orders == ()


def test_what_is_remembered_outlasts_a_snapshot_in_which_its_row_was_not_delivered() -> None:
    since = {"since": "2026-02-20T15:00:00Z", "by": "law"}
    kept = {
        "sleeve": {"A1/gen": {"highest_close": Decimal(600_000), "pivot": since | {"high": Decimal(600_000)}}},
        "position": {"P1": {"hedged": since, "last_level": Decimal(2)}},
    }
    document = thursday() | {"memory": kept}
    for change in ({"sleeves": None}, {"sleeves": [document["accounts"][0]["sleeves"][0] | {"positions": None}]}):
        account = document["accounts"][0] | change
        memory = judged(document | {"accounts": [account]}).memory or {}
        assert memory is not None
        found = {
            subject: {id_: {*entry} for id_, entry in memory[subject].items()} for subject in kept if subject in memory
        }
        assert found == {"sleeve": {"A1/gen": {"highest_close", "pivot"}}, "position": {"P1": {"hedged", "last_level"}}}


def test_a_latch_that_is_set_again_keeps_what_is_so_now() -> None:
    week = {"since": "2026-02-24T15:00:00Z", "by": "law", "until": "2026-02-27T21:30:00Z"}
    document = thursday() | {"memory": {"market": {"-": {"hedged_week": week}}}}
    wild = judged(document | {"market": document["market"] | {"vix": Decimal(55)}})
    calmer = judged(document | {"market": document["market"] | {"vix": Decimal(49)}, "memory": wild.memory})
    assert len(calmer.of("HedgedWeek")) == 1


# What was not delivered, and what is empty


def test_an_absent_chain_is_unknown_and_an_empty_one_has_nothing() -> None:
    document = thursday()
    document["symbols"][0]["spot"] = Decimal(200)
    document["accounts"][0]["sleeves"][0]["positions"] = [breached(document["as_of"])]
    absent, empty = judged(document | {"candidates": None}), judged(document | {"candidates": []})
    assert {one.reason for verdict in (absent, empty) for one in verdict.of("TradeSkipped")} == {"no_chain"}
    assert "missing_fact:candidates" in {reason.code for reason in absent.of("Blocked")[0].reasons}
    sizes = [verdict.evaluator.fact("symbol", "chain_size", 0) for verdict in (absent, empty)]
    assert [blame.fact for blame in blames(sizes[0])] == ["candidates"]
    assert sizes[1] == 0
    assert not [one for verdict in (absent, empty) for one in verdict.of("Roll", "ExitPosition", "Escalate")]


@pytest.mark.parametrize(
    ("route", "denies"),
    [
        (("accounts", 0, "orders"), True),
        (("accounts", 0, "events"), True),
        (("accounts", 0, "sleeves", 0, "positions"), True),
        (("accounts", 0, "sleeves", 0, "holdings"), True),
        (("accounts", 0, "sleeves", 0, "flows"), True),
        (("symbols", 0, "earnings"), True),
        (("symbols", 0, "bars"), False),  # 8.4 says what stands for an ATR that cannot be measured
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else None,
)
def test_a_list_that_was_not_delivered_is_unknown_and_an_empty_one_is_not(route: tuple[Any, ...], denies: bool) -> None:  # noqa: FBT001
    document = thursday()
    document["symbols"][0]["symbol"] = document["candidates"][0]["underlying"] = "AAPL"  # which may report
    document["memory"] = {"sleeve": {"A1/gen": {"highest_close": Decimal(500_000)}}}  # which flows may scale
    assert at(document, route) == []
    assert judged(document).orders != ()
    at(document, route[:-1])[route[-1]] = None
    assert (judged(document).orders == ()) is denies


# What may be missing of single facts


def working(**more: object) -> Document:
    """Return an order that sells six puts, as much as one symbol bears."""
    put = {
        "underlying": "IWM",
        "right": "put",
        "strike": Decimal(200),
        "expiration": date(2026, 3, 6),
        "multiplier": 100,
    }
    order = {"id": "A1-1.v1", "sleeve": "gen", "side": "sell", "effect": "open", "contracts": 6, "status": "working"}
    return order | put | {"maintenance_margin": Decimal(4400)} | more


@pytest.mark.parametrize("name", ["right", "strike", "multiplier", "contracts", "status", "maintenance_margin"])
def test_a_working_order_of_which_something_is_missing_lets_nothing_be_opened(name: str) -> None:
    document = thursday()
    document["accounts"][0]["orders"] = [working(**{name: None})]
    assert judged(document).orders == ()


def test_orders_that_one_of_two_accounts_does_not_deliver_are_unknown() -> None:
    document = thursday()
    first = document["accounts"][0]
    document["accounts"] = [first | {"orders": None}, first | {"id": "A2", "orders": [working(id="A2-1.v1")]}]
    assert judged(document).orders == ()


@pytest.mark.parametrize("contracts", [None, "NaN", 0])
def test_a_proposal_without_a_size_is_denied(contracts: object) -> None:
    document = thursday()
    row = document["candidates"][0]
    document |= {
        "candidates": [],
        "proposals": [row | {"account": "A1", "sleeve": "gen", "side": "sell", "contracts": contracts}],
    }
    verdict = judged(document)
    assert verdict.orders == ()
    assert len([one for one in verdict.of("EntryDenied") if one.subject == "entry"]) == 1


def monday() -> Document:
    """Return ten o'clock of a Monday on which Com writes calls on the NVDA it holds."""
    document = thursday()
    now = document["as_of"] - timedelta(days=3)
    document |= {"as_of": now, "calendar": calendar(now.date())}
    document["market"] |= {"vix_at": now, "vix_close_date": date(2026, 2, 27)}
    document["symbols"][0] |= {"symbol": "NVDA", "spot_at": now}
    held = [{"symbol": "NVDA", "shares": 500, "assigned": False}]
    document["accounts"][0]["sleeves"][0] |= {"kind": "com", "holdings": held}
    document["candidates"][0] |= {"underlying": "NVDA", "right": "call", "delta": Decimal("0.2"), "quoted_at": now}
    return document


def test_com_writes_calls_on_a_calm_monday() -> None:
    assert [(order.underlying, order.contracts) for order in judged(monday()).orders] == [("NVDA", 5)]


@pytest.mark.parametrize("name", ["strike", "expiration", "multiplier", "delta", "bid", "average_daily_volume"])
def test_a_contract_of_which_something_is_missing_is_not_sold(name: str) -> None:
    for document in (thursday(), monday()):
        document["candidates"][0][name] = None
        assert judged(document).orders == ()
