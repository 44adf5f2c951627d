"""Tests what cuts leave in pictures, films on the panel's lower side, terminals by their sort, and circuitry die by die."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, loaded
from pictures import end, shown

from procsim.figures import views
from procsim.figures.cells import Cell, by_step
from procsim.figures.finer import finer, known_of
from procsim.figures.labels import labels, spans
from procsim.figures.shapes import drawing
from procsim.figures.streets import STREET, WHOLE, Cuts, divided
from procsim.figures.units import alone, one, two
from procsim.recipe.load import load
from procsim.section.build import build
from procsim.section.section import Column

pytestmark = pytest.mark.drawn

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
WHATIF = ROOT / "flows" / "whatif"


def step(path: Path, name: str) -> Cell:
    return by_step(shown(path), known_of(loaded(path)))[name]


def regions(columns: tuple[Column, ...], region: str) -> list[Column]:
    return [column for column in columns if column.region == region]


def test_a_saw_takes_its_kerf_and_leaves_the_rest_of_the_street() -> None:
    """A blade 0.2 mm wide in streets of 0.4 mm: half of each is gone, and a quarter stays at each side of the package, as it was built."""
    cell = one(step(EMBODIMENT_1, "singulate"))
    made = drawing(cell)
    gone = [max(x for x, _ in loop) - min(x for x, _ in loop) for loop in made.removed]
    assert gone == pytest.approx([0.5 * STREET] * 2)
    assert [span.text for span in spans(cell)][:2] == ["kerf\n0.2 mm", "edge\n0.1 mm"]
    assert cell.before is not None
    kept = regions(cell.after.columns, "edge")
    assert sum(column.width for column in kept) == pytest.approx(0.5 * STREET)
    assert [column.stack for column in kept] == [column.stack for column in regions(cell.before.columns, "edge")]
    assert all(column.stack for column in alone(end(EMBODIMENT_1)).after.columns), "the edges stay with the package"


def test_a_street_is_one_until_it_is_cut() -> None:
    """Its name and width are those of the whole street, and an unfinished package is shown without it."""
    pair = two(step(EMBODIMENT_1, "points"))
    assert [span.text for span in spans(pair) if span.text.startswith(("street", "edge", "kerf"))] == ["street", "street\n0.4 mm", "street"]
    assert not regions(alone(step(EMBODIMENT_1, "points")).after.columns, "edge")


def test_a_cut_that_says_no_width_takes_the_whole_street() -> None:
    """Nothing is left then, as where the kerf is as wide as the street."""
    row = build(loaded(EMBODIMENT_1))[0].before.columns
    assert [column.region for column in divided(row, WHOLE)] == [column.region for column in row]
    halved = divided(row, Cuts(kerf=0.5))
    assert len(halved) == len(row) + 2
    assert sum(column.area_cm2 for column in halved) == pytest.approx(sum(column.area_cm2 for column in row))


def test_a_street_that_is_slit_first_keeps_its_films_at_the_edge() -> None:
    """The cutter is narrower than the street and the blade narrower than the slit: films and the copper that was left stand out over the copper's wall."""
    path = WHATIF / "slit_streets.yaml"
    outer, inner = regions(end(path).after.columns, "edge")[:2]
    assert sum(slab.top - slab.bottom for slab in outer.stack if slab.material == "copper") == pytest.approx(50.0)
    assert sum(slab.top - slab.bottom for slab in inner.stack if slab.material == "copper") == pytest.approx(1000.0)
    assert outer.top == inner.top
    assert not any(label.text.startswith("gap") for label in labels(alone(end(path)))), "no die lies in a cavity"


def test_a_film_below_lifts_what_is_there_and_changes_nothing_else() -> None:
    """Put on, the film alone is outlined as added; peeled off, it alone is removed, and all else stays as high in the picture."""
    on, off = step(EMBODIMENT_1, "mask_back"), step(EMBODIMENT_1, "peel_back")
    film = on.heights.at(on.shift)
    assert on.shift == -off.shift == 150.0
    assert max(y for loop in drawing(on).added for _, y in loop) == pytest.approx(film) and not drawing(on).removed
    assert max(y for loop in drawing(off).removed for _, y in loop) == pytest.approx(film) and not drawing(off).added
    assert off.heights.at(0.0) == pytest.approx(film) and off.heights.at(-150.0) == 0.0


@pytest.mark.parametrize(("flow", "part", "sort", "corners"), [("pins", "pin", "pin", 8), ("gold_bumps", "gold_bump", "stud", 14), ("embodiment_1", "solder_ball", "ball", 27)])
def test_a_terminal_is_drawn_by_its_sort_whatever_it_is_called(flow: str, part: str, sort: str, corners: int) -> None:
    """A pin has corners, a stud a tail, all else is round."""
    path = EMBODIMENT_1 if flow == "embodiment_1" else WHATIF / f"{flow}.yaml"
    cell = end(path)
    assert cell.points == {part: sort}
    other = cell.after.map(lambda c: replace(c, stack=tuple(replace(s, part="leg") if s.part == part else s for s in c.stack)))
    renamed = replace(cell, after=other, flow=replace(cell.flow, points={"leg": sort}))
    assert drawing(renamed).rounds == drawing(cell).rounds
    assert {len(loop) for _, loops in drawing(cell).rounds for loop in loops} == {corners}


def test_each_die_shows_the_nets_that_run_over_it() -> None:
    """Two dies with circuitry of their own: a figure for each, or one for both."""
    own = "{line_um: 0.5, bus_um: 20, reach_um: 100, thickness_um: 0.6, dielectric_um: 0.6, permittivity: 3.6, fig: %s}"

    def nets(logic: str, memory: str) -> dict[str, list[str]]:
        recipe = load(WHATIF / "two_unlike_dies.yaml", [
            "product.nets={over_logic: [logic.left, logic.right], over_memory: [memory.left, memory.right]}",
            f"product.dies.logic.circuitry={own % logic}", f"product.dies.memory.circuitry={own % memory}"])
        found = views.views(recipe, finer(recipe))
        return {name: [word.get_text() for word in draw().axes[0].texts if word.get_text().startswith("net ")] for name, draw in found.items()}

    assert nets("8A", "8B") == {"8A": ["net over_logic"], "8B": ["net over_memory"]}
    assert nets('"8"', '"8"') == {"8": ["net over_logic", "net over_memory"]}
