"""What the race is run on: scenes of a market, an account and a chain, many values at a threshold or a tick beyond.

Nothing is drawn by chance: a value is picked by the digest of its name and number, so that every machine has the same.
Most values are harmless, so that an answer is a few reasons of many and not all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.peers.plain import PlainLaw
from bench.peers.scene import ONE, Scene
from bench.scenes import with_chain
from engine import facts as given_facts
from engine.facts import Account, Calendar, Candidate, Candidates, Holding, Host, Market, Session, Sleeve, Snapshot
from engine.rows import Facts

ZONE: Final = ZoneInfo("America/New_York")
AS_OF: Final = datetime(2026, 3, 5, 10, tzinfo=ZONE)
CLOSED: Final = date(2026, 3, 4)
SPOTS: Final = ("261.00", "402.50", "215.60", "684.00", "605.10", "258.40", "181.20", "19.99", "20.00", "398.00")
TICKERS: Final = ("AAPL", "MSFT", "AMZN", "SPY", "QQQ", "IWM", "NVDA", "TSLA", "F", "META")
_ODD: Final = 20  # one value in so many stands at an edge
_BAD: Final = 2  # in a bad scene, and every eighth is one
_TICK: Final = Decimal("0.01")
_FINEST: Final = Decimal("0.0001")

# The edges of facts that are compared with a fixed number; harmless values first, then where it turns.
_EDGES: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "vix": (
        ("14.2", "17.5", "19.99", "24"),
        ("10.99", "11", "65", "20", "35", "40", "40.01", "50", "65.5", "10.99", "10.99"),
    ),
    "rise": (("-1", "0.4", "1.5"), ("7.99", "8", "8.01", "12", "12.01", "12.5")),
    "breadth": (("0.55", "0.7"), ("0.199999", "0.2", "0.95", "0.3", "0.950001", "0.95")),
    "age": (("0", "4", "11.5"), ("29.999", "30", "30.001", "600")),
    "worth": (
        ("170000", "180000", "250000", "1400000"),
        ("9999.99", "10000", "24999.99", "25000", "99999.99", "1000000"),
    ),
    "margin": (("0.1", "0.3"), ("0.5499", "0.55", "0.5501", "0.6", "0.6001")),
    "trades": (("0", "4", "11"), ("19", "20", "59", "60", "99", "100")),
    "subs": (("1", "3"), ("5", "6")),
    "weeks": (("8", "60"), ("3", "4")),
    "left": (("1", "1.1"), ("0.75", "0.7501", "0.7499")),
    "days": (("200", "900"), ("29", "30", "31")),
    "part": (("0.4", "0.6"), ("0.6999", "0.7", "0.7001", "0.02")),
    "day": (("1", "0.99", "1.01"), ("0.96", "0.9601", "0.9599")),
    "kept": (("1.1", "1"), ("0.85", "0.8501", "0.8499", "0.7")),
    "gains": (("2500", "9000"), ("-5000", "-5000.01", "4000", "3999.99")),
    "hedge": (("0", "150"), ("400", "400.01", "900", "900.01")),
    "cash": (("9000", "30000"), ("1999.99", "2000", "5999.99", "6000")),
    "shares": (("0", "0", "100"), ("300", "600", "2000")),
    "leap": (("0", "500"), ("1000", "4500", "4500.01", "15000")),
    "out": (("0.03", "0.06", "0.1"), ("0", "0.0099", "0.01", "0.25", "0.2501")),
    "lives": (("8", "15", "30"), ("1", "2", "45", "46")),
    "mid": (("1.85", "4.20", "7.05"), ("0.05", "0.045", "0.06", "0.31")),
    "half": (("0.01", "0.02", "0.05"), ("0", "0.3", "0.305")),
    "delta": (("0.2", "0.3"), ("0.099999", "0.1", "0.35", "0.350001", "0.42", "0.420001", "0.45", "0.450001")),
    "interest": (("1500", "2600"), ("499", "500", "5000", "5001")),
    "volume": (("400", "900"), ("9", "10", "99", "100")),
    "asked": (("0.2", "0.25"), ("1", "1.0001")),
}


def scenes(count: int = 200, each: int = 10) -> list[Snapshot]:
    """Return so many markets and accounts, each with so many contracts on offer."""
    return [_scene(number, each) for number in range(count)]


def _pick(name: str, *key: int | str) -> Decimal:
    """Return the value of a name at a place: mostly a harmless one."""
    usual, edges = _EDGES[name]
    choice, seldom = _digest(name, *key)
    return Decimal(edges[choice % len(edges)] if seldom else usual[choice % len(usual)])


def _seldom(*key: int | str) -> bool:
    return _digest(*key)[1]


def _digest(*key: int | str) -> tuple[int, bool]:
    """Return a number for a place, and whether something unusual stands there; `key` has the scene's number."""
    scene = next(part for part in key if isinstance(part, int))
    number = int.from_bytes(blake2b("/".join(map(str, key)).encode(), digest_size=8).digest())
    choice, turn = divmod(number, _BAD if scene % 8 == 7 else _ODD)
    return choice, turn == 0


def _before(name: str, *key: int | str) -> datetime:
    return AS_OF - timedelta(milliseconds=int(_pick("age", name, *key) * 1000))


def _scene(number: int, each: int) -> Snapshot:
    vix = _pick("vix", number)
    return Snapshot(
        format=1,
        origin="Made up for a race",
        as_of=AS_OF,
        calendar=Calendar(zone=ZONE.key, sessions=_sessions()),
        market=Market(
            vix=vix,
            vix_at=_before("vix", number),
            vix_close=max(vix - _pick("rise", number), _TICK),
            vix_close_date=CLOSED,
            breadth=_pick("breadth", number),
            breadth_date=CLOSED - timedelta(days=_seldom("breadth", number)),
        ),
        host=_host(number),
        symbols=tuple(
            given_facts.Symbol(symbol=name, spot=Decimal(spot), spot_at=_before("spot", number, name))
            for name, spot in zip(TICKERS, SPOTS, strict=True)
        ),
        accounts=(_account(number),),
        candidates=Candidates.of(_chain(number, each)),
        memory={},
    )


def _host(number: int) -> Host:
    return Host(
        broker_connected=not _seldom("broker_connected", number),
        healthy=not _seldom("healthy", number),
        reconciled=not _seldom("reconciled", number),
        schedule_built=not _seldom("schedule_built", number),
        ledger_written=not _seldom("ledger_written", number),
        stress_test=_seldom("drill", number),
    )


@dataclass(frozen=True, slots=True)
class _Money:
    """What an account and its sleeve are worth in a scene, and what that leaves room for."""

    scene: int

    @property
    def worth(self) -> Decimal:
        return _pick("worth", self.scene)

    @property
    def margin(self) -> Decimal:
        return (self.worth * _pick("margin", self.scene)).quantize(_TICK)

    @property
    def close(self) -> Decimal:
        """The sleeve's equity at the close; seldom so little that there is just room for an order."""
        if _seldom("just room", self.scene):
            return 1000 + self.hedge
        return (self.worth * _pick("part", self.scene)).quantize(_TICK)

    @property
    def equity(self) -> Decimal:
        return (self.close * _pick("day", self.scene)).quantize(_TICK)

    @property
    def hedge(self) -> Decimal:
        return _pick("hedge", self.scene)

    @property
    def margin_left(self) -> Decimal:
        return Decimal("0.6") * self.worth - self.margin

    def shares(self, name: str, spot: Decimal) -> Decimal:
        """Return the shares of a ticker; seldom just as many as a sleeve, or an account, may have."""
        for most, where in ((Decimal("0.25") * self.equity, "sleeve"), (Decimal("0.15") * self.worth, "account")):
            if _seldom("full", where, self.scene, name) and most % spot == 0:
                return most / spot
        return _pick("shares", self.scene, name)

    def exposure_room(self, name: str, spot: Decimal) -> Decimal:
        return Decimal("0.25") * self.equity - self.shares(name, spot) * spot


def _account(number: int) -> Account:
    money = _Money(number)
    return Account(
        id="A1",
        form="mini" if _seldom("mini", number) else "full",
        state="AUDIT" if _seldom("state", number) else ("SCANNING", "ANALYZING", "ORDERING")[number % 3],
        net_liquidation=money.worth,
        maintenance_margin=money.margin,
        trades_today=_pick("trades", number),
        opened=CLOSED - timedelta(days=int(_pick("days", number))),
        start=(money.worth / _pick("left", number)).quantize(_TICK),
        sub_accounts=_pick("subs", number),
        completed_weeks=_pick("weeks", number),
        predicted_week="Hedged" if _seldom("week", number) else "Calm-Income",
        sleeves=(_sleeve(number, money),),
        orders=(),
        events=(),
    )


def _sleeve(number: int, money: _Money) -> Sleeve:
    return Sleeve(
        kind="com" if _seldom("kind", number) else ("gen", "rev")[number % 2],
        equity=money.equity,
        close_equity=money.close,
        quarterly_net_gains=_pick("gains", number),
        hedge_spent_quarter=money.hedge,
        base_capital=(money.equity / _pick("kept", number)).quantize(_TICK),
        free_cash=_pick("cash", number),
        flows=(),
        holdings=tuple(
            Holding(
                symbol=name,
                shares=money.shares(name, Decimal(spot)),
                assigned=_seldom("assigned", number, name),
                leap_cash=_pick("leap", number, name),
            )
            for name, spot in zip(TICKERS, SPOTS, strict=True)
        ),
        positions=(),
    )


def _chain(scene: int, each: int) -> list[Candidate]:
    """Return contracts that all have another name; one that exists already gets the next free strike."""
    met = set[object]()
    free: dict[object, Decimal] = {}
    chain = []
    for place in range(each):
        contract = _contract(scene, place)
        key = contract.underlying, contract.right, contract.expiration
        written = Decimal(str(contract.strike))
        strike = free.get((key, written), written)
        while (key, strike) in met:
            strike += _TICK
        met.add((key, strike))
        free[key, written] = strike
        chain.append(contract if strike == written else contract.model_copy(update={"strike": strike}))
    return chain


def _contract(scene: int, place: int) -> Candidate:
    key = (scene, place)
    symbol, spot = TICKERS[place % len(TICKERS)], Decimal(SPOTS[place % len(TICKERS)])
    put = not _seldom("call", *key)
    strike = _strike(key, symbol, spot, put=put)
    mid, half = _quote(key, strike)
    delta, money = _pick("delta", *key), _Money(scene)
    bound = money.margin_left if _seldom("all the margin", *key) else strike * 100 * _pick("asked", *key)
    return Candidate(
        underlying=symbol,
        right="put" if put else "call",
        strike=strike,
        expiration=CLOSED + timedelta(days=int(_pick("lives", *key))),
        multiplier=Decimal(10 if _seldom("multiplier", *key) else 100),
        bid=max(mid - half, _TICK),
        ask=mid + half,
        quoted_at=_before("quote", *key),
        delta=-delta if put else delta,
        open_interest=_pick("interest", *key),
        average_daily_volume=_pick("volume", *key),
        maintenance_margin=max(bound, Decimal(0)).quantize(_TICK),
    )


def _strike(key: tuple[int, int], symbol: str, spot: Decimal, *, put: bool) -> Decimal:
    """Return a strike so far out of the money; seldom one that takes all the room that a holding or a sleeve has."""
    money = _Money(key[0])
    for room, where in ((money.exposure_room(symbol, spot), "holding"), (money.equity - money.hedge, "sleeve")):
        if _seldom("all the room", where, *key) and room >= spot and room == room.quantize(_TICK):
            return room / 100
    out = spot * _pick("out", *key)
    return (spot - out if put else spot + out).quantize(_TICK)


def _quote(key: tuple[int, int], strike: Decimal) -> tuple[Decimal, Decimal]:
    """Return the mid and half the spread; seldom one that pays just enough, or is just narrow enough."""
    mid, half = _pick("mid", *key), _pick("half", *key)
    if _seldom("just enough", *key):
        mid = max(strike * Decimal("0.002"), _TICK).quantize(_FINEST)
    if _seldom("just narrow enough", *key):
        half = (mid * Decimal("0.04")).quantize(_FINEST)
    return mid, half


def _sessions() -> tuple[Session, ...]:
    days = (CLOSED + timedelta(days=number) for number in range(-14, 90))
    return tuple(
        Session(date=day, open=datetime.combine(day, time(9, 30), ZONE), close=datetime.combine(day, time(16), ZONE))
        for day in days
        if day.isoweekday() <= 5
    )


def plain_scene(law: PlainLaw, facts: Facts) -> Scene:
    """Return the rows of a snapshot's tables, with the given facts that the law reads."""
    columns = facts.columns
    names: dict[str, list[str]] = {}
    for subject, fact in law.given:
        names.setdefault(subject, []).append(fact)

    def rows(subject: str) -> list[dict[str, Any]]:
        found = names[subject]
        values = [columns[f"{subject}.{fact}"] for fact in found]
        return [dict(zip(found, row, strict=True)) for row in zip(*values, strict=True)]

    candidates = rows("candidate")
    entries, named = rows("entry"), zip(columns["entry>candidate"], columns["candidate.underlying"], strict=True)
    merged = [
        {"id": place, "underlying": ticker} | candidates[row] | entry
        for place, ((row, ticker), entry) in enumerate(zip(named, entries, strict=True))
    ]
    tickers = facts.ids["symbol"]
    single = {subject: rows(subject)[0] for subject in ONE}
    listed = {f"{subject}s": dict(zip(tickers, rows(subject), strict=True)) for subject in ("symbol", "holding")}
    return {**single, **listed, "candidates": merged}


def only(snapshot: Snapshot, place: int) -> Snapshot:
    """Return a snapshot with one of its contracts, and nothing but the underlying and the holding that it needs."""
    if snapshot.candidates is None or snapshot.accounts[0].sleeves is None:
        raise ValueError("nothing to take one of")
    contract = snapshot.candidates.row(place)
    account, sleeve = snapshot.accounts[0], snapshot.accounts[0].sleeves[0]
    held = tuple(holding for holding in sleeve.holdings or () if holding.symbol == contract.underlying)
    few = account.model_copy(update={"sleeves": (sleeve.model_copy(update={"holdings": held}),)})
    symbols = tuple(symbol for symbol in snapshot.symbols if symbol.symbol == contract.underlying)
    return with_chain(snapshot.model_copy(update={"accounts": (few,), "symbols": symbols}), [contract])


def tiled(snapshot: Snapshot, count: int) -> Snapshot:
    """Return a snapshot with its contracts over and over, so many of them; their names repeat, nobody asks for them."""
    if snapshot.candidates is None:
        raise ValueError("nothing to repeat")
    times = -(-count // snapshot.candidates.size)
    columns = {name: (values * times)[:count] for name, values in snapshot.candidates.columns.items()}
    return snapshot.model_copy(update={"candidates": Candidates(columns, {})})
