"""Reads a report back that a run or a study has written: its folder becomes a Result again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from procsim import report
from procsim.errors import Place, RecipeError
from procsim.studies.result import Ready
from procsim.tables.read_back import table_in

FACTS_LEFT_OUT = frozenset({"procsim", "schema", "kind", "title", "files", "tables"})


def read_report(folder: Path | str) -> Ready:
    """The report in *folder*, which ``run``, ``estimate --out`` or another study has written: its tables as DataFrames, its pictures, and as facts
    all that run.json keeps.

    Raises RecipeError where there is no such report, and OSError where it cannot be read.

    >>> from tempfile import TemporaryDirectory
    >>> from procsim import estimate
    >>> line = {"line": {"lot": {"panels": 1}, "release": {"every_h": 1}, "tools": {"saw": {"count": 1, "price_usd": 1e5}}},
    ...         "run": {"horizon_h": 100}, "steps": [{"id": "cut", "tool": "saw", "time_min": 45}]}
    >>> with TemporaryDirectory() as folder:
    ...     estimate(line).save(folder)
    ...     found = read_report(folder)
    >>> found.kind, found.summary.loc[0, "metric"], found.tools.loc[0, "load"].item(), found.facts()["recipe"]["run"]
    ('estimate', 'cost_per_good_unit_direct', 0.75, {'horizon_h': 100})
    """
    folder = Path(folder)
    record = report.recorded(folder)
    if not record:
        raise RecipeError.at(Place(str(folder)), f"holds no report: there is no {report.RECORD} of one in it")
    names = sorted(report.listed(folder) or ())
    tables = {name.removesuffix(".csv"): table_in(folder / name) for name in names if name.endswith(".csv")}
    pictures = {name.removesuffix(".svg"): (folder / name).read_bytes() for name in names if name.endswith(".svg")}
    kind = str(record.get("kind") or ("run" if "summary" in tables else "report"))
    title = str(record.get("title") or record.get("flow") or folder.name)
    return Ready(kind, title, {name: tables[name] for name in _ordered(tables, list(record.get("tables") or ()))}, pictures,
                 {key: value for key, value in record.items() if key not in FACTS_LEFT_OUT})


MAIN = ("summary", "whatif", "compare", "curve", "points", "size")
"""Tables that a reader wants first, if they are there."""


def _ordered(names: Collection[str], written: Sequence[str]) -> list[str]:
    """*names* as they were *written*; what the record leaves out comes last, or, where it holds none, what a reader wants first."""
    order = written or MAIN
    return sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))
