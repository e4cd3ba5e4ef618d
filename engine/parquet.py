"""Columns in Parquet, exact in both directions: all that the engine needs polars for, and only when called."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.fields import Fact

if TYPE_CHECKING:
    import polars

_NANOSECONDS: Final = "%Y-%m-%dT%H:%M:%S%.9f"


class BrokenError(Exception):
    """The bytes are no Parquet file, or a damaged one."""


def read(data: bytes, most: int) -> tuple[dict[str, list[Any]], frozenset[str]]:
    """Return at most so many rows as columns, and the names of those in which numbers are texts.

    A float is its shortest decimal text, which is what was meant by it.

    Raises:
        BrokenError: They cannot be read.
    """
    import polars

    try:
        frame = polars.read_parquet(io.BytesIO(data), n_rows=most)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
        raise BrokenError(str(error).partition("\n")[0]) from None
    texts = frozenset(series.name for series in frame if is_text(series.dtype))
    return {series.name: values_of(series) for series in frame}, texts


def is_text(dtype: "polars.DataType") -> bool:
    """Return whether values of a type are read as their texts: a float is its shortest decimal text."""
    import polars

    return dtype.is_float() or dtype in (polars.String, polars.Categorical, polars.Enum)


def values_of(series: "polars.Series") -> list[Any]:
    """Return what a column says, exactly: texts, or values as Python has them."""
    import polars

    if is_text(series.dtype):
        return series.cast(polars.String).to_list()
    if isinstance(series.dtype, polars.Datetime) and series.dtype.time_unit == "ns":
        # Python's datetime would drop the nanoseconds without a word.
        return series.dt.strftime(_NANOSECONDS + ("%:z" if series.dtype.time_zone else "")).to_list()
    return series.to_list()


def write(path: Path, columns: Mapping[str, Sequence[Any]], facts: Mapping[str, Fact]) -> None:
    """Write columns of exact values: Decimal, date, datetime; a column with any text is one of texts."""
    import polars

    series = []
    for name, values in columns.items():
        fact = facts[name]
        if any(isinstance(value, str) for value in values):
            dtype: polars.DataType = polars.String()
        elif fact.type.kind == "number":
            dtype = polars.Decimal(None, fact.type.scale)
        elif fact.type.kind == "instant":
            dtype = polars.Datetime("ms", "UTC")
        else:
            dtype = polars.Date() if fact.type.kind == "date" else polars.String()
        series.append(polars.Series(name, values, dtype))
    polars.DataFrame(series).write_parquet(path)
