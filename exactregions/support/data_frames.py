"""Answers as data frames of polars and pandas: columns of known types, in which nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from exactregions.errors import ExactRegionsError
from exactregions.support.tables import digits

if TYPE_CHECKING:
    import polars

DataColumns: TypeAlias = Mapping[str, tuple[type, Sequence[Any]]]

LARGEST_FLOAT = 2**1023  # below it every integer has a float


class HasDataFrames:
    """An answer that gives its table to polars and pandas (`pip install exactregions[tables]`)."""

    __slots__ = ()

    def data_columns(self) -> DataColumns:
        """Return the type and the values of each column, by its name; None where there is no value."""
        raise NotImplementedError

    def to_polars(self) -> polars.DataFrame:
        """Return the table as a polars DataFrame.

        Columns of bounds hold 64-bit integers where all of them fit, else strings of their decimal digits; expectations
        are floats.

        Raises
        ------
        ExactRegionsError
            If polars is not installed.
        """
        try:
            import polars
        except ImportError:
            raise missing("polars") from None
        kinds = {int: polars.Int64, float: polars.Float64, bool: polars.Boolean, str: polars.String}
        columns = self.data_columns()
        return polars.DataFrame(
            {name: values for name, (_, values) in columns.items()},
            schema={name: kinds[kind] for name, (kind, _) in columns.items()},
        )

    def to_pandas(self) -> Any:
        """Return the table as a `pandas.DataFrame`, columns as in `to_polars` with pandas' nullable types.

        Raises
        ------
        ExactRegionsError
            If pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-not-found]
        except ImportError:
            raise missing("pandas") from None
        kinds = {int: "Int64", float: "Float64", bool: "boolean", str: "string"}
        columns = self.data_columns()
        return pandas.DataFrame(
            {name: pandas.array(values, dtype=kinds[kind]) for name, (kind, values) in columns.items()}
        )


def missing(library: str) -> ExactRegionsError:
    """Return the error that names the library to install."""
    return ExactRegionsError(
        f"this table needs {library}, which is not installed; pip install {library}, or exactregions[tables]"
    )


def kind_of_numbers(values: Sequence[int | float | None]) -> type:
    """Return the type of a column of bounds."""
    known = [v for v in values if v is not None]
    if any(isinstance(v, float) for v in known):
        # an average may be beyond floats at one radius and not at another
        return float if all(isinstance(v, float) or v < LARGEST_FLOAT for v in known) else str
    return int if all(v < 2**63 for v in known) else str


def held(value: Any, kind: type) -> Any:
    """Return a value as a column of a kind holds it; a number too large for its column becomes its digits."""
    if kind is str and isinstance(value, int | float):
        return digits(value) if isinstance(value, int) else repr(value)
    return float(value) if kind is float and value is not None else value
