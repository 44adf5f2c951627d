"""Says what tables and pictures of studies are called, and what is to be known of them."""

from __future__ import annotations

from procsim.pages.words import plain

CAPTIONS = {
    "whatif": "Figures, base against edit",
    "by_category": "Cost by category, what changes most first",
    "by_step": "Cost by step, what changes most first",
    "load_change": "Loads of tools, what changes most first",
    "yield_change": "Units lost at each step, what changes most first",
    "recipe_changes": "What the edit changes in the recipe",
    "waterfall": "From the one cost to the other",
    "compare": "The flows side by side",
    "cost_by_category": "Cost by category, USD per good unit",
    "cost_at_volume": "Cost at other volumes",
    "package": "Figures of merit of the packages",
    "heat": "Heat out of the die, layer by layer",
    "points": "All points",
    "best": "The best point of each flow",
    "break_even": "Where flows break even",
    "tools": "Tools before and after",
    "limits": "What each limit costs",
    "rules": "Rules of thumb beside",
    "crossings": "Where they cross",
    "curve": "Along the axis",
    "choices": "What is chosen",
    "confirmed": "The best, simulated",
    "frontier": "The frontier",
    "history": "The best so far, trial by trial",
    "trials": "All trials",
    "tornado": "Inputs, by how much they matter",
    "morris": "How far each input moves the figure (μ), and how differently from place to place (σ)",
    "sobol": "Shares of the variance: each input alone (first), and with all its interactions (total)",
    "measure_first": "What to measure first, by its share of the variance",
    "size": "Tools and loads, before and after",
    "breakeven": "Both along the axis",
}
"""What tables and pictures of studies are called."""
CAPTIONS_OF = {
    "compare": {"cost_by_step": "Cost by step of each flow", "yield_by_step": "Yield by step of each flow", "tools": "Tools of each flow"},
    "curve": {"curve": "Cycle time against throughput"},
    "optimise": {"figures": "Figures before, and at the best"},
    "size": {"figures": "Figures before and after"},
}
"""The same, where a kind of study has a name of its own for it."""


def caption(kind: str, name: str) -> str:
    """What the table or picture *name* of a *kind* of study is called."""
    return CAPTIONS_OF.get(kind, {}).get(name) or CAPTIONS.get(name) or plain(name)[:1].upper() + plain(name)[1:]


RANKED = "Intervals are so wide that all of them hold together, and p is corrected for how many were compared; that of an edit by itself is narrower."
NOTES_OF = {
    "whatif": {"ranking": RANKED, "pairs": RANKED, "by_category": "USD per good unit, fully loaded.", "by_step": "USD per good unit, fully loaded.",
               "whatif": "Differences on the same random numbers, with their interval. Where something stands under controlled by, what of it the "
                         "closed form knows was taken out, and the edit is the base and the difference: its own replications have the edit mean. "
                         "Replications to tell: about how many would tell a difference as large as this from none."},
    "sensitivity": {"morris": "Each input is moved over its range from several places: µ is the mean of what the figure then changes by, µ* that of "
                              "its size, σ how it differs from place to place, se their standard errors. Tied: cannot be told from the next.",
                    "sobol": "First: what part of the variance would go if the input were known exactly; total: what part would be left if all "
                             "others were. Tied: cannot be told from the next."},
    "size": {"tools": "Loads are at what is asked for, before with the tools that there were: over 100 % they would not have done.",
             "limits": "With and without: the fully loaded cost of a good package, and the tools, where the limit is kept and where it is not."},
    "compare": {"cost_by_step": "USD per good unit; what scrap costs was paid at other steps, and counts there.",
                "cost_at_volume": "Closed form: each flow with the fewest tools that keep every load at its line.max_load or below."},
}
"""What is to be known of a table to read it, by kind of study."""


def note(kind: str, name: str) -> str:
    """What stands under the table *name* of a *kind* of study."""
    return NOTES_OF.get(kind, {}).get(name, "")
