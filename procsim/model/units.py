"""Reads the unit of a number off the name of its key, and off its address in a recipe."""

from __future__ import annotations

UNITS = {"usd": "USD", "um": "µm", "mm": "mm", "m": "m", "mm2": "mm²", "cm2": "cm²", "m2": "m²", "cm3": "cm³", "s": "s", "min": "min", "h": "h",
         "kg": "kg", "g": "g", "l": "l", "ml": "ml", "kw": "kW", "kwh": "kWh", "W": "W", "C": "°C", "ppm": "ppm", "g_cm3": "g/cm³", "A_dm2": "A/dm²",
         "W_mK": "W/mK", "ppm_K": "ppm/K", "GPa": "GPa", "uohm_cm": "µΩ·cm", "m2_year": "(m² year)",
         **{word: word for word in ("days", "weeks", "years", "piece", "panels", "units", "lots")}}
"""How a key's name ends → the unit that it says; the longest ending counts."""
PER = "per_"
"""What an amount of a sum over drivers begins with."""


def unit(key: str) -> str:
    """The unit in the name of a *key*: ``thickness_um`` is in µm, ``price_usd_per_kg`` in USD/kg, ``defects_per_cm2`` in 1/cm²; '' where it names
    none. What a driver counts is no unit: the amount ``per_um`` is in that of the sum."""
    if key.startswith(PER):
        return "ppm" if key.endswith("_ppm") else ""
    counted, per, of = key.rpartition("_per_")
    if not per:
        return _ending(key)
    return f"{_ending(counted)}/{UNITS.get(of, of)}" if _ending(counted) else f"1/{UNITS[of]}" if of in UNITS else ""


def _ending(name: str) -> str:
    parts = name.split("_")
    return next((UNITS[end] for n in range(len(parts)) if (end := "_".join(parts[n:])) in UNITS), "")


def unit_of(address: str) -> str:
    """The unit of what stands at *address*, read off the names on the way: ``time_s.per_die`` is s/die; 1 where they name none. What is consumed
    counts in the unit that it is bought in."""
    found, per = "", ""
    for word in address.split("."):
        if word.startswith(PER):
            driver = word.removeprefix(PER).removesuffix("_ppm")
            per = f"/{UNITS.get(driver, driver)}"
        found = unit(word) or found
    return (found or "1") + per
