"""A chain four times as large as the memory that `alluse screen` is given: `python -m bench.large [SIZE]`.

The file is made up, written in pieces into a temporary folder and gone afterwards. What the command says of itself is
printed, its peak memory with it; it ends with 1 if that was more than it was given.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars

ROOT: Final = Path(__file__).resolve().parents[1]
MARKET: Final = (
    "date,vix_open,vix_close,spx_close,breadth\n2026-08-19,14.9,14.89,7700,0.6\n2026-08-20,14.9,15,7710,0.6\n"
)
TICKERS: Final = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "AMZN", "GOOG")
_MEGABYTE: Final = 2**20
_A_ROW: Final = 50  # bytes of the file, as it is written
_TIMES: Final = 4


def chain(rows: int) -> polars.LazyFrame:
    """Return quotes of one morning, each row another contract or quote, in the columns that files of quotes have."""
    number = polars.col("number")
    mid = (number * 7919 % 60_000 + 100) / 100.0
    put = number // len(TICKERS) % 2 == 0
    names: Any = polars.when(number % len(TICKERS) == 0).then(polars.lit(TICKERS[0]))
    for place, name in enumerate(TICKERS[1:], 1):
        names = names.when(number % len(TICKERS) == place).then(polars.lit(name))
    return polars.LazyFrame().select(number=polars.int_range(rows, dtype=polars.Int64)).select(
        snapshot_ts=polars.datetime(2026, 8, 20, 14, 30, time_unit="ms", time_zone="UTC"),
        underlying=names.otherwise(polars.lit(TICKERS[0])),
        right=polars.when(put).then(polars.lit("P")).otherwise(polars.lit("C")),
        spot=polars.lit(500.0),
        strike=(number * 104_729 % 90_000 + 1000) / 100.0 + number // 630_000 * 1000.0,  # no contract comes twice
        expiry=polars.date(2026, 8, 20) + polars.duration(days=number // 14 % 30),
        bid=mid - (number * 31 % 7) / 100.0,
        ask=mid + (number * 17 % 9) / 100.0,
        delta=polars.when(put).then(-1.0).otherwise(1.0) * (number * 15_485_863 % 1_000_000) / 1_000_000.0,
        open_interest=number * 13 % 3000,
        average_daily_volume=number * 11 % 900,
        maintenance_margin=(number * 7 % 9_000_000) / 100.0,
    )  # fmt: skip


def screened(megabytes: int) -> dict[str, Any]:
    """Return what `alluse screen` says of a file four times as large as the memory that it is given."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = folder / "chain.parquet"
        rows = megabytes * _TIMES * _MEGABYTE // _A_ROW
        chain(rows).sink_parquet(written, compression="uncompressed", row_group_size=100_000)
        (folder / "market.csv").write_text(MARKET, "utf-8")
        stated = (ROOT / "fixtures" / "accounts" / "example.yaml").read_text("utf-8")
        lines = [
            line for line in stated.splitlines() if not line.startswith(("pricing:", "  rate:", "  dividend_yield:"))
        ]
        (folder / "account.yaml").write_text("\n".join(lines), "utf-8")
        files = [str(written), "--market", str(folder / "market.csv"), "--account", str(folder / "account.yaml")]
        asked = ["--vix-at", "as-of", "--memory", f"{megabytes}MB", "--format", "json"]
        command = [sys.executable, "-c", "from cli import main; main()", "screen", *files, *asked]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603 - this Python
        found: dict[str, Any] = json.loads(done.stdout)
        return found | {"file": written.stat().st_size}


def main() -> int:
    megabytes = int(sys.argv[1]) if sys.argv[1:] else 512
    found = screened(megabytes)
    peak = found["peak_memory"] / _MEGABYTE
    print(
        f"{found['contracts']:,} contracts in a file of {found['file'] / _MEGABYTE:,.0f} MB, {_TIMES} times the "
        f"{megabytes} MB given: {found['seconds']:.1f} s, peak memory {peak:,.0f} MB"
    )
    return int(peak > megabytes)


if __name__ == "__main__":
    sys.exit(main())
