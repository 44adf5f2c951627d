"""Tells a run, or a flow in closed form, on one page: the headline, the package, cost, yield, line, time, how sure it is, and how it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from procsim.pages import findings, headline, words
from procsim.pages.answers import answers
from procsim.pages.cells import linked
from procsim.pages.content import BIG_PT, Block, Cell, Column, FigureBlock, Found, Page, Section, TableBlock
from procsim.pages.cost_sheet import cost_sheet, told_cells
from procsim.pages.figures import PAPER, inlined, width
from procsim.pages.made import made
from procsim.pages.notes import NOTES
from procsim.pages.tables import figures, table
from procsim.pages.words import percent

STATES = ("productive", "setup", "scheduled_down", "unscheduled_down", "engineering", "standby", "non_scheduled")
"""States of tools as their bar shows them; setup is taken out of scheduled down."""
PICTURES: dict[str, tuple[Callable[[Found], str], str, str]] = {
    "package": (lambda _: "The finished package", "Section of the finished package with its layers named", "summary"),
    "section": (findings.of_build, "Sections of the package after every step that changes its shape; each leads to its row of the cost sheet",
                "cost_by_step"),
    "cost_by_step": (findings.of_bars, "Cost of a good package by step and category, as stacked bars, a step each", "cost_by_step"),
    "cost_along_the_flow": (findings.of_stretches, "What each stretch of the flow adds, as a waterfall from the first to the whole", "cost_by_step"),
    "dollars": (findings.of_dollars, "Bands from what is paid for, by where it is spent, to good packages, scrap and idle capacity", "cost_by_step"),
    "loss_pareto": (findings.of_half, "Units lost by the step that lost them, as bars, with a line that sums them up", "loss_pareto"),
    "tool_use": (findings.of_use, "What tools do, by SEMI E10 state, as stacked bars, a tool group each; dashed: the load that the line plans "
                                  "with at most", "tools"),
    "cycle_time": (findings.of_longest, "Hours of a lot at each step, at work, waiting, in transport and in repair, as stacked bars", "steps"),
    "warmup": (findings.of_wip, "Lots in the line over time, by replication, and lots finished an hour, with the warm-up", "summary"),
    "lot_ways": (findings.of_ways, "A row for each lot: when it waited and when it was worked on", "lot_ways"),
    "tornado": (findings.of_tornado, "Tornado of the inputs with the widest ranges, with elasticities beside", "provenance"),
    "uncertainty": (findings.of_draws, "Distribution of the cost over draws of the inputs", "uncertainty"),
}
"""Picture → what says its finding, what it shows in words, and the table that holds its numbers."""
ALL = 40
"""Rows of a distribution that are all shown: one that is cut off shows its tail alone."""


def run_page(found: Found) -> Page:
    """The page of a run or an estimate."""
    sections = [_package(found), _cost(found), _yield(found), _line(found), _time(found), _sure(found), made(found)]
    warnings = [str(one) for one in found.facts.get("warnings") or [*(found.facts.get("overloads") or [])]]
    return Page(found.title, _under(found), headline.lead(found), headline.cards(found), warnings, headline.shares(found),
                answers(found), [section for section in sections if section.blocks])


def _under(found: Found) -> str:
    """Of what this is, in one line."""
    facts = found.facts
    n, recipe = facts.get("replications"), facts.get("recipe_sha256_16")
    times = (f"{n} replication{'s' if n > 1 else ''} of {facts['horizon_h']:g} h, the first {facts['warmup_h']:g} h left out, seed {facts['seed']}"
             if n else "closed form: nothing is simulated")
    return f"{times}; recipe {facts.get('flow', '')}, {recipe}" if recipe else times


def picture(found: Found, name: str) -> Sequence[FigureBlock]:
    """The picture of that name, if there is one."""
    if name not in found.pictures:
        return []
    says, alt, source = PICTURES.get(name, (lambda _: words.plain(name).capitalize(), f"Picture: {words.plain(name)}", ""))
    svg = inlined(found.pictures[name], name)
    if name == "section":
        svg = linked(svg, told_cells(found))
    return [FigureBlock(name, svg, says(found), f"{alt}.", f"{source}.csv" if source in found.tables else "", f"{name}.svg", name in PAPER,
                        big=width(svg) > BIG_PT and name != "package")]


def _package(found: Found) -> Section:
    known = found.tables["summary"]
    last = known.index[known["metric"].isin(["bottleneck_load", "utilisation"])].max()
    merits = known.loc[last + 1:]
    merits = merits[~merits["metric"].str.contains("resting_on|widest_estimate|largest_without")]
    blocks: list[Block] = [*picture(found, "package")]
    if len(merits):
        blocks.append(figures(merits, f"{len(merits)} figures of merit"))
    blocks += picture(found, "section")
    return Section("package", "Package", findings.of_package(found), blocks)


def _is_free(found: Found) -> bool:
    """Whether nothing costs anything here."""
    return not found.tables["cost_by_step"]["cost_per_good_unit_usd"].abs().sum() > 0


def _cost(found: Found) -> Section:
    if _is_free(found):
        return Section("cost", "Cost", "", ())
    blocks: list[Block] = [cost_sheet(found)]
    for name in ("cost_by_step", "cost_along_the_flow", "dollars"):
        blocks += picture(found, name)
    for name, says in (("cost_by_category", findings.of_categories), ("materials", findings.of_materials), ("marginal_cost", findings.of_more),
                       ("cost_by_volume", findings.of_volume)):
        known = found.tables.get(name)
        if known is not None and len(known):
            blocks.append(_materials(known, says(found)) if name == "materials" else table(name, known.drop(columns="expected_is", errors="ignore"),
                                                                                           says(found), note=NOTES.get(name, "")))
    return Section("cost", "Cost", findings.of_cost(found), blocks)


def _materials(known: pd.DataFrame, caption: str) -> TableBlock:
    """What is used, the dearest first."""
    lost = "bought_per_used" in known and not (known["bought_per_used"] == 1).all()
    columns = ("material", "amount", "unit", "price_usd", "cost_usd", "cost_per_good_unit_usd", *(("bought_per_used",) if lost else ()))
    ranked = known.sort_values("cost_usd", ascending=False, kind="stable")
    return table("materials", ranked, caption, columns, note="Amounts of the lots that left in one replication.")


def _yield(found: Found) -> Section:
    blocks: list[Block] = [*picture(found, "loss_pareto")]
    captions: dict[str, Callable[[], str]] = {
        "loss_pareto": lambda: "What is lost where, and why", "yield_by_step": lambda: findings.of_steps_yield(found),
        **{name: partial(findings.of_spread, found, name) for name in ("yield_per_panel", "yield_per_lot")},
        "yield_ramp": lambda: "Yield as it is learned"}
    for name, says in captions.items():
        if name in found.tables and len(found.tables[name]):
            spread = name in ("yield_per_panel", "yield_per_lot")
            known = found.tables[name].assign(yield_to=found.tables[name]["yield_to"].clip(upper=1.0)) if spread else found.tables[name]
            blocks.append(table(name, known, says(), note=NOTES.get(name, ""), shown=ALL if spread else 12))
    cost = found.tables["cost_by_step"]
    if cost["scrap_caused_usd"].sum() > 0:
        ranked = cost[cost["scrap_caused_usd"] + cost["scrap_found_usd"] > 0].sort_values("scrap_caused_usd", ascending=False, kind="stable")
        blocks.append(table("cost_by_step", ranked, findings.of_scrap_cost(found), ("step", "scrap_caused_usd", "scrap_found_usd"),
                            note="USD per good unit: what was scrapped because of a step, and at it. It was paid elsewhere, and counts there."))
    return Section("yield", "Yield", findings.of_scrap(found), blocks)


def _line(found: Found) -> Section:
    tools = found.tables["tools"].sort_values("load", ascending=False, kind="stable")
    records, free = [{str(key): value for key, value in row.items()} for row in tools.to_dict("records")], _is_free(found)
    bars = Column("time by SEMI E10 state"), [_states(row) for row in records]
    blocks: list[Block] = [table("tools", tools, "Tool groups, the most loaded first", (
        "tool_group", "count", "load", "oee", "queue_mean_lots", "queue_mean_h", "limited_by", "tools_needed", "availability", "mtbf_h", "mttr_h",
        *(() if free else ("cost_per_productive_h_usd", "unused_capacity_usd", "cost_of_ownership_usd"))), extra={"states": bars},
        note=NOTES["tools"],
        shades=[(f"c-{state.replace('_', '-')}", words.plain(state)) for state in STATES if (tools[state] > 0).any()])]
    if "one_more_tool" in found.tables and len(found.tables["one_more_tool"]):
        more = found.tables["one_more_tool"].drop(columns=["bottleneck_load", *(["loaded_usd_per_good_unit"] if free else [])], errors="ignore")
        heads = {"cycle_time_h": Column("cycle time changes by", "h", True), "bottleneck": Column("then most loaded"),
                 "loaded_usd_per_good_unit": Column("cost changes by", "USD per good unit", True)}
        blocks.append(table("one_more_tool", more, findings.of_one_more_tool(found), note=NOTES["one_more_tool"], heads=heads))
    blocks += picture(found, "tool_use")
    for name, caption in (("products", "Products"), ("streams", "Release streams"), ("operators", "Operators"),
                          ("queue_time", "Limits of queue time")):
        if name in found.tables and len(found.tables[name]):
            known = found.tables[name]
            kept = [str(one) for one in known.columns if not str(one).endswith(("_ci_low", "_ci_high")) and not str(one).startswith("expected_")]
            blocks.append(table(name, known, caption, kept, note="Intervals, and the closed form, stand in the file."
                                if len(kept) < len(known.columns) else ""))
    return Section("line", "Line", findings.of_line(found), blocks)


def _states(row: dict[str, float]) -> Cell:
    """The bar of a tool group."""
    shares = {state: row[state] for state in STATES}
    shares["scheduled_down"] -= shares["setup"]
    known = [(f"c-{state.replace('_', '-')}", 100 * share) for state, share in shares.items() if share == share and share > 0]
    text = ", ".join(f"{words.plain(state)} {percent(share, 2)}" for state, share in shares.items() if share == share and share > 0.005)
    at, parts = 0.0, []
    for name, wide in known:
        parts.append((name, at, wide))
        at += wide
    return Cell(text, f"{shares['productive']:.6g}", parts=parts)


def _time(found: Found) -> Section:
    blocks: list[Block] = [*picture(found, "cycle_time"), *picture(found, "warmup"), *picture(found, "lot_ways")]
    steps = found.tables["steps"]
    blocks.append(table("steps", steps, "Hours of a visit by step, and what a step has to do", (
        "step", "process", "tool_group", "visits", "process_h", "queue_h", *(one for one in ("transport_h", "repair_h", "blocked_h")
                                                                             if one in steps and steps[one].abs().sum() > 0),
        "expected_queue_h", "wip_mean",
        *(str(c) for c in steps.columns if (str(c).endswith("_per_panel") or c == "um") and steps[c].abs().sum() > 0)), note=NOTES["steps"]))
    spread = found.tables["summary"]
    spread = spread[spread["metric"].str.startswith(("cycle_time", "raw_process", "waiting", "wip", "throughput", "tard"))]
    blocks.append(figures(spread, "Cycle time and work in process"))
    return Section("time", "Time", findings.of_time(found), blocks)


def _sure(found: Found) -> Section:
    blocks: list[Block] = [*picture(found, "uncertainty"), *picture(found, "tornado")]
    for name, caption in (("uncertainty", "Figures over draws of the inputs"), ("uncertainty_drivers", "Inputs that drive them")):
        if name in found.tables:
            blocks.append(table(name, found.tables[name], caption, note=NOTES.get(name, "")))
    known = found.tables.get("provenance")
    if known is not None and len(known):
        blocks.append(table("provenance", known, "Every input that the cost depends on, by what matters", (
            "address", "value", "low", "high", "unit", "provenance", "elasticity", "swing_low_usd", "swing_high_usd", "source", "written_at"),
            note=NOTES["provenance"]))
    rows = found.tables["summary"]
    blocks.append(figures(rows[~rows["metric"].str.contains("widest_estimate|largest_without")], "All figures, with intervals"))
    return Section("sure", "How sure", findings.of_inputs(found), blocks)
