"""Reads the table of a sweep's points, and makes of it what is best and where flows cost the same."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import combinations, pairwise
from pathlib import Path

import pandas as pd

from procsim import report

TEXT = ("flow", "bottleneck", "overloaded", "why")
"""Columns of words."""
MORE_IS_BETTER = ("yield", "good_units_per_week", "throughput")


def head(names: Sequence[str]) -> bytes:
    """The first line of the table."""
    return report.csv(pd.DataFrame(columns=list(names))).encode()


def read(path: Path, words: Sequence[str]) -> pd.DataFrame:
    """The points in a file, one row each; the columns *words*, beside ``TEXT``, hold no numbers."""
    texts = {*TEXT, *words}
    heads = pd.read_csv(path, nrows=0).columns
    found = pd.read_csv(path, dtype={name: str for name in heads if name in texts}, keep_default_na=False,
                        na_values={name: [""] for name in heads if name not in texts})
    return found.assign(**{name: found[name].map(report.unguarded) for name in heads if name in texts})


def reasons(parts: Iterable[bytes], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the last cell of each line says, and at which values of *names* it says so."""
    for part in parts:
        for row in csv.reader(part.decode("utf-8", "replace").splitlines()):
            yield report.unguarded(row[-1]), ", ".join(f"{name}={report.unguarded(cell)}" for name, cell in zip(names, row[1:], strict=False))


def best(points: pd.DataFrame, names: Sequence[str], figure: str) -> pd.DataFrame:
    """One row per flow: how many points it has, how many of them without figures or with an overload, and that with the best *figure*."""
    rows = []
    for flow, of in points.groupby("flow", sort=False):
        known = of[figure].dropna()
        at = None if known.empty else known.idxmax() if figure in MORE_IS_BETTER else known.idxmin()
        shown = [name for name in of.columns if name not in TEXT]
        counts = {"points": len(of), "without_figures": int((of["why"] != "").sum()), "overloaded": int((of["overloaded"] != "").sum())}
        rows.append({"flow": flow, **counts,
                     **({name: of.at[at, name] for name in shown} if at is not None else dict.fromkeys([*names, figure]))})
    return pd.DataFrame(rows)


def break_even(points: pd.DataFrame, figure: str, along: str, others: Sequence[str]) -> pd.DataFrame:
    """One row per crossing: where two flows have the same *figure* between two neighbours *along* a column of numbers, by a straight line between
    them, for each combination of the *others*."""
    rows = []
    for first, second in combinations(points["flow"].unique(), 2):
        pair = [points[points["flow"] == flow].drop_duplicates([*others, along]).set_index([*others, along])[figure] for flow in (first, second)]
        both = pd.concat(pair, axis=1, join="inner", keys=["one", "two"]).dropna().reset_index()
        for key, of in both.groupby(list(others), sort=False) if others else [((), both)]:
            of = of.sort_values(along)
            rows += [(first, second, *key, at, value) for at, value in _crossings(of, along)]
    return pd.DataFrame(rows, columns=["flow", "other", *others, along, figure])


def has_parquet() -> bool:
    """Whether points.parquet can be written."""
    return find_spec("duckdb") is not None


def parquet(source: Path, target: Path, words: Sequence[str]) -> str:
    """Writes the table of points in the file *source* as Parquet into *target*, and returns its SHA-256; "" where DuckDB is not installed. Columns of
    numbers are doubles; texts are as they were before CSV guarded them from spreadsheets. Raises OSError."""
    if not has_parquet():
        return ""
    import duckdb

    texts = {*TEXT, *words}
    names = [report.unguarded(name) for name in pd.read_csv(source, nrows=0).columns]
    kinds = ", ".join(f"{_quoted(name)}: {_quoted('VARCHAR' if name in texts else 'DOUBLE')}" for name in names)
    columns = ", ".join(f"unguarded({_name(name)}) AS {_name(name)}" if name in texts else _name(name) for name in names)
    fresh = target.with_name(f".{target.name}-{os.getpid()}")
    rows = f"read_csv({_quoted(str(source))}, header=true, delim=',', quote='\"', columns={{{kinds}}})"
    try:
        with duckdb.connect(config={"threads": 1}) as made:  # several would share the rows out otherwise each time
            made.create_function("unguarded", report.unguarded, [str], str)
            made.execute(f"COPY (SELECT {columns} FROM {rows}) TO {_quoted(str(fresh))} (FORMAT parquet)")
        return report.move_once(fresh, target)
    except duckdb.IOException as error:
        raise OSError(errno.EIO, str(error), str(target)) from None
    finally:
        fresh.unlink(missing_ok=True)


def _name(text: str) -> str:
    """*text* as SQL has the name of a column."""
    return '"' + text.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    """*text* as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def _crossings(of: pd.DataFrame, along: str) -> Iterator[tuple[float, float]]:
    """(where, at what figure) the columns *one* and *two* of *of*, in its order, cross between two rows, or meet in one."""
    rows = list(zip(of[along].tolist(), of["one"].tolist(), of["two"].tolist(), strict=True))
    for (left, one, two), (right, after, other) in pairwise(rows):
        here, there = one - two, after - other
        if here == 0:
            yield left, one
        elif here * there < 0:
            share = here / (here - there)
            yield left + share * (right - left), one + share * (after - one)
    if rows and rows[-1][1] == rows[-1][2]:
        yield rows[-1][0], rows[-1][1]
