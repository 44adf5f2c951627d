"""Tests rectangles on a grid in a circle: the best offset, against every offset at which two corners touch the rim, and against dense searches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from procsim.cli import main
from procsim.maths.arrays import Floats
from procsim.maths.grids import Grid, _best, best_grid
from procsim.model.wafer import Wafer
from procsim.model.wafer_price import by_grid, by_grid_catch
from procsim.recipe.load import load
from procsim.section.layout import panel_geometry

ROUND = "product.panel={part: copper_panel, shape: round, diameter_mm: 300, edge_mm: 3, street_mm: 0.08}"


def inside(radius: float, width: float, length: float, street: float, offsets: Floats, touch: float = 1e-7) -> Floats:
    """Rectangles inside the circle with one's centre at each of *offsets* (K, 2), counted one by one, (K,)."""
    pitch, step = width + street, length + street
    i, j = np.meshgrid(*(np.arange(-int(radius / size) - 2, int(radius / size) + 3) for size in (pitch, step)))
    x = np.abs(offsets[:, :1] + pitch * i.ravel()) + width / 2
    y = np.abs(offsets[:, 1:] + step * j.ravel()) + length / 2
    return np.asarray((np.hypot(x, y) <= radius + touch).sum(axis=1))


def touching(radius: float, width: float, length: float, street: float) -> Floats:
    """Every offset at which two corners touch the rim at once, and the four at which the grid lies evenly, (K, 2). A grid that holds most can be
    pushed to one of these: across until a corner touches, and from there along the rim until another does."""
    pitch, step = width + street, length + street
    i, j = np.meshgrid(*(np.arange(-int(radius / size) - 2, int(radius / size) + 3) for size in (pitch, step)))
    corners = [(i * pitch + a * width / 2, j * step + b * length / 2) for a in (-1, 1) for b in (-1, 1)]
    centres = -np.array([(x, y) for xs, ys in corners for x, y in zip(xs.ravel(), ys.ravel(), strict=True)])
    centres = centres[np.abs(np.hypot(*centres.T) - radius) <= math.hypot(pitch, step)]  # the corner is at 0: the offset lies on a circle round it
    one, two = np.triu_indices(len(centres), 1)
    gap = centres[two] - centres[one]
    apart = np.hypot(*gap.T)
    near = (apart > 0) & (apart <= 2 * radius)
    one, gap, apart = one[near], gap[near], apart[near]
    up = np.sqrt(radius**2 - apart**2 / 4)[:, None] * np.stack([-gap[:, 1], gap[:, 0]], axis=1) / apart[:, None]
    middle = centres[one] + gap / 2
    found = np.concatenate([middle + up, middle - up])
    found = found[(np.abs(found[:, 0]) <= pitch / 2) & (np.abs(found[:, 1]) <= step / 2)]
    even = [(x, y) for x in (0.0, pitch / 2) for y in (0.0, step / 2)]
    return np.concatenate([np.array(even), found])


@given(radius=st.floats(2, 4), width=st.floats(0.7, 3), length=st.floats(0.7, 3), street=st.floats(0, 0.3))
@settings(max_examples=25)
def test_no_offset_with_two_corners_on_the_rim_holds_more(radius: float, width: float, length: float, street: float) -> None:
    """The best of all offsets, enumerated: those at which two corners touch the rim at once."""
    best = inside(radius, width, length, street, touching(radius, width, length, street)).max()
    assert best_grid(radius, width, length, street).count == best


@given(radius=st.floats(20, 150), across=st.floats(1, 30), along=st.floats(1, 30), street=st.floats(0, 0.5))
@settings(max_examples=40)
def test_no_offset_of_a_dense_search_holds_more(radius: float, across: float, along: float, street: float) -> None:
    """Of 200 offsets, evenly spread, none holds more; a quarter turn, and a scale of one's own, change nothing; what is said to stand inside does."""
    width, length = radius / across, radius / along
    found = best_grid(radius, width, length, street)
    columns, rows = np.meshgrid(np.linspace(0, (width + street) / 2, 20), np.linspace(0, (length + street) / 2, 10))
    assert inside(radius, width, length, street, np.stack([columns.ravel(), rows.ravel()], axis=1)).max(initial=0) <= found.count
    assert best_grid(radius, length, width, street).count == found.count
    assert best_grid(10 * radius, 10 * width, 10 * length, 10 * street).count == found.count
    if found.count:
        laid = np.array([[found.across[len(found.across) // 2], found.along[len(found.along) // 2]]])
        assert inside(radius, width, length, street, laid).tolist() == [found.count]
        assert max(map(abs, found.across)) + width / 2 <= radius
        assert max(map(abs, found.along)) + length / 2 <= radius


def test_grids_on_paper() -> None:
    """3-4-5 corners that touch the rim are inside, the street beside them is left out, and a hair more is outside; a circle too small holds none."""
    assert best_grid(5, 8, 6, 0.1) == Grid(1, (0.0,), (0.0,))
    assert best_grid(4.9999, 8, 6, 0.1).count == 0
    assert best_grid(5, 4, 3, 0) == Grid(4, (-2.0, 2.0), (-1.5, 1.5))
    assert best_grid(5, 4, 3, 1e-3).count == 3, "two above each other and one beside them"
    assert best_grid(10, 8, 6, 0.1).count == 3, "a column of three: its corners at (4, 9.1) are inside"
    assert best_grid(1, 3, 1, 0.1) == Grid(0, (), ())


def test_a_round_carrier_holds_what_a_shifted_grid_does() -> None:
    """5 × 5 mm at 0.08 mm street on 300 mm with 3 mm edge: a grid shifted by (0.57, 1.71) mm holds 2524, and no other more."""
    product = load(ROOT / "flows" / "embodiment_1.yaml", [
        ROUND, "product.package={width_mm: 5, length_mm: 5}", "product.dies.logic.width_mm=3", "product.dies.logic.length_mm=3",
        "product.dies.logic.pads=50", "product.bonding={count: 20, pad_um: 200}"]).document.product
    assert product is not None
    assert panel_geometry(product).units == 2524
    steps = np.linspace(0, 2.54, 60)
    offsets = np.stack([grid.ravel() for grid in np.meshgrid(steps, steps)], axis=1)
    assert max(inside(147, 5, 5, 0.08, part).max() for part in np.array_split(offsets, 60)) <= 2524


def test_cuts_of_a_round_carrier_run_beside_all_its_packages() -> None:
    """Metres of cut: chords of the carrier in the middle of the streets, one more than there are columns, and than rows."""
    product = load(ROOT / "flows" / "whatif" / "round_panel.yaml").document.product
    assert product is not None
    grid = best_grid(147, product.package.width_mm, product.package.length_mm, product.panel.street_mm)
    pitch = product.package.width_mm + product.panel.street_mm
    cuts = [(k - len(lines) / 2) * pitch for lines in (grid.across, grid.along) for k in range(len(lines) + 1)]
    assert panel_geometry(product).cut_m == pytest.approx(sum(2 * math.sqrt(max(150**2 - at**2, 0)) for at in cuts) / 1000)


def test_a_wafer_holds_what_a_carrier_does() -> None:
    """One function for both: dies of a wafer are packages of a carrier of its usable diameter, and no fewer than on the grids that CATCH lays."""
    for wide, long, scribe in ((5, 5, 0.08), (8, 6, 0.1), (1.2, 23, 0.05), (26, 33, 0.1)):
        chain = Wafer(price_usd=1000.0, scribe_mm=scribe).known_good(wide, long)
        assert chain.dies == best_grid(147, wide, long, scribe).count >= by_grid_catch(294, wide + scribe, long + scribe, scribe)
    assert by_grid(299.8, 20.13, 20.13, 0.13) == 150 > by_grid_catch(299.8, 20.13, 20.13, 0.13) == 148


def test_millions_on_a_carrier_take_a_moment() -> None:
    """A million packages are found in a fraction of a second, fourteen million too; asked again they are known."""
    begun = time.process_time()
    assert best_grid(147, 0.25, 0.25, 0.01).count > 990_000
    assert best_grid(147, 0.05, 0.05, 0.02).count > 13_800_000
    assert time.process_time() - begun < 3
    before = _best.cache_info().hits
    best_grid(147, 0.25, 0.25, 0.01)
    assert _best.cache_info().hits == before + 1


@pytest.mark.parametrize("edit", ["{price_usd: 3000, diameter_mm: 1000, scribe_mm: 0}", "{price_usd: 3000, diameter_mm: 1000, scribe_mm: 0, count: grid_catch}"])
def test_a_size_in_another_unit_is_refused(edit: str, write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A wafer that would hold more dies than anybody can mean is an error at its place, not a search without end."""
    path = write(f"extends: flows:embodiment_1.yaml\nchanges:\n  set:\n    product.dies.logic.price_usd: null\n"
                 f"    product.dies.logic.known_good: null\n    product.dies.logic.width_mm: 0.005\n    product.dies.logic.wafer: {edit}\n")
    assert main(["check", str(path)]) == 2
    assert "a size is in another unit" in capsys.readouterr().err
