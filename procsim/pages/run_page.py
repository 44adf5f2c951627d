"""Tells a run, or a flow in closed form, on one page: the headline, the package, cost, yield, line, time, how sure it is, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence

from procsim.pages import findings, headline, words
from procsim.pages.content import Block, Cell, Column, FigureBlock, Found, Page, Section
from procsim.pages.cost_sheet import cost_sheet
from procsim.pages.figures import PAPER, inlined
from procsim.pages.made import made
from procsim.pages.tables import figures, table
from procsim.pages.words import percent

STATES = ("productive", "setup", "scheduled_down", "unscheduled_down", "engineering", "standby", "non_scheduled")
"""States of tools as their bar shows them; setup is taken out of scheduled down."""
PICTURES = {
    "package": ("The finished package", "Section of the finished package with its layers named", ""),
    "section": ("How it is built, step by step", "Sections of the package after every step that changes its shape", ""),
    "cost_by_step": ("Cost by step and category", "Stacked bars, a step each: {cost}", "cost_by_step"),
    "cost_along_the_flow": ("What each stretch of the flow adds, without dies and panels", "Waterfall from the first stretch to the whole: {cost}",
                            "cost_by_step"),
    "dollars": ("Where the dollars go", "Bands from what is paid for, by where it is spent, to good packages, scrap and idle capacity: {cost}",
                "cost_by_step"),
    "loss_pareto": ("Which steps lose units", "Bars with a cumulative line: {scrap}", "loss_pareto"),
    "tool_use": ("What the tools do, by SEMI E10 state", "Stacked bars, a tool group each: {line}", "tools"),
    "cycle_time": ("Where the time of a lot goes, by step", "Bars of work and waiting: {time}", "steps"),
    "warmup": ("Work in process and output over time", "Lots in the line, by replication, and lots finished an hour, with the warm-up", ""),
    "lot_ways": ("The way of some lots", "A row for each lot: when it waited and when it was worked on", "lot_ways"),
    "tornado": ("What moves the cost", "Tornado of the widest ranges, with elasticities: {inputs}", "provenance"),
    "uncertainty": ("The cost over all draws of the inputs", "Distribution of the cost over draws of the inputs", "uncertainty"),
}
"""Picture → its caption, its words, and the table that it shows."""


def run_page(found: Found) -> Page:
    """The page of a run or an estimate."""
    sections = [_package(found), _cost(found), _yield(found), _line(found), _time(found), _sure(found), made(found)]
    warnings = [str(one) for one in found.facts.get("warnings") or [*(found.facts.get("overloads") or [])]]
    return Page(found.title, _under(found), headline.lead(found), headline.cards(found), warnings, headline.shares(found),
                [section for section in sections if section.blocks])


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
    caption, alt, source = PICTURES.get(name, (words.plain(name).capitalize(), f"Picture: {words.plain(name)}", ""))
    said = {key: telling(found) for key, telling in (("cost", findings.of_cost), ("scrap", findings.of_scrap), ("line", findings.of_line),
                                                     ("time", findings.of_time), ("inputs", findings.of_inputs)) if f"{{{key}}}" in alt}
    for key, text in said.items():
        alt = alt.replace(f"{{{key}}}", text)
    return [FigureBlock(name, inlined(found.pictures[name], name), caption, alt, f"{source}.csv" if source in found.tables else "", f"{name}.svg",
                        name in PAPER)]


def _package(found: Found) -> Section:
    known = found.tables["summary"]
    last = known.index[known["metric"].isin(["bottleneck_load", "utilisation"])].max()
    merits = known.loc[last + 1:]
    merits = merits[~merits["metric"].str.contains("resting_on|widest_estimate|largest_without")]
    blocks: list[Block] = [*picture(found, "package"), *picture(found, "section")]
    if len(merits):
        blocks.append(figures(merits, "Figures of merit of the package"))
    return Section("package", "Package", findings.of_package(found), blocks)


def _cost(found: Found) -> Section:
    free = not found.tables["cost_by_step"]["cost_per_good_unit_usd"].abs().sum() > 0
    if free:
        return Section("cost", "Cost", "", ())
    blocks: list[Block] = [cost_sheet(found)]
    for name in ("cost_by_step", "cost_along_the_flow", "dollars"):
        blocks += picture(found, name)
    for name, caption in (("cost_by_category", "Cost by category"), ("marginal_cost", None), ("cost_by_volume", None)):
        if name in found.tables and len(found.tables[name]):
            told = caption or (findings.of_more if name == "marginal_cost" else findings.of_volume)(found)
            blocks.append(table(name, found.tables[name], told, [c for c in found.tables[name].columns if c != "expected_is"]))
    materials = found.tables.get("materials")
    if materials is not None and len(materials):
        ranked = materials.sort_values("cost_usd", ascending=False, kind="stable")
        blocks.append(table("materials", ranked, f"Materials: {ranked['material'].iloc[0]} costs most", (
            "material", "amount", "unit", "price_usd", "cost_usd", "cost_per_good_unit_usd", "bought_per_used"),
            note="Amounts of the lots that left in one replication."))
    return Section("cost", "Cost", findings.of_cost(found), blocks)


def _yield(found: Found) -> Section:
    blocks: list[Block] = [*picture(found, "loss_pareto")]
    for name, caption in (("loss_pareto", "What is lost where, and why"), ("yield_by_step", "Yield by step"),
                          ("yield_per_panel", "Yield from panel to panel"), ("yield_per_lot", "Yield from lot to lot"),
                          ("yield_ramp", "Yield as it is learned")):
        if name in found.tables and len(found.tables[name]):
            blocks.append(table(name, found.tables[name], caption))
    cost = found.tables["cost_by_step"]
    if cost["scrap_caused_usd"].sum() > 0:
        ranked = cost[cost["scrap_caused_usd"] + cost["scrap_found_usd"] > 0].sort_values("scrap_caused_usd", ascending=False, kind="stable")
        blocks.append(table("cost_by_step", ranked, findings.of_scrap_cost(found), ("step", "scrap_caused_usd", "scrap_found_usd"),
                            note="USD per good unit: what was scrapped because of a step, and at it. It was paid elsewhere, and counts there."))
    return Section("yield", "Yield", findings.of_scrap(found), blocks)


def _line(found: Found) -> Section:
    tools = found.tables["tools"].sort_values("load", ascending=False, kind="stable")
    records = [{str(key): value for key, value in row.items()} for row in tools.to_dict("records")]
    bars = Column("time by SEMI E10 state"), [_states(row) for row in records]
    blocks: list[Block] = [table("tools", tools, "Tool groups, the most loaded first", (
        "tool_group", "count", "load", "oee", "queue_mean_lots", "queue_mean_h", "limited_by", "tools_needed", "availability", "mtbf_h", "mttr_h",
        "cost_per_productive_h_usd", "unused_capacity_usd", "cost_of_ownership_usd"), extra={"states": bars},
        note=f"Bars: {', '.join(words.plain(state) for state in STATES)}. Load is productive over productive and standby hours.")]
    if "one_more_tool" in found.tables and len(found.tables["one_more_tool"]):
        note = "Closed form: what cycle time and cost change by where one tool more is bought, each by itself; and what is then the most loaded."
        blocks.append(table("one_more_tool", found.tables["one_more_tool"], findings.of_one_more_tool(found), note=note))
    blocks += picture(found, "tool_use")
    for name, caption in (("products", "Products"), ("streams", "Release streams"), ("operators", "Operators"),
                          ("queue_time", "Limits of queue time")):
        if name in found.tables and len(found.tables[name]):
            blocks.append(table(name, found.tables[name], caption))
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
        "step", "process", "tool_group", "visits", "process_h", "queue_h", "expected_queue_h", "wip_mean",
        *(str(c) for c in steps.columns if (str(c).endswith("_per_panel") or c == "um") and steps[c].abs().sum() > 0))))
    spread = found.tables["summary"]
    spread = spread[spread["metric"].str.startswith(("cycle_time", "raw_process", "waiting", "wip", "throughput", "tard"))]
    blocks.append(figures(spread, "Cycle time and work in process"))
    return Section("time", "Time", findings.of_time(found), blocks)


def _sure(found: Found) -> Section:
    blocks: list[Block] = [*picture(found, "uncertainty"), *picture(found, "tornado")]
    for name, caption in (("uncertainty", "Figures over draws of the inputs"), ("uncertainty_drivers", "Inputs that drive them")):
        if name in found.tables:
            blocks.append(table(name, found.tables[name], caption))
    known = found.tables.get("provenance")
    if known is not None and len(known):
        blocks.append(table("provenance", known, "Every input that the cost depends on, by what matters", (
            "address", "value", "low", "high", "unit", "provenance", "elasticity", "swing_low_usd", "swing_high_usd", "source", "written_at")))
    rows = found.tables["summary"]
    blocks.append(figures(rows[~rows["metric"].str.contains("widest_estimate|largest_without")], "All figures, with intervals"))
    return Section("sure", "How sure", findings.of_inputs(found), blocks)
