"""How figures are seen: two units where dies are many, packages with their terminals down, balls to scale, words on the page, leaders apart."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from conftest import PACKAGES, ROOT, WHATIFS, loaded
from matplotlib.figure import Figure
from pictures import assert_readable, end, figures, shown

from procsim.cli import main
from procsim.figures import bars, section, views
from procsim.figures.cells import by_step, cells
from procsim.figures.finer import known_of, lands
from procsim.figures.labels import labels, targets
from procsim.figures.shapes import drawing, edges, rounded
from procsim.figures.units import FLATTEST, alone, close, fitted, mounted, one, two
from procsim.section.build import build
from procsim.section.section import Section

pytestmark = pytest.mark.drawn

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
SPIRAL = ROOT / "flows" / "whatif" / "spiral_inductor.yaml"
SIX = ROOT / "flows" / "whatif" / "six_wiring_layers.yaml"
PICTURED = [path for path in WHATIFS if path.stem not in ("two_packages", "qfn_wire_bonded", "setups")]  # neither a mix nor a bare line has a section
LAYERED = ("1G", "1I", "4D", "6", "7", "8", "9A", "9B", "10A", "10B", "11A", "11B", "11C")
SOME = [path for path in PICTURED if "shows:" in path.read_text(encoding="utf-8")][::16]  # those of the line alone look like their package
UNLIKE = ("embodiment_1", "embodiment_3", "dual_heat_sink")
DRAWN = [*(path if path.stem in UNLIKE else pytest.param(path, marks=pytest.mark.long) for path in PACKAGES), *SOME, *(pytest.param(path, marks=pytest.mark.long) for path in PICTURED if path not in SOME)]


def picture(path: Path, name: str) -> Figure:
    return views.figures(loaded(path), shown(path))[name]()


def points_hang(section: Section, names: frozenset[str]) -> bool:
    """Whether bonding points are the lowest things there are."""
    points = [slab for column in section.columns for slab in column.stack if slab.part in names]
    return bool(points) and min(slab.bottom for slab in points) == section.bottom


@pytest.mark.parametrize("path", DRAWN, ids=lambda p: p.stem)
def test_words_stay_on_the_page_and_leaders_apart(path: Path) -> None:
    """In every figure of a package, and in those that name most layers of every other, where its package does not show the same."""
    for name, draw in views.figures(loaded(path), shown(path)).items():
        cell = figures(path).get(name)
        own = name in LAYERED and (cell is None or all(cell != figures(package).get(name) for package in PACKAGES))
        if path in PACKAGES or own:
            assert_readable(draw())


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_a_finished_package_has_its_terminals_down(path: Path) -> None:
    """Steps keep the orientation of the line; with terminals up, the points are on top."""
    cell = end(path)
    assert points_hang(mounted(cell).after, cell.points)
    assert not points_hang(section.placed(cell, up=True).after, cell.points)
    assert section.pages(shown(path), known_of(loaded(path)))[-1].note == "terminals down, as mounted"
    for name, made in by_step(shown(path)).items():
        assert made.after == next(b.after for b in shown(path) if b.step.id == name)


def test_claims_are_drawn_with_the_chip_above_the_substrate() -> None:
    """Before and after the panel is turned over in the line."""
    path = ROOT / "flows" / "dual_heat_sink.yaml"
    for name, cell in figures(path).items():
        if name.startswith("claim") and cell.after.dies:
            after = section.placed(cell, up=False).after
            die = min(s.bottom for c in after.columns for s in c.stack if s.part == "processor")
            core = max(s.top for c in after.columns for s in c.stack if s.material == "organic_core")
            assert die > core, name


@pytest.mark.parametrize("path", [path if path.stem in UNLIKE else pytest.param(path, marks=pytest.mark.long) for path in PACKAGES], ids=lambda p: p.stem)
def test_figures_of_many_dies_show_two_units_with_the_street_between(path: Path) -> None:
    """1A to 1H, 2A to 5E; 6 and 7 show one package."""
    for name, cell in figures(path).items():
        seen = views.VIEWS.get(name)
        if seen is views.dies:
            pair = two(cell)
            streets = [i for i, column in enumerate(pair.after.columns) if column.region == "street"]
            assert len(streets) == 3
            assert len(drawing(pair).names) == 2 * len(drawing(one(cell)).names)
            assert any("street" in text.get_text() for text in picture(path, name).axes[0].texts)
        if seen is views.package:
            assert all(column.region != "street" for column in alone(cell).after.columns)


def test_a_cut_shows_both_the_cut_lines_and_the_package() -> None:
    """FIG. 1I."""
    words = [text.get_text() for text in picture(EMBODIMENT_1, "1I").axes[0].texts]
    assert words.count("cut") == 3
    assert words.count("logic") == 2 * 3, "two dies on the panel and one in the package, each named in it and below it"
    assert any(word.startswith("single package") for word in words)


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_balls_are_to_scale(path: Path) -> None:
    """On paper a ball is as high, as wide and as wide at its opening as point_um and pad_um say, on the scale of its own height."""
    for cell in (one(end(path)), alone(mounted(end(path))), two(end(path))):
        known, x = cell.flow.known, edges(cell.after)
        true = cell.heights.full / (cell.stretch * x[-1])
        for i, slab in [(i, s) for i, c in enumerate(cell.after.columns) for s in c.stack if s.part in cell.points]:
            tall, loop = cell.heights.at(slab.top) - cell.heights.at(slab.bottom), rounded(cell, i, slab)
            if cell.stretch > FLATTEST:
                assert (x[i + 1] - x[i]) * true / tall == pytest.approx(known.pad_um / known.point_um, rel=1e-6)
            assert max(y for _, y in loop) - min(y for _, y in loop) == pytest.approx(tall, rel=0.02), "as high as it is"


def test_vias_stand_on_lands_that_are_wider() -> None:
    """The metal below a via reaches past it at both sides, and so does the metal above; the steps see the same heights."""
    plain, fine = build(loaded(EMBODIMENT_1)), shown(EMBODIMENT_1)
    assert [b.after.top for b in plain] == pytest.approx([b.after.top for b in fine])
    row = build(loaded(EMBODIMENT_1))[0].before.columns
    made = lands(row, pads=True)
    assert sum(column.width for column in made) == pytest.approx(sum(column.width for column in row))
    for i, column in enumerate(made):
        for mask in column.masks:
            if mask in ("via1", "via2"):
                for k in (int(mask[3:]), int(mask[3:]) - 1):
                    metal = f"wiring{k}" if k else "pad"
                    assert all(metal in made[n].masks for n in (i - 1, i + 1)), (mask, metal)


def test_layers_of_a_repeated_stack_are_told_apart() -> None:
    """Six of wiring by number, six of dielectric by their borders and by one bracket."""
    cell = alone(end(SIX))
    texts = [label.text for label in labels(cell)]
    assert sum(text.startswith(f"layer {n}: copper") for n in range(1, 7) for text in texts) == 6
    assert [label.text for label in labels(cell) if label.several] == ["polyimide 75.5 µm in 6 layers"]
    assert sum(material == "polyimide" for material, _ in drawing(cell).fills) == 6


def test_a_gap_round_an_inlaid_die_is_named() -> None:
    """Empty when the die is in, filled with paste before the first dielectric."""
    found = figures(ROOT / "flows" / "embodiment_2.yaml")
    assert "gap 50 µm, empty" in [label.text for label in labels(two(found["2C"]))]
    assert "gap 50 µm, polymer fill" in [label.text for label in labels(two(found["1C"]))]


def test_what_is_said_once_is_not_said_again() -> None:
    """The filling of a gap by the gap's label, fins with the body that they stand on; panels that are drawn apart are as thick as they are together."""
    texts = [label.text for label in labels(two(figures(ROOT / "flows" / "embodiment_2.yaml")["1C"]))]
    assert sum("polymer fill" in text for text in texts) == 1
    fins = labels(one(figures(ROOT / "flows" / "whatif" / "finned_heat_sink.yaml")["claim 2"]))
    assert "nickel/copper 200 µm, fins 200 µm" in [label.text for label in fins]
    words = [text.get_text() for text in picture(ROOT / "flows" / "embodiment_3.yaml", "3A").axes[0].texts]
    assert any("1000 µm from bottom to top" in word for word in words)


def test_a_finished_package_without_a_number_lies_as_it_is_mounted() -> None:
    """What the packages of the documents are compared with."""
    words = [text.get_text() for text in picture(ROOT / "flows" / "whatif" / "flip_chip_bga.yaml", "prior art").axes[0].texts]
    assert "singulate; terminals down, as mounted" in words


def test_pieces_of_a_device_that_overlap_are_one_shape() -> None:
    """All of them run the same way, so that the layer below shines through evenly."""
    found = views.figures(loaded(SPIRAL), shown(SPIRAL))["11A"]().axes[0].patches
    for patch in found:
        for corners in patch.get_path().to_polygons():
            assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(corners)) > 0


def test_a_close_picture_has_only_its_columns() -> None:
    """From the first film up."""
    path = ROOT / "flows" / "whatif" / "plate_capacitor.yaml"
    cell = figures(path)["10B"]
    names = frozenset(column.passive for column in cell.after.columns if column.passive)
    near = close(cell, names)
    assert len(near.after.columns) < len(cell.after.columns)
    assert near.after.bottom == 0.0 and near.after.top < 100.0
    assert not drawing(near).names


def test_a_die_is_magnified_with_devices_and_both_circuitries() -> None:
    """FIG. 8: out of one device through a pad, the wiring outside and another pad into a device of the same die."""
    words = [text.get_text() for text in picture(ROOT / "flows" / "whatif" / "through_die_net.yaml", "8").axes[0].texts]
    assert {"device a", "device b", "pad", "internal circuitry", "external circuitry"} <= set(words)


def test_ends_of_leaders_rise_with_their_words() -> None:
    """Where layers overlap in height, too."""
    found = targets([0.0, 1.0, 2.0, 3.0], [(0.0, 2.0), (1.0, 1.1), (0.0, 3.0), (2.9, 3.0)])
    assert found == sorted(found) and len(set(found)) == 4


def test_a_cell_without_points_keeps_its_widths() -> None:
    """Nothing is known of its balls."""
    cell = cells(shown(EMBODIMENT_1))[0]
    assert fitted(cell) == cell


def test_losses_sum_up_to_all_of_them() -> None:
    """The small ones are one bar, and the line ends at 100 %."""
    steps = [f"step{n}" for n in range(40)]
    share = [(40 - n) / 820 for n in range(40)]
    figure = bars.loss_pareto(pd.DataFrame({"step": steps, "level": ["unit", "die"] * 20, "share": share}), "losses")
    axes, line, *_ = figure.axes
    assert line.lines[0].get_xdata()[-1] == pytest.approx(100.0)
    assert list(line.lines[0].get_xdata()) == sorted(line.lines[0].get_xdata())
    assert axes.get_yticklabels()[-1].get_text() == "other, 16 steps"
    assert len(axes.get_yticklabels()) == bars.LARGEST + 1


def test_terminals_up_is_another_picture(tmp_path: Path) -> None:
    """Only of the finished package."""
    for way in ("down", "up"):
        assert main(["draw", str(EMBODIMENT_1), "--fig", "6", "--fig", "1H", "--terminals", way, "--out", str(tmp_path / way)]) == 0
    down, up = tmp_path / "down", tmp_path / "up"
    assert (down / "fig_6.svg").read_bytes() != (up / "fig_6.svg").read_bytes()
    assert (down / "fig_1H.svg").read_bytes() == (up / "fig_1H.svg").read_bytes()
