"""A chain of any size screened day by day: a day is a snapshot without contracts, and its contracts go by in pieces."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from commands.docs import UnwritableError
from engine.batch import ADDED, MISSED, UNKNOWN, VERDICT, Batch, batch
from engine.facts import Candidate, Candidates, Snapshot, declared
from engine.law.model import Constitution
from engine.masks import places
from engine.place import FactError, Fault, Place
from engine.shift import moved
from sources import accounts
from sources.build import Files, Scene, Wish, around
from sources.calendars import Exchange, Moment, exchange
from sources.chains import Quotes, Spot, quotes, strikes
from sources.documents import Statement, read_statement
from sources.offers import Context, candidates
from sources.origin import Origin, Tell
from sources.scans import Beside, Scan, columns, completed, exactly, scan, spots
from sources.tables import ROW, Table

if TYPE_CHECKING:
    import polars

# Rows that go by at once where nobody says how much memory may be taken.
PIECE: Final = 100_000
_FILE: Final = "file"
_REFUSED: Final = re.compile(r"\(os error ([0-9]+)\)")

Taken = Callable[["polars.DataFrame"], None]
"""Takes the rows that are to be written, sleeve by sleeve."""


@contextmanager
def writing(where: Path, advice: str) -> Iterator[None]:
    """Say that something cannot be written there, and why, where the system refuses it."""
    import polars

    try:
        yield
    except (polars.exceptions.PolarsError, OSError) as error:
        said = _REFUSED.search(str(error))  # polars has no other number
        number = getattr(error, "errno", None) or (int(said[1]) if said else None)
        if number is None:
            raise
        raise UnwritableError(f"{where} cannot be written: {os.strerror(number)}; {advice}") from error


def is_screened(path: Path) -> bool:
    """Return whether a table is what a screening has written."""
    return {*ADDED} <= {*columns(path)}


@dataclass(frozen=True, slots=True)
class Question:
    """What is screened: under which law, beside which files, when.

    Attributes:
        law: The law.
        files: Those beside the chain; the chain's own name is that of the file at hand.
        wish: As `alluse snapshot` has it; `at` is not looked at.
        days: The days that are screened; none is every day of a file.
        at: The one instant that is screened, with the quotes known by then.
        as_of: When, instead of at the last quotes: an instant, or a time of each day in the exchange's zone.
    """

    law: Constitution
    files: Files
    wish: Wish
    days: tuple[date, ...] = ()
    at: datetime | None = None
    as_of: datetime | time | None = None


@dataclass
class Tally:
    """What became of the contracts of one day: how many, and how often each pair of masks, by sleeve."""

    file: str
    as_of: datetime
    batch: Batch
    rows: int = 0
    found: dict[str, Counter[tuple[bool | None, int, int]]] = field(default_factory=dict)

    def permitted(self, sleeve: str) -> int:
        return self._count(sleeve, verdict=True)

    def denied(self, sleeve: str) -> int:
        return self._count(sleeve, verdict=False)

    def _count(self, sleeve: str, *, verdict: bool) -> int:
        return sum(count for (said, _, _), count in self.found[sleeve].items() if said is verdict)

    def add(self, piece: "polars.DataFrame") -> None:
        """Count the rows of a piece."""
        import polars

        self.rows += len(piece)
        for sleeve in self.batch.sleeves:
            names = [f"{sleeve}.{name}" for name in (VERDICT, MISSED, UNKNOWN)]
            counted = self.found.setdefault(sleeve, Counter())
            for *masks, count in piece.group_by(names).agg(polars.len()).iter_rows():
                verdict, missed, unknown = masks
                counted[verdict, missed, unknown] += count


@dataclass(frozen=True, slots=True)
class Cause:
    """One requirement: how many entries miss it by sleeve, for how many it is unknown, and is all that is missed."""

    rule: str
    reason: str
    missed: Mapping[str, int]
    unknown: int
    alone: int

    @property
    def total(self) -> int:
        return sum(self.missed.values())


def causes(tallies: Sequence[Tally]) -> list[Cause]:
    """Return the requirements that are missed, the most frequent first."""
    found: dict[str, Cause] = {}
    missed: dict[str, Counter[str]] = {}
    unknown, alone, reasons = Counter[str](), Counter[str](), dict[str, str]()
    for tally in tallies:
        rules = tally.batch.rules
        for sleeve, counted in tally.found.items():
            for (_, high, open_), count in counted.items():
                for bit in places(high):
                    rule = rules[bit]
                    reasons[rule.id] = rule.reason
                    missed.setdefault(rule.id, Counter())[sleeve] += count
                    unknown[rule.id] += count if open_ >> bit & 1 else 0
                    alone[rule.id] += count if high == 1 << bit else 0
    for rule_id, by_sleeve in missed.items():
        found[rule_id] = Cause(rule_id, reasons[rule_id], by_sleeve, unknown[rule_id], alone[rule_id])
    return sorted(found.values(), key=lambda cause: (-cause.total, cause.rule))


@dataclass
class Screening:
    """Screens chain files, `piece` rows at once.

    `taken` gets the rows to be written: `every` one, else those that are permitted.
    """

    question: Question
    tell: Tell
    taken: Taken | None = None
    every: bool = False
    piece: int = PIECE
    done: int = 0
    due: int = 1

    @cached_property
    def statement(self) -> Statement:
        return read_statement(self.question.files.account)

    def screened(self, paths: Sequence[Path]) -> Iterator[Tally]:
        """Yield the tally of each day of each file.

        Raises:
            FactError: A file is malformed, or has nothing for the instant that was named.
            LawError: A rule cannot be read in batches.
            UsageError: A day that was named is none of any file.
        """
        scans = []
        for path in paths:
            self.tell(path.name, 0)
            found = scan(path, self.question.wish.zone)
            scans.append((path, found, self._days(found)))
        self.due = max(2 * sum(one.rows for _, one, _ in scans), 1)
        if missing := sorted({*self.question.days}.difference(*(days for _, _, days in scans))):
            said = f"no file has quotes of {', '.join(map(str, missing))}; choose --date among its days"
            raise click.UsageError(said)
        names = Counter(path.name for path in paths)
        for path, found, days in scans:
            for day in days:
                yield self._day(path, found, day, path.name if names[path.name] == 1 else str(path))

    def _days(self, found: Scan) -> list[date]:
        zone, question = _hours(found, self.statement).zone, self.question
        if question.at is not None:
            return [question.at.astimezone(zone).date()]
        return [day for day in found.days(zone) if not question.days or day in question.days]

    def _day(self, path: Path, found: Scan, day: date, name: str) -> Tally:
        import polars

        hours = _hours(found, self.statement)
        times = [one.at for one in found.times if hours.day(one.at) == day]
        last = self.question.at or max(times, default=None)
        now = Moment((last or datetime.combine(day, time(), hours.zone)).astimezone(hours.zone), hours)
        rows, count = found.of_day(now)
        self._told(f"{name} {day}", 0)
        prices = spots(rows)
        snapshot = self._snapshot(path, found, now, rows, prices)
        table = completed(rows, found, Beside(self.statement, now, self.question.wish.volume_sessions, prices))
        snapshot, table = self._moved(snapshot, table, hours.zone)
        reader = batch(self.question.law, snapshot)
        if not reader.sleeves:
            account = Place(self.question.files.account.name, 1, 1)
            raise FactError([Fault(account, "no-sleeve", "there is no sleeve to judge contracts for; add one")])
        tally = Tally(name, snapshot.as_of, reader, 0, {one: Counter() for one in reader.sleeves})
        if self.statement.pricing is None:
            return self._read(tally, table, f"{name} {day}", count)
        # What takes long is worked out once, and waits on the disk to be looked at and then read.
        with TemporaryDirectory() as folder:
            kept = Path(folder) / "contracts.parquet"
            with writing(Path(folder).parent, "make room there, or name another folder in TMPDIR"):
                table.sink_parquet(kept, compression="lz4")
            return self._read(tally, polars.scan_parquet(kept), f"{name} {day}", count)

    def _read(self, tally: Tally, table: "polars.LazyFrame", doing: str, count: int) -> Tally:
        looked = tally.batch.look(table, tally.file, ROW)
        self._told(doing, count)
        wanted = looked.wide(table)
        for piece in wanted.collect_batches(chunk_size=self.piece, engine="streaming"):
            tally.add(piece)
            if self.taken is not None:
                self.taken(self._written(looked.long(piece), tally))
            self._told(doing, len(piece))
        return tally

    def _written(self, long: "polars.LazyFrame", tally: Tally) -> "polars.DataFrame":
        """Return rows as they are written: of one form whatever types their files have."""
        import polars

        permitted = polars.col(VERDICT) == tally.batch.kind
        rows = long if self.every else long.filter(permitted)
        file = polars.lit(tally.file).alias(_FILE)
        told = (
            rows.select(file, polars.all(), polars.lit(tally.as_of).alias("as_of")).with_columns(_numbers()).collect()
        )
        masks = told[MISSED].unique()
        codes = polars.Series([";".join(tally.batch.codes(mask)) for mask in masks], dtype=polars.String)
        reasons = told[MISSED].replace_strict(masks, codes).cast(polars.String)  # of no row it would be a number
        return told.with_columns(reasons.alias("reasons"))

    def _told(self, doing: str, rows: int) -> None:
        self.done += rows
        self.tell(doing, min(self.done / self.due, 1))

    def _moved(
        self, snapshot: Snapshot, table: "polars.LazyFrame", zone: ZoneInfo
    ) -> tuple[Snapshot, "polars.LazyFrame"]:
        """Return both as if everything in them had been observed at the time that was asked for."""
        import polars

        as_of = self.question.as_of
        if as_of is None:
            return snapshot, table
        if isinstance(as_of, time):
            as_of = datetime.combine(snapshot.as_of.astimezone(zone).date(), as_of, zone)
        later, offset = moved(snapshot, as_of)
        return later, table.with_columns(polars.col("quoted_at") + offset)

    def _snapshot(
        self, path: Path, found: Scan, now: Moment, rows: "polars.LazyFrame", prices: Mapping[str, Spot]
    ) -> Snapshot:
        """Return what there is beside the contracts; of contracts only those that the law asks of all on offer."""
        import polars

        files = Files(path, *_beside(self.question.files))
        named = (
            rows.select(polars.col("underlying").unique().sort()).collect(engine="streaming")["underlying"].to_list()
        )
        around_ = {"underlying": named, "expiration": [found.last], "quoted_at": [now.at]}
        there = Quotes(Table(path.name, polars.DataFrame()), [], around_, dict(prices), {})
        scene, origin = Scene(self.statement, now, there, None), Origin(_silent)
        bare = around(files, self.question.wish, scene, origin)
        asked = batch(self.question.law, bare).chain
        offered = self._offered(found, now, sorted(asked), named)
        if offered is None:
            return bare
        return around(files, self.question.wish, Scene(self.statement, now, there, offered), Origin(_silent))

    def _offered(self, found: Scan, now: Moment, asked: Sequence[str], named: Sequence[str]) -> Candidates | None:
        import polars

        held = accounts.positions_in(self.statement)
        wanted = [*named] if {*asked} - {"position"} else [name for name in named if name in held]
        if not asked or not wanted:
            return None
        rows = found.frame.filter(polars.col("underlying").is_in(wanted)).collect(engine="streaming")
        table = strikes(Table(found.file, rows))
        context = Context(self.statement, self.question.files.account.name, now, self.question.wish.volume_sessions)
        return candidates(quotes(table, now.at, now.exchange.zone), context, Origin(_silent))


def _numbers() -> "list[polars.Expr]":
    import polars

    facts = {name: fact for name, fact in declared(Candidate).items() if fact.type.kind == "number"}
    whole = [exactly(name).cast(polars.Int64) for name, fact in facts.items() if not fact.type.scale]
    return whole + [exactly(name) for name, fact in facts.items() if fact.type.scale]


def _hours(found: Scan, statement: Statement) -> Exchange:
    days = [one.at.date() for one in found.times]
    return exchange(min(days), max([*days, found.last, *accounts.expirations(statement)]))


def _beside(files: Files) -> tuple[Path, Path, Path | None, Path | None]:
    return files.market, files.account, files.bars, files.earnings


def _silent(_: str, __: float) -> None:
    """Hear nothing of what is being done."""
