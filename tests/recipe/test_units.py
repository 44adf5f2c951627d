"""Tests that the unit of a number is read off the name of its key, and off its address."""

from __future__ import annotations

import pytest

from procsim.model.units import unit, unit_of


@pytest.mark.parametrize(("key", "found"), [
    ("thickness_um", "µm"), ("price_usd_per_kg", "USD/kg"), ("price_usd_per_piece", "USD/piece"), ("floor_usd_per_m2_year", "USD/(m² year)"),
    ("rate_um_per_min", "µm/min"), ("mm2_per_s", "mm²/s"), ("current_density_A_dm2", "A/dm²"), ("conductivity_W_mK", "W/mK"), ("stands_C", "°C"),
    ("defects_per_cm2", "1/cm²"), ("good_units_per_week", "units/week"), ("max_panels", "panels"),
    ("per_um", ""), ("per_via_ppm", "ppm"), ("dies_per_wafer", ""), ("count", ""), ("paid_per_worked", "")])
def test_a_key_names_its_unit(key: str, found: str) -> None:
    """The longest ending counts, on both sides of a "per"; what a driver counts is no unit, nor is what has none before the "per"."""
    assert unit(key) == found


@pytest.mark.parametrize(("address", "found"), [
    ("processes.laser_via.time_s.per_via", "s/via"), ("processes.grind.time_s.per_um", "s/µm"), ("layer1/coat.defects.per_via_ppm", "ppm/via"),
    ("layer1/coat.defects.per_cm2", "1/cm²"), ("materials.copper.price_usd_per_kg", "USD/kg"), ("line.lot.panels", "panels"),
    ("tools.press.failures.jam.mtbf_h.exponential.mean", "h"), ("product.dies.logic.known_good", "1")])
def test_an_address_names_its_unit(address: str, found: str) -> None:
    """The last name on the way that has one counts, and what an amount is per comes behind it."""
    assert unit_of(address) == found
