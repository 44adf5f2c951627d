"""Says what each figure means: those of summary.csv, of the package, and of studies."""

from __future__ import annotations

PER_GOOD = "per package that is shipped and truly good"
SUMMARY = {
    "cost_per_good_unit_direct": f"What packages use of dies, materials and the time of tools and people, in USD {PER_GOOD}.",
    "cost_per_good_unit_loaded": f"The fully loaded cost: the direct cost and the cost of unused capacity, in USD {PER_GOOD}.",
    "cost_per_shipped_unit": "The fully loaded cost per package that is shipped, escapes included.",
    "cost_per_good_unit_direct_without_dies": "The direct cost without what dies cost.",
    "cost_of_unused_capacity_per_good_unit": f"What the hours that tools could work, and did not, cost, {PER_GOOD}.",
    "scrap_cost_per_good_unit": f"What scrapped packages had cost when they were lost, {PER_GOOD}. It is a part of the direct cost.",
    "price_per_good_unit": "What a good package must be sold for, so that the margin of the economics is left.",
    "yield": "Good packages per package started.",
    "escapes_ppm": "Test escapes: packages that are bad and were shipped, of a million that were shipped (DPPM).",
    "infant_failures_ppm": "Good packages that are weak and fail early in the field, of a million shipped. They are no escapes: no test sees it.",
    "starts_per_good_unit": "Packages started per good package.",
    "good_units_per_week": "Good packages that leave in a week of 168 hours.",
    "throughput": "Lots that leave in an hour.",
    "cycle_time": "From a lot's release to its end, on average.",
    "raw_process_time": "What a lot would take alone in the line: the mean times of its visits, repairs left out.",
    "waiting_time": "What a lot waits in queues, summed over its visits.",
    "wip": "Work in process: lots in the line, on average.",
    "saving_by_skipping_known_bad": f"What steps would spend on packages known to be bad, if they did not skip them, {PER_GOOD}.",
    "tardiness": "How late a lot is after its due date, on average; early is 0.",
    "tardy_lots": "Share of lots that are late.",
    "lots_lost": "Lots that found the first buffer full and were turned away.",
    "cycle_time_sd": "Standard deviation of the cycle times of lots.",
    **{f"cycle_time_p{p}": f"The cycle time that {int(p)} % of lots stay below." for p in ("05", "50", "90", "95", "99")},
    "bottleneck_load": "Load of the most loaded tool group, or pool of operators, which the note names.",
    "utilisation": "Share of the whole time for which tools of the group are productive; in summary.csv that of the bottleneck.",
    "lots_finished": "Lots that left.",
    "capital": "What all tools cost to buy, without installation.",
    "tools": "How many tools there are in all.",
    "overloaded": "Which tool groups get more work than they can take; of draws, the share in which some do.",
}
"""Figures of a line."""
PACKAGE = {
    "package_thickness": "Height of the package, bonding points included.",
    "die_thickness": "Thickness of the thickest die, as it is left.",
    "substrate_thickness": "Thickness of what carries the package.",
    "wiring_layers": "Layers of wiring over the dies.",
    "fan_out": "How many bonding points lie outside the outline of the dies.",
    "passives_inside": "Passive devices in the package instead of on the board.",
    "units_per_panel": "Packages on a panel.",
    "thermal_resistance_back": "Thermal resistance from the die's active surface straight out of the back: Σ thickness / (conductivity × area).",
    "thermal_resistance_bonding_side": "The same, out of the side of the bonding points.",
    "thermal_resistance_back_per_area": "Thermal resistance out of the back, for a mm² of die.",
    "thermal_resistance_bonding_side_per_area": "Thermal resistance out of the side of the bonding points, for a mm² of die.",
    "expansion_mismatch": "How unlike two bodies expand, ppm per kelvin.",
    "expansion_mismatch_die_substrate": "How unlike die and substrate expand, ppm per kelvin.",
    "expansion_mismatch_die_frame": "How unlike the die and what lies beside it expand, ppm per kelvin.",
    "expansion_mismatch_heat_sink_substrate": "How unlike heat sink and substrate expand, ppm per kelvin.",
    "landing_yield": "Chance that what is made meets what it is made for.",
    "via_landing_yield": "Chance that a via meets its pad, as far as dies are placed and masks are aligned.",
    "polish_landing_yield": "Chance that polishing bares every pad, as far as dies are level.",
    "via_dimple": "How deep the hollow over a filled via is.",
    "surface_step": "How far the surface steps up and down where the last coat has levelled what it can.",
    "outline_area": "Area of the package.",
    "terminal_pitch": "From one bonding point to the next.",
    "die_pad_pitch": "From one die pad to the next, were all of them along the die's edges.",
    "board_pitch": "The finest pitch that the circuit board takes.",
    "die_temperature_rise": "How much hotter the die is than the cooler face of the package, at its power.",
    "dielectric_stress": "Stress in the dielectric per kelvin of cooling, since it does not expand as what it lies on.",
    "active_surface_height": "How far the active surface of the dies stands over the panel.",
    "heat_sink_to_air": "Thermal resistance from the heat sink to the air.",
    "net_length_mean": "Length of a connection from die pad to the tip of its bonding point, on average.",
    "net_length_longest": "Length of the longest connection.",
    "net_mean_resistance": "Resistance of a connection of mean length, direct current.",
    "net_mean_capacitance": "Capacitance of a connection of mean length.",
    "net_mean_delay": "How long a signal takes along a connection of mean length.",
    "net_mean_impedance": "Characteristic impedance of a connection.",
    "net_mean_attenuation": "What a signal loses along a connection of mean length, by the conductor's resistance.",
}
"""Figures of merit of a package."""
RESTING = {
    **{f"cost_resting_on_{whose}": f"Share of the fully loaded cost that rests on {words}: Σ |elasticity| of these inputs over that of all."
       for whose, words in (("published", "published numbers"), ("estimates", "estimates"), ("choices", "choices"),
                            ("unsourced", "numbers without a source"))},
    **{f"direct_cost_resting_on_{whose}": f"Share of the direct cost that rests on {words}."
       for whose, words in (("published", "published numbers"), ("estimates", "estimates"), ("choices", "choices"),
                            ("unsourced", "numbers without a source"))},
    **{f"widest_estimate_{n}": f"Half the width of the {word} swing of the cost: of one number over its range."
       for n, word in ((1, "widest"), (2, "second widest"), (3, "third widest"))},
    **{f"largest_without_range_{n}": f"The {word} elasticity of a number that has no range."
       for n, word in ((1, "largest"), (2, "second largest"), (3, "third largest"))},
}
"""What the cost rests on."""
FIGURES = {**SUMMARY, **PACKAGE, **RESTING}
"""Figure → what it means."""
