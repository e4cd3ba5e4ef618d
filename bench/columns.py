"""The baseline of the batch reader: the checks of an entry as one writes them by hand in polars, over floats.

What holds for a market, an account, a sleeve or an underlying is a literal or one of two small tables that are joined.
As `bench.handwritten` it knows no missing fact: null is not asked for, and there is one mask, of what is missed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Final

import polars

from bench.handwritten import NEAR, NEAR_SECONDS, NEAR_USD, Numbers, Sleeve, Terms, pairs
from engine.batch import Reader, batch, contracts
from engine.facts import Candidates, Snapshot
from engine.law.model import Constitution
from engine.verdict import Verdict

_EPOCH: Final = 719163
_NUMBERS: Final = ("strike", "bid", "ask", "delta", "maintenance_margin")


@dataclass
class ByHand:
    """Expressions for one snapshot, made of its slotted objects."""

    law: Constitution
    verdict: Verdict

    def __post_init__(self) -> None:
        judged = pairs(self.law, self.verdict)
        ids, above = self.verdict.facts.ids, self.verdict.facts.columns["entry>sleeve"]
        self.sleeves = {ids["sleeve"][row]: sleeve for row, (_, sleeve, _) in zip(above, judged, strict=True)}
        self.symbols = {contract.symbol.name: contract.symbol for contract, _, _ in judged}
        self.expirations = sorted({contract.expiration for contract, _, _ in judged})
        self.market = next(iter(self.sleeves.values())).account.market
        self.numbers = Numbers(self.law)
        rules = self.verdict.program.requires["EntryPermitted"]
        self.bits = {rule.id: 1 << bit for bit, rule in enumerate(rules)}

    def __call__(self, frame: polars.LazyFrame) -> polars.LazyFrame:
        """Return for each sleeve the verdict and the mask."""
        found = frame.join(self._of_symbols(), on="underlying", how="left", maintain_order="left")
        found = found.join(self._of_days(), on="expiration", how="left", maintain_order="left")
        put = polars.col("right") == "put"
        notional = polars.when(put).then(polars.col("strike") * polars.col("multiplier")).otherwise(0.0)
        found = found.with_columns(put=put, notional=notional, abs_delta=polars.col("delta").abs())
        found = found.with_columns(shared=self._shared())
        masks = {f"{name}.missed": self._missed(name, sleeve) for name, sleeve in self.sleeves.items()}
        found = found.with_columns(**masks)
        verdicts = {f"{name}.verdict": polars.col(f"{name}.missed") == 0 for name in self.sleeves}
        return found.with_columns(**verdicts).select([*verdicts, *masks])

    def _bit(self, rule: str, missed: polars.Expr) -> polars.Expr:
        return polars.when(missed).then(self.bits[rule]).otherwise(0)

    def _of_symbols(self) -> polars.LazyFrame:
        never, limit = self.numbers.words("never_report"), self.numbers["data_age_limit"] + NEAR_SECONDS
        rows = []
        for name, symbol in self.symbols.items():
            ahead = [day for day in symbol.reports if day >= self.market.today]
            row = {
                "underlying": name,
                "fresh": symbol.spot > 0 and self.market.now - symbol.spot_at <= limit,
                "reports": name not in never and symbol.reports_this_week,
                "next_report": 10**7 if name in never else min(ahead, default=10**7),
                "working": symbol.working_contracts,
            }
            for id_, sleeve in self.sleeves.items():
                holding = sleeve.holdings[name]
                row |= {f"{id_}.exposure": holding.exposure_room + NEAR_USD}
                row |= {f"{id_}.coverage": holding.coverage_room + NEAR}
                row |= {f"{id_}.put": self._of_holding(sleeve, sleeve.puts, name) | self._of_put(sleeve, name)}
                row |= {f"{id_}.call": self._of_holding(sleeve, sleeve.calls, name)}
            rows.append(row)
        return polars.LazyFrame(rows)

    def _of_holding(self, sleeve: Sleeve, terms: Terms, name: str) -> int:
        holding = sleeve.holdings[name]
        allowed = (
            (not terms.when_assigned or holding.assigned)
            and (not terms.when_queued or holding.reentry_queued)
            and (not terms.when_held or holding.shares > 0)
        )
        missed = 0 if allowed else self.bits["strategy"]
        missed |= 0 if terms.universe is None or name in terms.universe else self.bits["universe"]
        return missed | (0 if terms.day in {None, self.market.weekday} else self.bits["cadence_day"])

    def _of_put(self, sleeve: Sleeve, name: str) -> int:
        missed = self.bits["no_pivot"] if sleeve.pivot else 0
        return missed | (self.bits["no_assigned_shares"] if sleeve.holdings[name].suspended else 0)

    def _of_days(self) -> polars.LazyFrame:
        days, full = self.market.days, int(self.numbers["full_week"])
        left = [sum(self.market.today < day <= last for day in days) for last in self.expirations]
        counted = [
            full if self.market.short_week and last == self.market.last_day else count + 1
            for count, last in zip(left, self.expirations, strict=True)
        ]
        days_ = polars.Series("expiration", [last - _EPOCH for last in self.expirations], polars.Int32)
        ordinal = polars.Series("last", self.expirations)
        table = {"left": left, "counted": counted}
        return polars.DataFrame([days_.cast(polars.Date), ordinal]).with_columns(**{
            name: polars.Series(values) for name, values in table.items()
        }).lazy()  # fmt: skip

    def _shared(self) -> polars.Expr:
        """The bits that a contract misses for every sleeve."""
        number, col, bit = self.numbers, polars.col, self._bit
        quoted = col("quoted_at").dt.epoch("ms") / 1000.0
        reports = col("put") & (col("reports") | (col("next_report") <= col("last")))
        room = col("average_daily_volume") * number["order_volume_limit"] - col("working") + NEAR
        bits = [
            bit("standard_contract", col("multiplier") != number["lot_size"]),
            bit("strike_known", col("strike") <= 0),
            bit("enough_open_interest", col("open_interest") < number["open_interest_floor"] - NEAR),
            bit("enough_volume", col("average_daily_volume") < number["volume_floor"] - NEAR),
            bit("narrow_spread", (col("ask") - col("bid")) / ((col("bid") + col("ask")) / 2)
                > number["spread_limit"] + NEAR),
            bit("quote_fresh", self.market.now - quoted > number["data_age_limit"] + NEAR_SECONDS),
            bit("underlying_fresh", ~col("fresh")),
            bit("earnings", reports),
            bit("order_size", room < 1),
        ]  # fmt: skip
        return reduce(or_, bits)

    def _missed(self, name: str, sleeve: Sleeve) -> polars.Expr:
        col, bit, number = polars.col, self._bit, self.numbers
        held, account = col("notional") != 0, sleeve.account
        room = number["deployment_ceiling"] * sleeve.deployable - sleeve.deployed + NEAR_USD
        used = account.margin_taken + polars.when(col("put")).then(col("maintenance_margin")).otherwise(0.0)
        bits = [
            polars.lit(self._above(sleeve)),
            col("shared"),
            polars.when(col("put")).then(col(f"{name}.put")).otherwise(col(f"{name}.call")),
            bit("exposure", col("notional") > col(f"{name}.exposure")),
            bit("deployment", held & (col("notional") > room)),
            bit("margin", held & (used / account.net_liquidation > number["margin_limit"] + NEAR)),
            bit("coverage", ~col("put") & (col("multiplier") > col(f"{name}.coverage"))),
            bit("delta_in_band", ~polars.when(col("put")).then(_between("abs_delta", sleeve.puts))
                .otherwise(_between("abs_delta", sleeve.calls))),
            bit("expiry_in_band", ~polars.when(col("put")).then(_lives(sleeve.puts)).otherwise(_lives(sleeve.calls))),
        ]  # fmt: skip
        if self.market.hedged_week:
            bits.append(bit("hedged_week_deployment", held & (col("notional") > sleeve.deployment_room + NEAR_USD)))
        return reduce(or_, bits)

    def _above(self, sleeve: Sleeve) -> int:
        """The bits that are the same for every contract of a sleeve."""
        account, market = sleeve.account, self.market
        age = market.now - market.vix_at
        missed = {
            "opening_state": account.state not in self.numbers.words("opening_states"),
            "no_freeze": account.freeze,
            "no_safe": account.safe,
            "no_halt": account.halted,
            "no_emergency": account.emergency_called,
            "mini_over": account.mini_due,
            "max_positions": account.position_room <= 0,
            "max_trades": account.trade_room <= 0,
            "market_open": not market.opens <= market.now <= market.closes,
            "vix_fresh": age > self.numbers["data_age_limit"] + NEAR_SECONDS,
            "entry_window": not sleeve.opens <= market.clock <= sleeve.closes,
            "host_sound": not market.sound,
        }
        return sum(self.bits[rule] for rule, holds in missed.items() if holds)


def _between(name: str, terms: Terms) -> polars.Expr:
    return polars.col(name).is_between(terms.lowest, terms.highest)


def _lives(terms: Terms) -> polars.Expr:
    return polars.col("left" if terms.today_is_zero else "counted").is_between(terms.shortest, terms.longest)


def table(snapshot: Snapshot, rows: int) -> polars.DataFrame:
    """Return the snapshot's contracts over and over, as many rows as asked for, with floats as files of quotes have."""
    offered = Candidates.of(()) if snapshot.candidates is None else snapshot.candidates
    counts = polars.col("multiplier", "open_interest", "average_daily_volume").cast(polars.Int64)
    chain = contracts(offered).with_columns(polars.col(_NUMBERS).cast(polars.Float64), counts)
    times = -(-rows // len(chain))
    return polars.concat([chain] * times, rechunk=True).head(rows)


def readings(law: Constitution, snapshot: Snapshot, verdict: Verdict, rows: int) -> "Readings":
    """Return both over one table, ready to be run."""
    frame = table(snapshot, rows)
    reader = batch(law, snapshot)
    return Readings(frame, reader.look(frame), ByHand(law, verdict), partial(reader.look, frame))


@dataclass(frozen=True)
class Readings:
    """The two over one table; `look` is what the law does once before."""

    frame: polars.DataFrame
    reader: Reader
    hand: ByHand
    look: partial[Reader]

    def by_law(self) -> polars.DataFrame:
        names = [f"{sleeve}.{name}" for sleeve in self.hand.sleeves for name in ("verdict", "missed", "unknown")]
        return self.reader.wide(self.frame).select(names).collect(engine="streaming")

    def by_hand(self) -> polars.DataFrame:
        return self.hand(self.frame.lazy()).collect(engine="streaming")

    def disagreements(self) -> Iterator[str]:
        """Yield every sleeve whose masks differ, with the first row."""
        law, hand = self.by_law(), self.by_hand()
        for sleeve in self.hand.sleeves:
            apart = (law[f"{sleeve}.missed"] != hand[f"{sleeve}.missed"]).arg_true()
            if len(apart):
                row = apart[0]
                said = self._said(law[f"{sleeve}.missed"][row]), self._said(hand[f"{sleeve}.missed"][row])
                yield f"{sleeve}, row {row}: the law says {said[0]}, the columns by hand {said[1]}"

    def _said(self, mask: int) -> str:
        names: Sequence[str] = self.reader.batch.ids(mask)
        return ", ".join(names) or "yes"
