"""Does the command ``whatif``: base against edits on the same random numbers."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from procsim.cli.fail_if import limits, met
from procsim.cli.pages import said
from procsim.cli.prepare import DONE, INFEASIBLE, MET
from procsim.cli.show import console, table, tell
from procsim.cli.targets import put_down, report_target
from procsim.cli.work import chosen, finished
from procsim.maths.numerals import number
from procsim.results import diagnostics
from procsim.results.paired import figures
from procsim.studies.whatif import Edited, WhatIfResult, alike, figure_of, known_figures, solved
from procsim.studies.whatif_edits import what_ifs

LONG_RUN = ("of the lines in the long run: that by chance more or fewer units left within the window, or more capacity stayed unused, is taken out; "
            "the edit is the base and this difference, and not quite the mean of its own replications")
"""What a star says."""
HEAD = 30
"""Letters of an edit's name over a column."""
WORTH = 2.0
"""The same random numbers help little where they make an interval fewer times narrower than this."""
LITTLE = (f"the same random numbers make an interval little narrower than independent ones would, less than {WORTH:g} times: {{}}; in brackets, "
          "about how many replications it takes to make that 5 times")
"""What is told of that."""
MOST_ROWS = 12
"""Rows that a table shows of what moved most; all of them are in the files of ``--out``."""
GONE = 1e-3
"""Share of what a step cost that is shown as nothing: a step that is no more leaves a little noise of the difference."""


def whatif_command(options: argparse.Namespace) -> int:
    """Base against edits on the same random numbers."""
    if options.out:
        report_target(options.out)
    with options.stop.may():
        base, others = what_ifs(options.flow, options.edits or None, options.sets, options.over)
        named = [("base", base), *((other.name, other.recipe) for other in others)]
        lines = [solved(recipe, options.allow_overload, name if len(others) > 1 else "") for name, recipe in named]
        lines = alike([replace(one, plan=chosen(one.plan, options)) for one in lines])
        figure_of(options.figure, [(one.plan, one.closed) for one in lines])
        wanted = limits(options.fail_if, known_figures([(one.plan, one.closed) for one in lines]))
    work = finished([(one.plan, one.closed) for one in lines], options, paired=True)
    made = [replace(one, totals=totals, variable=not options.no_variability, stopped=work.stopped)
            for one, totals in zip(lines, work.totals, strict=True)]
    found = WhatIfResult(made[0], [Edited(other.name, one) for other, one in zip(others, made[1:], strict=True)], options.figure)
    if options.json:
        tell(found)
    else:
        _print(found)
    for (name, _), one in zip(named, made, strict=True):
        for warning in diagnostics.of_run(one.plan, one.totals, one.closed):
            console(error=True).print(f"warning: {name if name == 'base' or len(others) > 1 else 'edit'}: {warning}")
    written = not options.out or put_down(options.out, partial(found.save, record=said(options), also=options.also), options.json)
    told = list(met(found, wanted))
    for words in told:
        console(error=True).print(words)
    return INFEASIBLE if not written else MET if told else DONE


def _print(found: WhatIfResult) -> None:
    """The ranking of several edits, or all that one edit moved."""
    out = console()
    out.print(f"{found.title}   ({found.effort})")
    if len(found.edits) == 1:
        for paragraph in _one(found, found.edits[0]):
            out.print(paragraph)
        return
    for paragraph in _ranked(found):
        out.print(paragraph)


def _one(found: WhatIfResult, edit: Edited) -> Iterator[Any]:
    """What one edit moved, and where that comes from."""
    moved = found.of("whatif", edit)
    yield _figures(moved, found)
    if (moved["controlled_by"] != "").any():
        yield f"* {LONG_RUN}"
    if paired_little := _little(moved):
        yield paired_little
    for name, key in (("by_category", "category"), ("by_step", "step")):
        if name in found.tables and len(rows := found.of(name, edit)):
            yield ""
            yield _largest(rows, key, found.controlled)
    for told in (_yields(found.of("yield_change", edit)), _loads(found.of("load_change", edit)), _bottleneck(found.of("load_change", edit))):
        if told is not None:
            yield ""
            yield told
    yield ""
    yield from _recipe(found.of("recipe_changes", edit))


def _figures(moved: Any, found: WhatIfResult) -> Any:
    rows = []
    for _, row in moved.iterrows():
        if row["base"] != row["base"] and row["edit"] != row["edit"]:
            continue
        mark = " *" if row["controlled_by"] else ""
        rows.append([row["metric"], row["unit"], number(row["base"], 5), number(row["edit"], 5), _signed(row["difference"]) + mark,
                     _interval(row), _words(row)])
    return table(["figure", "unit", "base", "edit", "difference", f"{100 * found.base.plan.confidence:g} % interval", ""], rows, left=2)


def _little(moved: Any) -> str:
    """What is to be said of money and yields of whose difference the same random numbers make the interval little narrower, and what would."""
    rows = moved[((moved["unit"] == "USD") | (moved["metric"] == "yield")) & (moved["gain"] < WORTH)]
    if not len(rows):
        return ""
    told = ", ".join(f"{row['metric']} {number(row['gain'], 2)} ({number(row['replications_to_gain_5'], 2)})" for _, row in rows.iterrows())
    return LITTLE.format(told)


def _words(row: Any) -> str:
    """The verdict, and what it would take to come to another one."""
    needed = row["replications_to_tell"]
    if needed != needed:
        return str(row["verdict"])
    return f"{row['verdict']}" + ("" if math.isinf(needed) else f"; about {number(needed, 2)} replications would")


def _largest(rows: Any, key: str, controlled: bool) -> Any:
    moved = rows.reindex(rows["difference_usd"].abs().sort_values(ascending=False, kind="stable").index).head(MOST_ROWS)
    moved = moved.assign(edit_usd=moved["edit_usd"].where(moved["edit_usd"].abs() >= GONE * moved["base_usd"].abs(), 0.0))
    return table([key, "base", "edit", "difference *" if controlled else "difference", "interval"], [
        [r[key], number(r["base_usd"]), number(r["edit_usd"]), _signed(r["difference_usd"]), _interval(r)] for _, r in moved.iterrows()])


def _yields(rows: Any) -> Any:
    """Steps that lose more units, or fewer, and more than chance."""
    sure = rows[(rows["ci_low"] > 0) | (rows["ci_high"] < 0) | rows["ci_low"].isna()]
    moved = sure.reindex(sure["difference"].abs().sort_values(ascending=False, kind="stable").index).head(MOST_ROWS)
    if not len(moved):
        return None
    lines = [[r["step"], number(100 * r["base_lost"], 3), number(100 * r["edit_lost"], 3), _signed(100 * r["difference"]),
              _interval(100 * r[["ci_low", "ci_high"]])] for _, r in moved.iterrows()]
    return table(["units lost at step, % of those started", "base", "edit", "difference", "interval"], lines)


def _loads(rows: Any) -> Any:
    """Tool groups whose number or load moved by a point in a hundred or more, and the bottlenecks."""
    apart = rows["difference"].abs().fillna(1.0)
    sure = ~((rows["ci_low"] <= 0) & (rows["ci_high"] >= 0))
    shown = rows[(apart >= 0.01) & sure | (rows["base_count"] != rows["edit_count"]) | (rows["bottleneck"] != "")]
    order = shown["difference"].abs().fillna(1.0) + 2.0 * (shown["bottleneck"] != "")
    shown = shown.reindex(order.sort_values(ascending=False, kind="stable").index).head(MOST_ROWS)
    if not len(shown):
        return None
    return table(["tool group", "tools", "", "load", "", "bottleneck"], [
        [r["tool_group"], _count(r["base_count"]), f"→ {_count(r['edit_count'])}", _percent(r["base_load"]), f"→ {_percent(r['edit_load'])}",
         f"of {r['bottleneck']}" if r["bottleneck"] else ""] for _, r in shown.iterrows()])


def _count(value: float) -> str:
    return f"{value:.0f}" if value else "–"


def _percent(share: float) -> str:
    return f"{number(100 * share, 3)} %" if share == share else "–"


def _bottleneck(rows: Any) -> str | None:
    before, after = ([name for name, which in zip(rows["tool_group"], rows["bottleneck"], strict=True) if word in which] for word in ("base", "edit"))
    if not before or not after:  # mean values do not always tell them
        return None
    return f"bottleneck moved: {before[0]} → {after[0]}" if before != after else f"bottleneck: {before[0]}, as before"


def _recipe(rows: Any) -> Iterator[Any]:
    """What was changed, with the place where it was written before and now."""
    if not len(rows):
        yield "the recipe says the same"
        return
    columns = ["address", "base", "edit", "written_at", "edited_at"]
    shown = [[_short(r[column]) for column in columns] for _, r in rows.head(MOST_ROWS).iterrows()]
    yield table(["what the edit changes", "base", "edit", "written at", "edited at"], shown, left=5)
    if len(rows) > MOST_ROWS:
        yield f"… and {len(rows) - MOST_ROWS} more"


def _head(name: str) -> str:
    """An edit's name over a column: what is cut, is cut in the address, since what is set is what tells edits apart."""
    address, equals, value = name.rpartition("=")
    room = max(HEAD - len(equals + value) - 1, 0)
    short = name if len(name) <= HEAD else f"…{address[len(address) - room:]}{equals}{value}"
    return short if len(short) <= HEAD else f"{short[:HEAD - 1]}…"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _ranked(found: WhatIfResult) -> Iterator[Any]:
    """Edits side by side, the best first, and what cannot be told apart."""
    ranking, name = found.ranking, found.figure_name
    unit = next(one.unit for one in figures(found.line, [edit.line for edit in found.edits]) if one.name == name)
    rows = [[str(r["rank"]), _short(r["what_if"]), number(r[name], 5), _signed(r["difference"]) if r["what_if"] != "(base)" else "",
             _interval(r) if r["what_if"] != "(base)" else "", r["verdict"], _short(r["not_told_from"])] for _, r in ranking.iterrows()]
    yield table(["", "what if", f"{name}, {unit}", "difference to base", "interval", "", "cannot be told from"], rows, left=2)
    level = f"{100 * found.base.plan.confidence:g} %"
    yield (f"all {len(found.pairs)} comparisons hold together with {level}: intervals by Bonferroni, verdicts by Holm's correction, which tells a "
           "little more")
    first = ranking.iloc[0]
    if first["not_told_from"]:
        yield f"which one is the best cannot be told: {first['what_if']} from {first['not_told_from']}"
    if found.of("whatif", found.edits[0]).set_index("metric").loc[name, "controlled_by"]:
        yield f"differences are {LONG_RUN}"
    if gained_little := _gained_little(found):
        yield gained_little
    yield ""
    yield from _side_by_side(found)


def _gained_little(found: WhatIfResult) -> str:
    """What is to be said of edits whose difference in the figure that ranks the same random numbers make little narrower, and what would."""
    name = found.figure_name
    tables = [(edit.name, found.of("whatif", edit)) for edit in found.edits]
    rows = [(edit, row) for edit, table in tables for _, row in table[(table["metric"] == name) & (table["gain"] < WORTH)].iterrows()]
    told = ", ".join(f"{_short(edit)} {number(row['gain'], 2)} ({number(row['replications_to_gain_5'], 2)})" for edit, row in rows)
    return f"of {name}, {LITTLE.format(told)}" if told else ""


def _side_by_side(found: WhatIfResult) -> Iterator[Any]:
    """Every figure of every edit as the difference to the base, the edits by their ranks."""
    ranks = {row["what_if"]: row["rank"] for _, row in found.ranking.iterrows()}
    edits = sorted(found.edits, key=lambda edit: ranks[edit.name])
    each = [found.of("whatif", edit).set_index("metric") for edit in edits]
    rows = []
    for metric in each[0].index:
        lines = [one.loc[metric] for one in each if metric in one.index]
        if lines[0]["base"] == lines[0]["base"]:
            rows.append([metric, lines[0]["unit"], number(lines[0]["base"], 5), *(_cell(row) for row in lines)])
    names = [f"{ranks[edit.name]}: {_head(edit.name)}" for edit in edits]
    yield table(["difference to base", "unit", "base", *names], rows, left=2)
    level = f"{100 * found.base.plan.confidence:g} %"
    yield f"? cannot be told from 0 (each with {level} for itself); --out has intervals, and where each difference comes from"


def _cell(row: Any) -> str:
    return _signed(row["difference"]) + ("" if not row["verdict"] else " ?" if row["verdict"] != "same" else "")


def _interval(row: Any) -> str:
    return f"[{_signed(row['ci_low'])}, {_signed(row['ci_high'])}]"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 3)
