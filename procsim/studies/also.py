"""Makes what a report may hold beside CSV and SVG: the same tables as Parquet, the same pictures as PNG."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

Also = Literal["parquet", "png"]
News = Callable[[int], None]
"""What is told how many more are done."""


def _nobody(_: int) -> None:
    """Nobody listens."""


def drawn(makers: Mapping[str, Callable[[], bytes]], also: Collection[Also] = (), progress: News = _nobody) -> dict[str, bytes]:
    """Every picture as SVG by the name of its file and, where that is asked for, as PNG: each is drawn once."""
    if "png" in also and makers:
        from procsim.figures.style import rasters

        with rasters() as made:
            return drawn(makers, progress=progress) | made
    found = {}
    for name, draw in makers.items():
        found[f"{name}.svg"] = draw()
        progress(1)
    return found


def parquets(names: Iterable[str], also: Collection[Also] = ()) -> dict[str, Callable[[Path], bytes]]:
    """What makes each of the tables *names* that is in a folder as CSV into Parquet, by the name of its file; nothing where that is not asked for, or
    DuckDB is not there."""
    from procsim.tables.parquet import has_parquet

    return {f"{name}.parquet": partial(_parquet, name) for name in names} if "parquet" in also and has_parquet() else {}


def _parquet(name: str, folder: Path) -> bytes:
    from procsim.tables.parquet import as_parquet
    from procsim.tables.read_back import table_in

    return as_parquet(table_in(folder / f"{name}.csv"))
