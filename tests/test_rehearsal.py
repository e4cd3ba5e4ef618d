"""The made-up year: its ledger line for line, and at every look what must never be otherwise."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.decided import Decided
from engine.law.load import load
from engine.place import FactError
from engine.verdict import Ticket
from rehearsal.books import Book, Holding, Lot, Sleeve
from rehearsal.run import Look, Night, Rehearsal
from rehearsal.script import along, read_script
from rehearsal.tape import Contract, Tape, third_friday

ROOT: Final = Path(__file__).resolve().parents[1]
YEAR: Final = ROOT / "fixtures" / "years" / "one_year.yaml"
LEDGER: Final = YEAR.with_suffix(".ledger")
LABELS: Final = {"Calm-Income", "Roll", "Assignment", "Preservation", "Hedged", "Earnings-Filter"}
HUNDRED: Final = Decimal(100)
NOTHING: Final = Decimal(0)


# What is counted here is counted from cash, shares and contracts alone: nothing of it is asked of the books.


def worth(sleeve: Sleeve, tape: Tape, day: date) -> Decimal:
    options = (one.quantity * tape.quote(one.contract, day).mid * HUNDRED for one in sleeve.options.values())
    return sleeve.cash + sum(options, NOTHING) + sum(market(sleeve, tape, day).values(), NOTHING)


def market(sleeve: Sleeve, tape: Tape, day: date) -> dict[str, Decimal]:
    lots = ((name, lot.shares * tape.close(name, day)) for name, one in sleeve.holdings.items() for lot in one.lots)
    return added(lots)


def sold(sleeve: Sleeve, right: str) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Yield ticker, contracts and strike of every option that was sold."""
    for one in sleeve.options.values():
        if one.quantity < 0 and one.contract.right == right:
            yield one.contract.underlying, -one.quantity, one.contract.strike


def at_stake(sleeve: Sleeve, tape: Tape, day: date) -> dict[str, Decimal]:
    puts = ((name, contracts * strike * HUNDRED) for name, contracts, strike in sold(sleeve, "put"))
    return added([*puts, *market(sleeve, tape, day).items()])


def added(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, amount in pairs:
        found[name] = found.get(name, NOTHING) + amount
    return found


@dataclass
class Year(Rehearsal):
    """A rehearsal under watch: what must not be is written down, by what it breaks."""

    lines: list[str] = field(default_factory=list)
    broken: dict[str, list[str]] = field(default_factory=dict)
    said: list[tuple[datetime, Decided]] = field(default_factory=list)
    orders: list[Ticket] = field(default_factory=list)
    happened: list[tuple[date, str]] = field(default_factory=list)

    def run(self) -> None:
        for step in self.steps():
            self.lines += step.lines
            if isinstance(step, Look):
                self.said += [(step.at, one) for one in step.news]
                self.orders += step.verdict.orders
                self.looked(step)
            else:
                self.happened += [(step.day, str(deed)) for deed in step.deeds]

    def breaks(self, what: str, *found: object) -> None:
        self.broken.setdefault(what, []).append(" ".join(map(str, found)))

    def total(self, day: date) -> Decimal:
        sleeves = (sleeve for book in self.books.values() for sleeve in book.sleeves.values())
        return sum((worth(sleeve, self.tape, day) for sleeve in sleeves), NOTHING)

    def look(self, now: datetime) -> Look:
        day = now.date()
        before = self.total(day)
        step = super().look(now)
        taxes = sum((deed.amount for deed in step.deeds if deed.what == "taxed"), NOTHING)
        if self.total(day) + taxes != before:
            self.breaks("money", now, before, self.total(day), taxes)
        return step

    def night(self, day: date) -> Night:
        """Time value is lost where a contract ends; nothing else comes or goes."""
        expected = self.total(day)
        for book in self.books.values():
            for sleeve in book.sleeves.values():
                for one in sleeve.options.values():
                    spot = self.tape.close(one.contract.underlying, day)
                    inside = max((spot - one.contract.strike) * (1 if one.contract.right == "call" else -1), NOTHING)
                    exercised = inside and one.quantity < 0 and one.contract.right == "call"
                    nights = self.script.listings[one.contract.underlying].exercised
                    if one.contract.expiration == day or (exercised and day in nights):
                        expected += (inside - self.tape.quote(one.contract, day).mid) * one.quantity * HUNDRED
        step = super().night(day)
        if self.total(day) != expected:
            self.breaks("money at night", day, expected, self.total(day))
        return step

    def looked(self, step: Look) -> None:
        hedged = any(type(one).__name__ == "HedgedWeek" for one in step.verdict.beside_entries)
        for book in self.books.values():
            for kind, sleeve in book.sleeves.items():
                where = f"{book.id}/{kind}"
                mine = [one for one in step.verdict.orders if f"{one.account}/{one.sleeve}" == where]
                self.covered(step, where, sleeve)
                if any(one.side == "sell" and one.right == "put" for one in mine):
                    self.entered(step, where, book, sleeve, hedged=hedged)

    def covered(self, step: Look, where: str, sleeve: Sleeve) -> None:
        called = added((name, contracts * HUNDRED) for name, contracts, _ in sold(sleeve, "call"))
        for name, shares in called.items():
            if shares > sum((lot.shares for lot in sleeve.holding(name).lots), NOTHING):
                self.breaks("naked call", step.at, where, name, shares)
        if sleeve.cash < 0:
            self.breaks("cash", step.at, where, sleeve.cash)
        for name, holding in sleeve.holdings.items():
            if holding.leap_cash < 0:
                self.breaks("leap cash", step.at, where, name, holding.leap_cash)

    def entered(self, step: Look, where: str, book: Book, sleeve: Sleeve, *, hedged: bool) -> None:
        day = step.at.date()
        equity, stake = worth(sleeve, self.tape, day), at_stake(sleeve, self.tape, day)
        if sum(stake.values(), NOTHING) > equity / (2 if hedged else 1):
            self.breaks("deployment", step.at, where, sum(stake.values(), NOTHING), equity)
        tickers = {one.underlying for one in step.verdict.orders if one.right == "put" and one.side == "sell"}
        for name in tickers:
            if stake.get(name, NOTHING) > equity / 4:
                self.breaks("exposure", step.at, where, name, stake[name], equity)
        puts = [contracts * strike for one in book.sleeves.values() for _, contracts, strike in sold(one, "put")]
        all_of_it = sum((worth(one, self.tape, day) for one in book.sleeves.values()), NOTHING)
        if sum(puts, NOTHING) * HUNDRED / 5 > all_of_it * 6 / 10:
            self.breaks("margin", step.at, book.id, puts, all_of_it)


@pytest.fixture(scope="module")
def year() -> Year:
    found = Year(load(ROOT / "constitution" / "1.3"), read_script(YEAR))
    found.run()
    return found


def kinds(year: Year, *names: str) -> list[tuple[datetime, Any]]:
    return [(at, one) for at, one in year.said if type(one).__name__ in names]


# The golden.


def test_the_ledger_of_the_year_is_as_written(year: Year) -> None:
    """Where the law was changed on purpose: `alluse rehearse` with --compare shows it, with --ledger writes it."""
    assert year.lines == LEDGER.read_text("utf-8").splitlines()


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_ledger_is_the_same_under_another_hash_seed(seed: str, tmp_path: Path) -> None:
    spring, last = tmp_path / "spring.yaml", "2026-04-17"
    spring.write_text(YEAR.read_text("utf-8").replace("last: 2027-01-08", f"last: {last}"), "utf-8")
    command = [sys.executable, "-m", "cli", "rehearse", str(spring), "--ledger", str(tmp_path / "ledger"), "--no-plot"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
    whole = LEDGER.read_bytes().splitlines(keepends=True)
    assert (tmp_path / "ledger").read_bytes() == b"".join(line for line in whole if line[:10] <= last.encode())


# What must hold at every look.


@pytest.mark.parametrize(
    "what", ["money", "money at night", "naked call", "cash", "leap cash", "deployment", "exposure", "margin"]
)
def test_nothing_is_broken_at_any_look(year: Year, what: str) -> None:
    assert year.broken.get(what, []) == []


def test_no_order_is_sent_twice(year: Year) -> None:
    assert [id_ for id_, count in Counter(order.id for order in year.orders).items() if count > 1] == []


def test_an_invariant_that_is_broken_is_seen() -> None:
    """A law without coverage sells naked calls; if nothing were found there, finding nothing would mean nothing."""
    script = read_script(YEAR).model_copy(update={"last": date(2026, 1, 9)})
    found = Year(load(ROOT / "tests" / "small_law"), script)
    found.run()
    assert {"naked call", "exposure"} <= found.broken.keys()
    assert not {"money", "money at night"} & found.broken.keys()


# Weeks and reports.


def test_the_year_has_every_type_of_week(year: Year) -> None:
    assert {one.label for _, one in kinds(year, "WeekType") if one.final} == LABELS


def test_every_week_of_an_account_has_one_label_for_good(year: Year) -> None:
    labels = Counter((one.id, one.week) for _, one in kinds(year, "WeekType") if one.final)
    assert set(labels.values()) == {1}
    mondays = {str(date.fromisocalendar(*session.date.isocalendar()[:2], 1)) for session in year.sessions}
    assert {week for account, week in labels if account == "A1"} == mondays


def test_every_report_is_due_at_its_cut_and_once(year: Year) -> None:
    found = sorted((one.report, one.of, f"{at:%Y-%m-%d %H:%M}") for at, one in kinds(year, "Report") if one.id == "A1")
    assert found == sorted(due(year))


def due(year: Year) -> Iterator[tuple[str, str, str]]:
    """Yield the reports of the year and their cuts: two hours earlier where the exchange closes early."""
    early = {date(2026, 11, 27), date(2026, 12, 24)}
    sessions = [session.date for session in year.exchange.sessions if session.date >= year.script.first]
    for day, ahead in pairwise(sessions):
        cut = f"{day} {'14:30' if day in early else '16:30'}"
        if day > year.script.last:
            return
        if day.isocalendar()[1] != ahead.isocalendar()[1]:
            yield "weekly", str(day), cut
        if day.month != ahead.month:
            yield "monthly", str(day), cut
        if (day.month - 1) // 3 != (ahead.month - 1) // 3:
            yield "quarterly", str(day), cut


# What the year shows.


@pytest.mark.parametrize(
    "kind",
    [
        *("Fork", "MergeMini", "Pivot", "PivotCleared", "HedgedWeek", "EnterSafe", "FreezeEntries", "Roll"),
        *("ExitPosition", "DeployHedge", "TriggerHedge", "RaiseHedge", "HoldHedge", "ReleaseHedge"),
        *("ManageExpiry", "PrepareAssignment", "WriteCalls", "SuspendPuts", "ResumePuts", "QueueReentry"),
        *("BuyLeap", "RollLeap", "CloseLeap", "RenewHedge", "Reinvest", "PrecomputeRoll", "PrepareRoll"),
    ],
)
def test_the_year_has_a(year: Year, kind: str) -> None:
    assert kinds(year, kind)


def test_gains_are_reinvested_in_every_quarter(year: Year) -> None:
    days = {str(at.date()) for at, _ in kinds(year, "Reinvest")}
    assert days == {"2026-04-01", "2026-07-01", "2026-10-01", "2027-01-04"}


def test_one_lot_goes_all_the_way_from_its_put_to_its_call(year: Year) -> None:
    """Prepared, put to the sleeve, no puts, calls written, called away, puts again."""
    at = [f"{when:%Y-%m-%d}" for when, one in kinds(year, "PrepareAssignment") if "QQQ" in one.id]
    at += [str(day) for day, what in year.happened if what.startswith("A1/gen assigned") and "QQQ" in what]
    at += [str(when.date()) for when, one in kinds(year, "SuspendPuts") if one.id == "A1/gen/QQQ"]
    called = [order for order in year.orders if order.sleeve == "gen" and order.underlying == "QQQ"]
    at += [next(order.id[7:15] for order in called if order.right == "call")]
    at += [str(day) for day, what in year.happened if what.startswith("A1/gen called_away") and "QQQ" in what]
    at += [str(when.date()) for when, one in kinds(year, "ResumePuts") if one.id == "A1/gen/QQQ"]
    at += [next(order.id[7:15] for order in called if order.right == "put" and order.id[7:15] > "20260921")]
    assert at == ["2026-03-06", "2026-03-06", "2026-03-09", "20260309", "2026-09-18", "2026-09-21", "20260924"]
    between = [order.id for order in called if order.right == "put" and "20260309" < order.id[7:15] < "20260921"]
    assert between == []


# The books.


def test_shares_leave_oldest_first_with_what_they_cost() -> None:
    holding = Holding([Lot(HUNDRED, Decimal(10)), Lot(HUNDRED, Decimal(20), assigned=True)])
    assert holding.take(Decimal(150)) == Decimal(2000)
    assert holding.lots == [Lot(Decimal(50), Decimal(20), assigned=True)]


def test_what_calls_earn_is_credited_to_the_shares_that_were_put_to_a_sleeve() -> None:
    bought, put = Lot(HUNDRED, Decimal(10)), Lot(Decimal(300), Decimal(20), assigned=True, credits=Decimal("0.5"))
    Holding([bought, put]).credit(Decimal(100))
    assert (bought.credits, put.credits) == (NOTHING, Decimal("0.8333"))
    Holding([bought, put]).credit(Decimal(-400))
    assert put.credits == Decimal("-0.5001")


def tape() -> Tape:
    return Year(load(ROOT / "tests" / "small_law"), read_script(YEAR)).tape


def test_quotes_keep_put_call_parity_to_a_cent() -> None:
    day, found = date(2026, 1, 8), tape()
    for contract in [one for one in found.offered(day) if one.right == "put"]:
        call = Contract(contract.underlying, "call", contract.strike, contract.expiration)
        between = found.quote(call, day).mid - found.quote(contract, day).mid
        assert abs(between - (found.close(contract.underlying, day) - contract.strike)) <= Decimal("0.01")


def test_only_contracts_of_the_deltas_named_are_offered() -> None:
    found, day = tape(), date(2026, 1, 8)
    deltas = [abs(found.quote(one, day).delta) for one in found.offered(day)]
    assert min(deltas) >= Decimal("0.18")
    assert max(deltas) <= Decimal("0.46")
    assert len({*found.offered(day)}) == len(deltas)


def test_a_price_lies_on_the_line_between_its_waypoints() -> None:
    path = {date(2026, 1, 5): Decimal(10), date(2026, 1, 9): Decimal(14)}
    days = [date(2026, 1, 4), date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9), date(2026, 1, 10)]
    assert [along(path, day) for day in days] == [10, 10, 11, 14, 14]


def test_months_expire_on_their_third_friday() -> None:
    assert [third_friday(2026, 5), third_friday(2027, 1)] == [date(2026, 5, 15), date(2027, 1, 15)]


# The script.


def script_with(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = YEAR.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "script.yaml").write_text(text, "utf-8")
    return tmp_path / "script.yaml"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("tick: 0.01", "tick: 0", "script.yaml:14:9 type: 'tick': input should be greater than 0"),
        ("weeks: 2", "week: 2", "script.yaml:13:3 missing-field: 'weeks' is missing; add it"),
        ("last: 2027-01-08", "last: 2026-01-02", "last, 2026-01-02, is before first, 2026-01-05; exchange them"),
        ("vix: VIX", "vix: VVIX", "there is no listing of VVIX, which is held or named; add one"),
        ("underlying: SPX", "underlying: NDX", "there is no listing of NDX, which is held or named; add one"),
        ("account: A1, event", "account: A9, event", "there is no account A9, only A1, MINI-1; mend its name"),
        ("    into: A1\n", "", "the mini MINI-1 merges into no account; add one"),
        ("{full: 3, mini: 1}", "{full: 3}", "sub_accounts does not say how many a mini account takes; add it"),
        ("kind: person_reset", "kind: reset", "'kind': 'reset' is not a word for this; did you mean 'resume'?"),
    ],
)
def test_a_fault_of_a_script_is_said_with_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(FactError) as found:
        read_script(script_with(tmp_path, (old, new)))
    assert fault in str(found.value)
    assert str(found.value).startswith("script.yaml:")


# The command.


def rehearse(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rehearse", *arguments], prog_name="alluse")


@pytest.fixture
def fortnight(tmp_path: Path) -> str:
    return str(script_with(tmp_path, ("last: 2027-01-08", "last: 2026-01-16")))


def test_a_summary_is_for_a_person(fortnight: str) -> None:
    result = rehearse(fortnight)
    assert result.exit_code == 0
    titles = ["Weeks", "Trades, and what became of positions", "Equity", "Equity of A1/gen"]
    assert [title for title in titles if f"\n{title}\n" in result.stdout] == titles
    assert "10 sessions, 2026-01-05 to 2026-01-16" in result.stdout
    assert "\nEquity of MINI-1/com, 70,000 throughout\n" in result.stdout
    assert "Equity of A1/gen" not in rehearse(fortnight, "--no-plot").stdout


def test_json_has_the_summary_and_the_ledger(fortnight: str) -> None:
    document = json.loads(rehearse(fortnight, "--format", "json").stdout)
    assert document["summary"]["weeks"] == {"A1": {"Calm-Income": 2}, "MINI-1": {"Calm-Income": 2}}
    whole = LEDGER.read_text("utf-8").splitlines()
    assert document["ledger"] == [line for line in whole if line[:10] <= "2026-01-16"]
    assert document["summary"]["sessions"] == len(document["summary"]["closes"]) == 10


def test_the_summary_counts_what_the_ledger_has(fortnight: str) -> None:
    document = json.loads(rehearse(fortnight, "--format", "json").stdout)
    words = [line.split() for line in document["ledger"]]
    puts = [line for line in words if line[2] == "order" and line[4] == "sell" and "P0" in line[6]]
    tally = document["summary"]["trades"]["puts sold"]
    assert tally["times"] == len(puts)
    assert Decimal(tally["contracts"]) == sum(Decimal(line[5]) for line in puts)
    assert Decimal(tally["dollars"]) == sum(Decimal(line[5]) * Decimal(line[8]) * 100 for line in puts)


def test_a_ledger_is_written_and_compared(fortnight: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    assert rehearse(fortnight, "--ledger", str(ledger)).exit_code == 0
    same = rehearse(fortnight, "--compare", str(ledger))
    assert same.exit_code == 0
    assert same.stdout.endswith(f"The ledger is line for line that of {ledger}.\n")
    text = ledger.read_text("utf-8")
    ledger.write_text(text.replace("AAPL260109C00255000 at 0.86", "AAPL260109C00255000 at 0.87"), "utf-8")
    other = rehearse(fortnight, "--compare", str(ledger), "--format", "json")
    assert other.exit_code == 1
    assert json.loads(other.stdout)["ledger"] == text.splitlines()
    said = other.stderr.splitlines()
    assert said[1] == "The ledger differs in 2 lines:"
    changed = [line for line in said if line.startswith(("-2026", "+2026"))]
    assert changed == [
        f"{sign}2026-01-05 10:01 order A1/com sell 40 AAPL260109C00255000 at {price} [permit]"
        for sign, price in (("-", "0.87"), ("+", "0.86"))
    ]


def test_another_law_gives_another_ledger(fortnight: str) -> None:
    result = rehearse(fortnight, "--law", str(ROOT / "tests" / "small_law"), "--compare", str(LEDGER))
    assert result.exit_code == 1
    assert "lines more" in result.stdout


def test_a_script_that_is_not_there_is_said_on_one_line() -> None:
    result = rehearse("nowhere.yaml")
    assert (result.exit_code, result.stderr) == (
        2, "nowhere.yaml:1:1 missing: there is no such file; check the name\n",
    )  # fmt: skip
