"""Does the command ``whatif``: base against edit on the same random numbers."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from procsim.cli.prepare import DONE, INFEASIBLE, prepared, wrong
from procsim.cli.show import console, table, tell
from procsim.cli.simulate import plain_facts, record_of
from procsim.cli.targets import put_down, report_target
from procsim.cli.work import chosen, finished
from procsim.costs.totals import Totals
from procsim.maths.numerals import number
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import shipped
from procsim.results import diagnostics
from procsim.results.overload import refuse_overload
from procsim.studies.also import parquets
from procsim.studies.result import Ready


def whatif_command(options: argparse.Namespace) -> int:
    """Base against edit on the same random numbers."""
    if options.out:
        report_target(options.out)
    sets = list(options.sets)
    with options.stop.may():
        before = prepared(options, [], options.flow if sets or options.over else _extended(options.flow), over=[])
        after = prepared(options, sets)
        for _, plan, closed in (before, after):
            refuse_overload(plan, closed, options.allow_overload)
    plans = [(chosen(plan, options), closed) for _, plan, closed in (before, after)]
    if plans[0][0].replications != plans[1][0].replications or plans[0][0].seed != plans[1][0].seed:
        plans[1] = (replace(plans[1][0], replications=plans[0][0].replications, seed=plans[0][0].seed), plans[1][1])
    work = finished(plans, options, paired=True)
    one, two = work.totals
    from procsim import report, tables

    pair = (plans[0][0], plans[1][0])
    made = {"whatif": tables.whatif(pair[1], one, two)}
    if made["whatif"]["base"].notna().any() and not pair[0].money.free:
        made["by_category"] = tables.whatif_by(pair, (one, two), tables.cost_by_category, "category")
        made["by_step"] = tables.whatif_by(pair, (one, two), tables.cost_by_step, "step")
    record = record_of(after[0], pair[1], options, work, 0.0)
    if options.json:
        tell(Ready("whatif", f"{before[0].title}  →  {', '.join(sets) if sets else after[0].title}", made, facts=plain_facts(record)))
    else:
        _print_whatif(before[0], after[0], sets, pair, made, (one, two))
    for name, (plan, closed), totals in (("base", plans[0], one), ("edit", plans[1], two)):
        for warning in diagnostics.of_run(plan, totals, closed):
            console(error=True).print(f"warning: {name}: {warning}")
    written = not options.out or put_down(options.out, lambda path: report.write(path, made, parquets(made, options.also), record), options.json)
    return DONE if written else INFEASIBLE


def _extended(flow: str) -> str:
    """The recipe that a what-if file extends; of several that are laid one over the other, the one that all of them are variants of."""
    from procsim.recipe.extends import base_of

    base = base_of(shipped(flow))
    if base is None:
        raise wrong("whatif needs an edit: --set address=value, --with a what-if, or a recipe that extends another")
    return str(base)


def _verdict(low: float, high: float) -> str:
    """In words: whether the difference is more than noise."""
    if low != low:
        return "one replication: no interval"
    if low == high == 0:
        return "same"
    return "cannot tell" if low <= 0 <= high else ""


def _print_whatif(base: Recipe, edit: Recipe, sets: list[str], plans: tuple[Plan, Plan], made: dict[str, Any],
                  totals: tuple[list[Totals], list[Totals]]) -> None:
    from procsim.results.metrics import bottleneck_name

    out = console()
    what = ", ".join(sets) if sets else edit.title
    out.print(f"{base.title}  →  {what}   ({len(totals[0])} replications, same random numbers)")
    rows = []
    for _, row in made["whatif"].iterrows():
        if row["base"] != row["base"] and row["edit"] != row["edit"]:
            continue
        rows.append([row["metric"], row["unit"], number(row["base"], 5), number(row["edit"], 5), _signed(row["difference"]),
                     _interval(row), _verdict(row["ci_low"], row["ci_high"])])
    out.print(table(["figure", "unit", "base", "edit", "difference", f"{100 * plans[0].confidence:g} % interval", ""], rows, left=2))
    for name, key in (("by_category", "category"), ("by_step", "step")):
        if name in made and len(made[name]):
            moved = made[name].reindex(made[name]["difference_usd"].abs().sort_values(ascending=False, kind="stable").index).head(12)
            out.print("")
            out.print(table([key, "base", "edit", "difference", "interval"], [
                [r[key], number(r["base_usd"]), number(r["edit_usd"]), _signed(r["difference_usd"]), _interval(r)] for _, r in moved.iterrows()]))
    names = [bottleneck_name(plan, runs) for plan, runs in zip(plans, totals, strict=True)]
    if all(names):  # mean values do not always tell them
        out.print("")
        out.print(f"bottleneck moved: {names[0]} → {names[1]}" if names[0] != names[1] else f"bottleneck: {names[0]}, as before")


def _interval(row: Any) -> str:
    return f"[{_signed(row['ci_low'])}, {_signed(row['ci_high'])}]"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 3)
