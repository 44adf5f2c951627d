"""Finds what a word of the output means: a column of a table, a figure, or a word of the field."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.model.explained import Said
from procsim.model.units import unit
from procsim.results.metrics import DUE, LOST, METRICS, PRICE, SKIPPED, WEAK
from procsim.tables import column_meanings as columns
from procsim.tables import figure_meanings as figures
from procsim.tables.terms import TERMS

SECTIONS = {
    "figure of a line": figures.SUMMARY, "figure of a package": figures.PACKAGE, "figure of what the cost rests on": figures.RESTING,
    "column of many tables": columns.WHAT, "column of tables of cost": columns.COST, "column of tables of tools and operators": columns.TOOLS,
    "column of tables of steps, losses and lots": columns.LINE, "column of tables of studies": columns.STUDIES}
"""Where a word stands → the words there, each with its meaning."""
PRINTED = {
    "fully_loaded_cost": "cost_per_good_unit_loaded", "loaded_cost": "cost_per_good_unit_loaded", "direct_cost": "cost_per_good_unit_direct",
    "output": "good_units_per_week", "needed": "tools_needed", "closed_form": "expected", "direct": "cost_per_good_unit_direct",
    "fully_loaded": "cost_per_good_unit_loaded", "interval": "ci_low", "category_of_cost": "category",
    **dict.fromkeys(("demand", "capacity", "repair_crew", "operators"), "limited_by")}
"""What is printed → the name under which it stands in a table."""
PARTS = (("expected_", "In closed form. "), ("base_", "Of the flow as it is. "), ("edit_", "With the edit. "))
"""Beginnings of a column's name, and what is said before the meaning of the rest."""
ENDS = (("_ci_low", "Lower end of the interval of {}. "), ("_ci_high", "Upper end of the interval of {}. "), ("_se", "Standard error of {}. "),
        ("_is", "Whether {} is exact or an estimate. "), ("_before", "Before. "), ("_after", "After. "), ("_lots_per_h", ""), ("_lots", ""),
        ("_usd", ""), ("_h", ""), ("_mean", "On average. "), ("_lost", "Share of the packages started that are lost. "))
"""Ends of one, with what is said of the rest."""
PASSIVES = {
    "capacitance": "Capacitance of the passive device.", "inductance": "Inductance of the passive device.",
    "resistance": "Resistance of the passive device.", "impedance": "Characteristic impedance of the passive device.",
    "delay": "How long a signal takes through the passive device.", "frequency": "Middle of the pass band of the filter."}
"""How figures of passive devices end, behind their names."""


def meanings(word: str) -> tuple[Said, ...]:
    """What *word* means in the output, however it is written (tool group, tool_group): nothing where it is no word of it."""
    name = _name(word)
    return tuple(dict.fromkeys([*_terms(name), *_named(name), *_named(PRINTED.get(name, ""))])) or tuple(_made_up(name))


def known_words() -> frozenset[str]:
    """All words of which there is a meaning, as they are written in tables."""
    return frozenset([*(name for section in SECTIONS.values() for name in section), *map(_name, _each_term()), *PRINTED])


def _name(word: str) -> str:
    return "_".join(word.lower().replace("-", " ").replace("_", " ").split())


def _each_term() -> Iterator[str]:
    """Every word of the glossary by itself, and what stands in brackets behind one."""
    for words in TERMS:
        for one in words.replace("(", ", ").replace(")", "").split(","):
            yield one.strip()


def _terms(name: str) -> Iterator[Said]:
    for words, meaning in TERMS.items():
        if name in map(_name, words.replace("(", ", ").replace(")", "").split(",")):
            yield Said(words, "word of the field", meaning)


def _named(name: str) -> Iterator[Said]:
    """What tables say of exactly this *name*."""
    for where, section in SECTIONS.items():
        if name in section:
            yield Said(name, where, section[name], _unit(name))


def _unit(name: str) -> str:
    said = {one.name: one.unit for one in (*METRICS, *DUE, *WEAK, *SKIPPED, *LOST, *PRICE)}.get(name) or unit(name)
    return f"In {said}" if said not in ("", "1") else ""


def _made_up(name: str) -> Iterator[Said]:
    """What a *name* means that is put together from one that has a meaning and something before or behind it."""
    for end, told in ENDS:
        if name.endswith(end) and (inner := meanings(name.removesuffix(end))):
            yield Said(name, inner[-1].where, told.format(name.removesuffix(end)) + inner[-1].meaning, _unit(name))
            return
    for start, told in PARTS:
        if name.startswith(start) and (inner := meanings(name.removeprefix(start))):
            yield Said(name, inner[-1].where, told + inner[-1].meaning, _unit(name))
            return
    if name.startswith("passive_") and (ending := name.rpartition("_")[2]) in PASSIVES:
        yield Said(name, "figure of a package", PASSIVES[ending])
    yield from (Said(name, "figure of a package", meaning) for figure, meaning in figures.PACKAGE.items() if name.startswith(f"{figure}_"))
