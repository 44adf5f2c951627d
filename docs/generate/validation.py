"""Writes what tests expect and what they have found: theory/found.csv, which ``make validate`` writes, and the committed tables of the packages."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from generate.recipes import ROOT, recipe_of

from procsim.maths.numerals import number

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
from found import Row, function_of, read, tests  # noqa: E402 - the tests lie beside the program, not in it
from theory_lines import CASES, Case  # noqa: E402

NAMES = {"Wq": "wait", "W": "cycle time", "Lq": "lots waiting", "L": "WIP", "rho": "load", "sd": "standard deviation of cycle time", "P95": "95 % quantile of cycle time",
         "TH": "throughput", "CT": "cycle time", "te": "effective process time", "ce2": "its scv"}
"""Names of queueing theory → the words of this documentation."""
FILES = {"test_theory": "Queueing theory", "test_theory_tools": "Setups, shifts, operators and tools that differ", "test_traces": "Traces worked out by hand, and lines of known answer",
         "test_published_models": "Published models of yield, test and scrap", "test_published_numbers": "Published numbers", "test_published_tools": "Cost and states of tools",
         "test_shapes": "Shapes that cost models are known for"}
"""Module of tests → what it is about."""
FIGURES = {"cost_per_good_unit_direct": "direct cost", "cost_per_good_unit_loaded": "fully loaded cost", "yield": "yield", "escapes_ppm": "escapes",
           "good_units_per_week": "good packages a week", "raw_process_time": "raw process time", "cycle_time": "cycle time", "wip": "WIP", "bottleneck_load": "load of the bottleneck"}
HALF = 1.96
"""Standard errors on each side of an interval of 95 %."""


def write(folder: Path) -> None:
    """Writes cases.md and packages.md into *folder*."""
    (folder / "cases.md").write_text("\n".join(_cases()) + "\n", encoding="utf-8")
    (folder / "packages.md").write_text("\n".join(_packages()) + "\n", encoding="utf-8")


def _cases() -> Iterator[str]:
    rows: dict[str, list[Row]] = {}
    for row in read():
        rows.setdefault(function_of(row.test), []).append(row)
    yield from ("# Expected and found", "", "Every test against an answer that does not come from procsim, with the sentence it holds. Of a simulated figure the interval of 95 % is told, and how "
                "many standard errors (se) lie between it and what is expected: more than 4 fail the test. What has no interval is computed, and is equal but for the digits that were published. "
                "`make validate` writes what is found (`tests/theory/found.csv`); a recipe is a file of `tests/theory/`.", "")
    yield from (_how_far([abs(row.found - row.expected) / row.se for found in rows.values() for row in found if row.se]), "")
    far = [case.name for case in CASES if case.name not in {row.case for found in rows.values() for row in found}]
    if far:
        yield from (f"{len(far)} of {len(CASES)} cases of simulation are not in the committed table yet; they are told with what is expected of them.", "",
                    ":::{container} wide", "| case | recipe | expected |", "|---|---|---|", *(_expected(case) for case in CASES if case.name in far), ":::", "")
    for file, group in groupby(tests(), key=lambda test: Path(test[0].partition("::")[0]).stem):
        yield from (f"## {FILES.get(file, file)}", "", f"`tests/theory/{file}.py`", "")
        for name, says in group:
            yield from _test(name, says, rows.get(name, []))


def _how_far(apart: list[float]) -> str:
    """How far simulated figures lie from what is expected, in standard errors, all taken together."""
    beyond, by_chance = sum(one > 2 for one in apart), len(apart) * math.erfc(2 / math.sqrt(2))
    return (f"{len(apart)} figures are simulated. The farthest lies {max(apart):.1f} standard errors from what is expected, and {beyond} lie more than 2 away; "
            f"of independent figures chance alone would put {by_chance:.0f} there. They are not quite independent: cases of one recipe run on the same random numbers.")


def _expected(case: Case) -> str:
    """A row of a case that nobody has run for the table."""
    told = ", ".join(f"{NAMES.get(name, name.replace('_', ' '))} {value:.6g}" for name, (_, value) in case.figures.items())
    return f"| {case.name} | `{case.recipe}.yaml` | {told} |"


def _test(name: str, says: str, rows: list[Row]) -> Iterator[str]:
    """One test: its sentence, and its figures, if it tells any."""
    if name.endswith("_quick"):  # the same cases in short
        return
    yield from (f"**{name.partition('::')[2].removeprefix('test_').replace('_', ' ')}**", "", _escaped(" ".join(says.split())), "")
    simulated, exact = [row for row in rows if row.case], [row for row in rows if not row.case]
    if simulated:
        yield from ("| case | figure | expected | found | apart |", "|---|---|---:|---:|---:|")
        for row in simulated:
            told = f"{row.found:.5g} ± {HALF * row.se:.2g}" if row.se else f"{row.found:.9g}"
            apart = f"{abs(row.found - row.expected) / row.se:.1f} se" if row.se else f"{row.found / row.expected - 1:.0e}" if row.expected else ""
            yield f"| {row.case} | {NAMES.get(row.figure, row.figure.replace('_', ' '))} | {row.expected:.6g} | {told} | {apart} |"
        yield ""
    if exact:
        most = max(abs(row.found - row.expected) / abs(row.expected) if row.expected else abs(row.found) for row in exact)
        pairs = list(dict.fromkeys((f"{row.expected:.9g}", f"{row.found:.9g}") for row in exact))
        yield from ("| expected | found |", "|---:|---:|", *(f"| {a} | {b} |" for a, b in pairs[:8]), "")
        more = f"{len(exact)} comparisons, of which {len(pairs) - 8} more are not shown; " if len(pairs) > 8 else ""
        yield from (f"{more}{'the' if more else 'The'} largest relative difference is {most:.1g}.", "")


def _escaped(text: str) -> str:
    """A docstring as Markdown that says the same."""
    for sign in "\\*_[]<>|$":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("``", "`").replace("\\_", "_") if "``" in text else text


def _packages() -> Iterator[str]:
    yield from ("# Closed form and simulation", "", "The shipped packages, by two ways: simulated (mean and interval of 95 % over replications), and in closed form. The numbers are those of the committed tables, "
                "`reports/*/summary.csv`, which tests hold to both. What the closed form only estimates, since it hangs on waiting, is marked ≈: it may lie outside of the interval.", "")
    for path in sorted((ROOT / "flows").glob("*.yaml")):
        yield from (f"## {recipe_of(path).title}", "", "| figure | unit | simulated | closed form | apart |", "|---|---|---:|---:|---:|")
        with (ROOT / "reports" / path.stem / "summary.csv").open(encoding="utf-8") as file:
            found = {row["metric"]: row for row in csv.DictReader(file)}
        for name, word in FIGURES.items():
            row = found[name]
            mean, low, high, closed = (float(row[key] or math.nan) for key in ("mean", "ci_low", "ci_high", "expected"))
            guess = "≈ " if row["expected_is"] == "estimate" else ""
            yield f"| {word} | {row['unit'] if row['unit'] != '1' else ''} | {number(mean, 5)} ± {number((high - low) / 2, 2)} | {guess}{number(closed, 5)} | {100 * (closed / mean - 1):+.2f} % |"
        yield from ("", f"{found['yield']['replications']} replications. [The picture](#{path.stem}).", "")
