"""Keeps traces of many plans in one small file.

``python tests/support/trace_file.py`` (with the project and tests/support on the path; ``make traces``) writes tests/engine/traces.xz anew.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from random_plans import written
from traces import TABLES, Trace, trace

from procsim.engine.simulate import simulate
from procsim.maths.arrays import Ints

FILE = Path(__file__).resolve().parents[1] / "engine" / "traces.xz"
PLANS = 200
"""Plans 0 … 199 of ``random_plans`` are in the file."""


def packed(traces: Sequence[Trace]) -> bytes:
    """All *traces* as the bytes of a file: a line that says how many rows each table has, and then the tables, column by column."""
    head = json.dumps({"ended": [one.ended for one in traces], "rows": {name: [len(one.tables[name]) for one in traces] for name in TABLES}})
    body = [np.concatenate([one.tables[name] for one in traces]).T.astype("<i8").tobytes() for name in TABLES]
    return lzma.compress(b"\n".join([head.encode(), b"".join(body)]), preset=9 | lzma.PRESET_EXTREME)


def unpacked(data: bytes) -> list[Trace]:
    """The traces in the bytes of a file."""
    head, body = lzma.decompress(data).split(b"\n", 1)
    said, numbers, at = json.loads(head), np.frombuffer(body, dtype="<i8"), 0
    found: list[dict[str, Ints]] = [{} for _ in said["ended"]]
    for name, columns in TABLES.items():
        rows = said["rows"][name]
        table = numbers[at : at + sum(rows) * len(columns)].reshape(len(columns), -1).T
        at += table.size
        for one, part in zip(found, np.split(table, np.cumsum(rows)[:-1]), strict=True):
            one[name] = part
    return [Trace(tables, ended) for tables, ended in zip(found, said["ended"], strict=True)]


@cache
def recorded() -> list[Trace]:
    """What the engine did with each plan when the file was written, and does now: test_recorded_traces.py holds that."""
    return unpacked(FILE.read_bytes())


def main() -> None:
    """Writes the file anew."""
    recipes = [written(number) for number in range(PLANS)]
    FILE.write_bytes(packed([trace(recipe.plan(), simulate, recipe.replication, recipe.variable) for recipe in recipes]))
    print(f"{FILE}: {FILE.stat().st_size} bytes, {PLANS} plans")


if __name__ == "__main__":
    main()
