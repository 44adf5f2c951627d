"""Lines and simple devices against textbook examples."""

from __future__ import annotations

import math

import pytest

from procsim.maths import lumped
from procsim.maths.lines import microstrip, series_permittivity, stripline


def test_microstrip_against_the_textbook() -> None:
    """Pozar, Microwave Engineering, example 3.7: 50 Ω on 0.127 cm of ε 2.20 takes a line of 0.391 cm, which feels ε 1.87."""
    line = microstrip(3.91, 1.27, 2.20)
    assert line.impedance_ohm == pytest.approx(50.0, rel=0.01)
    assert line.permittivity == pytest.approx(1.87, rel=0.01)
    assert line.capacitance_pf_per_mm == pytest.approx(line.delay_ps_per_mm / line.impedance_ohm)


def test_stripline_against_the_textbook() -> None:
    """Pozar, example 3.5: planes 0.32 cm apart in ε 2.20, a line of 0.266 cm: 50 Ω."""
    assert stripline(2.66, 3.2, 2.20).impedance_ohm == pytest.approx(50.0, rel=0.01)
    assert stripline(1.0, 10.0, 2.20).impedance_ohm > stripline(2.0, 10.0, 2.20).impedance_ohm


def test_dielectrics_over_each_other_are_capacitors_in_series() -> None:
    """Alike ones count as one; a thin one of low permittivity counts most."""
    assert series_permittivity([(1.0, 4.0), (3.0, 4.0)]) == pytest.approx(4.0)
    assert series_permittivity([(1.0, 1.0), (1.0, 1000.0)]) == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize("turns", [3, 5, 8])
def test_square_spirals_agree_with_the_modified_wheeler_formula(turns: int) -> None:
    """Mohan and others, 1999, give both: L = 2.34·µ·n²·d/(1 + 2.75·ρ) and the current sheet, within some per cent of each other."""
    outer, inner = 1200.0, 1200.0 - 100.0 * turns
    mean, fill = (outer + inner) / 2, (outer - inner) / (outer + inner)
    wheeler = 2.34 * lumped.MU_NH_PER_UM * turns**2 * mean / (1 + 2.75 * fill)
    assert lumped.spiral(turns, outer, inner, "square") == pytest.approx(wheeler, rel=0.05)
    assert lumped.spiral(turns, outer, inner, "circular") < lumped.spiral(turns, outer, inner, "square")


def test_plates_coils_and_resistors_follow_their_laws() -> None:
    """ε·A/d of 1 mm² at 1 µm of ε 1 is 8.85 pF; a long solenoid µ·N²·A/l; a thin toroid µ·N²·A/(2πr); a square of copper ρ/t."""
    assert lumped.plate(1e6, 1.0, 1.0) == pytest.approx(8.854, rel=1e-3)
    assert lumped.solenoid(100, 1.0, 1e6) == pytest.approx(4 * math.pi * 1e-4 * 1e4 / 1e6, rel=1e-3)
    assert lumped.toroid(10, 1.0, 1000.0, 1001.0) == pytest.approx(4 * math.pi * 1e-4 * 100 / (2 * math.pi * 1000.5), rel=1e-3)
    assert lumped.resistance(1.72, 10.0, 10.0, 5.0) == pytest.approx(3.44e-3)


def test_a_comb_grows_with_fingers_and_overlap() -> None:
    """Twice the overlap is twice the capacitance; more fingers are more of it."""
    one = lumped.comb(20, 500.0, 15.0, 15.0, (3.3, 1.0), 300.0, 5.0)
    assert lumped.comb(20, 1000.0, 15.0, 15.0, (3.3, 1.0), 300.0, 5.0) == pytest.approx(2 * one)
    assert lumped.comb(40, 500.0, 15.0, 15.0, (3.3, 1.0), 300.0, 5.0) > 1.9 * one
