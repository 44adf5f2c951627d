"""Says under a table of a run what its numbers are of, where its heads do not."""

NOTES = {
    "uncertainty":
        "Each draw takes every input from its range, which often reaches further to the worse side than to the better. Mid percentile: how many "
        "draws of 100 lie below the figure with every input at its mid. Draws: how many have such a figure; a line that is overloaded has no cycle "
        "time.",
    "marginal_cost":
        "Closed form, tools and starts as they are, but for tools added. Direct is the long run, which pays for the time of tools; loaded is the "
        "short run, which pays for what is added to the bill alone, since idle tools are paid already.",
    "cost_by_volume":
        "Closed form: the line anew at each volume (1 is that of the recipe), with as many tools of each kind as work no more than their "
        "practical capacity, one at least; what is paid once is spread over the units of the volume. So the cost at 1 is not quite that of the "
        "line as it is.",
    "yield_per_panel":
        "Yields that no panel has are left out; a row at 0 is of panels lost whole.",
    "yield_per_lot":
        "Yields that no lot has are left out.",
    "yield_by_step":
        "Units of the lots that left in one replication; each lost unit stands at the step that first made it bad, and is found bad where an "
        "inspection or a test sees it.",
    "tools":
        "Load is work that comes over what the tools can do in their productive and standby hours; an in-line tool, which takes the next panel "
        "before the last is out, is at work for longer than its load says. Cost of ownership (SEMI E35) counts materials and what the scrap of a "
        "tool costs, too: it adds up to nothing.",
    "one_more_tool":
        "Closed form: what cycle time and cost change by where one tool more is bought, each by itself; and what is then the most loaded.",
    "steps":
        "Hours are means of a visit of a lot; amounts are what a step finds to do on one panel, thickness what it adds, takes off or cuts "
        "through. Work in process is without lots in transport; the expected queue is an estimate in closed form.",
    "provenance":
        "Each stands at the better of its places by the width of its swing and by its elasticity, both of the fully loaded cost of the line as it "
        "is: where a step becomes faster, its tools are paid all the same.",
}
"""What is to be known of a table to read it."""
