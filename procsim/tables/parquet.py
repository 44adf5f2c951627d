"""Writes a table as Parquet, for which DuckDB has to be there."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

MISSING = "without Parquet files: they need DuckDB (pip install 'procsim[sweep]')"


def has_parquet() -> bool:
    """Whether Parquet can be written."""
    return find_spec("duckdb") is not None


def as_parquet(table: pd.DataFrame) -> bytes:
    """*table* as Parquet, rows in their order; the same each time. Raises ModuleNotFoundError without DuckDB."""
    import duckdb

    with TemporaryDirectory(prefix="procsim-") as folder, duckdb.connect(config={"threads": 1}) as made:
        path = Path(folder) / "table.parquet"
        made.register("given", table.astype(dict.fromkeys(table.select_dtypes("str").columns, object)))
        made.execute(f"COPY (SELECT * FROM given) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()
