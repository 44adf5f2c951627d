"""Tests pictures of the package: every step is in them, nothing changes its order, what is flush stays flush, and the bytes are the same each time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import LINE, PACKAGES, ROOT, WHATIFS, loaded
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from pictures import assert_readable, shown
from PIL import Image, ImageSequence

from procsim.cli import main
from procsim.figures import animation, plan, section, style
from procsim.figures.cells import Cell, by_figure, by_step, cells, changed, numbers
from procsim.figures.finer import known_of
from procsim.figures.heights import heights, turns
from procsim.figures.labels import spread
from procsim.figures.materials import PAINTS, paint
from procsim.figures.outline import loops
from procsim.figures.shapes import drawing
from procsim.model.steps import Bond
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.passives import pieces

pytestmark = pytest.mark.drawn

QUICK = ROOT / "flows" / "dual_heat_sink.yaml"
EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
SIX = ROOT / "flows" / "whatif" / "six_wiring_layers.yaml"
DEVICES = [path for path in WHATIFS if "product.passives" in path.read_text(encoding="utf-8")]


def made(path: Path) -> tuple[Recipe, tuple[Built, ...]]:
    return loaded(path), shown(path)


@cache
def drawn(path: Path) -> list[Cell]:
    return cells(made(path)[1], known_of(made(path)[0]))


def materials_of(built: tuple[Built, ...]) -> set[str]:
    return {slab.material for one in built for seen in (one.before, one.after) for column in seen.columns for slab in column.stack}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pictures of one flow."""
    found = tmp_path_factory.mktemp("pictures") / "drawn"
    assert main(["draw", str(QUICK), "--out", str(found)]) == 0
    return found


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_every_step_that_changes_the_shape_has_its_cell(path: Path) -> None:
    """In order, the starting panel first; each of the others is named by the cell that it follows."""
    recipe, built = made(path)
    wanted = [one.step.id for one in built if changed(one)]
    assert [cell.name for cell in drawn(path)[1:]] == wanted
    told = [word for cell in drawn(path) for word in cell.note.removeprefix("then ").split(", ") if word]
    assert told == [one.step.id.rsplit("/", 1)[-1] for one in built if not changed(one)]
    text = style.svg(section.sheet(recipe.title, built), "sheet", tight=False).decode()
    assert all(f">{name}<" in text for name in wanted)


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_every_figure_that_steps_name_has_its_picture(path: Path) -> None:
    """The last step that carries a figure is what it shows; the starting panel may have one, and two panels before they are bonded."""
    recipe, built = made(path)
    known = known_of(recipe)
    found = by_figure(built, known)
    apart = {name for one in built if isinstance(one.step, Bond) for name in numbers(one.step.apart_fig)}
    start = set(numbers(known.start_fig))
    assert set(found) == {name for one in built for name in numbers(one.step.fig)} | apart | start
    for name in start:
        assert found[name].after == built[0].before
    for name, cell in ((n, c) for n, c in found.items() if n not in apart | start):
        assert cell.after == [one.after for one in built if name in numbers(one.step.fig)][-1]


def test_a_fig_field_may_name_several_figures() -> None:
    """Numbers part at the commas, those of claims too; other words stay together."""
    assert numbers("1C, 1E") == ("1C", "1E")
    assert numbers("claims 1, 4 and 18") == ("claim 1", "claim 4", "claim 18")
    assert numbers("before the cut") == ("before the cut",)
    assert numbers(None) == numbers("") == ()


def test_draw_writes_every_picture_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sheet, animation and each figure, as whole files; nothing half-written beside them."""
    _, built = made(QUICK)
    names = {p.name for p in folder.iterdir()}
    figures = {re.sub(r"[^A-Za-z0-9]+", "_", name) for one in built for name in numbers(one.step.fig)}
    assert names == {"sheet.svg", "sheet.png", "build.gif", *(f"fig_{name}.{end}" for name in figures for end in ("svg", "png"))}
    assert {p.name for p in folder.parent.iterdir()} == {"drawn"}
    for name in names:
        if name.endswith(".svg"):
            ElementTree.parse(folder / name)
        else:
            with Image.open(folder / name) as image:
                image.verify()
    assert main(["draw", str(QUICK), "--out", str(folder), "--step", "points"]) == 0
    assert capsys.readouterr().out.split() == [str(folder / f"step_points.{end}") for end in ("svg", "png")]
    assert names < {p.name for p in folder.iterdir()}, "single pictures join what is there"


def test_drawn_twice_the_bytes_are_equal(folder: Path, tmp_path: Path) -> None:
    """Pictures, and an animation of the first steps."""
    assert main(["draw", str(QUICK), "--out", str(tmp_path / "again"), "--fig", "claim 1", "--fig", "claim 7"]) == 0
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    recipe, built = made(QUICK)
    known = known_of(recipe)
    sheets = [style.svg(section.sheet(recipe.title, built, known), "sheet", tight=False, creator=style.DRAWN) for _ in range(2)]
    assert sheets[0] == sheets[1] == (folder / "sheet.svg").read_bytes()
    assert animation.animation("first", drawn(QUICK)[:3]) == animation.animation("first", drawn(QUICK)[:3])


def test_the_animation_has_a_frame_for_every_cell(folder: Path) -> None:
    """The last one stands longest; small enough for a page."""
    path = folder / "build.gif"
    with Image.open(path) as image:
        frames = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert len(frames) == len(drawn(QUICK)) + 1, "and one for the finished package"
    assert len(set(frames[:-1])) == 1 and frames[-1] > frames[0]
    assert path.stat().st_size < 2_000_000


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_heights_rise_and_what_lasts_is_as_high_in_the_next_picture(path: Path) -> None:
    """What is higher is drawn higher, what is thicker is drawn no thinner, thin films are seen, and all that a step leaves in place keeps its height."""
    _, built = made(path)
    scales = heights(built)
    after = [built[0].before, *(one.after for one in built)]
    for scale, seen in zip(scales, after, strict=True):
        own = sorted({h for column in seen.columns for slab in column.stack for h in (slab.bottom, slab.top)})
        for low, high in pairwise(own):
            assert scale.at(high) - scale.at(low) >= 0.999 * scale.least
        steps = sorted((b - a, scale.at(b) - scale.at(a)) for a, b in pairwise(scale.levels))
        assert all(thin[1] <= thick[1] + 1e-9 for thin, thick in pairwise(steps))
        assert scale.at(own[-1]) <= scale.full + 1e-9
    for n, one in enumerate(built):
        if not turns(one.step):
            low = min(after[n].top, after[n + 1].top)
            for height in [h for h in scales[n].levels if h <= low]:
                assert scales[n].at(height) == pytest.approx(scales[n + 1].at(height))


def test_flush_surfaces_are_drawn_flush() -> None:
    """After polishing, die and mould end in one line."""
    _, built = made(EMBODIMENT_1)
    seen = drawing(by_step(built)["polish"])
    tops = {max(y for loop in lines for _, y in loop) for material, lines in seen.fills if material in ("silicon", "epoxy_mould", "aluminium")}
    assert len(tops) == 1
    assert max(y for loop in seen.active for _, y in loop) == tops.pop(), "the active surface lies in it too"


def test_equal_slabs_side_by_side_are_one_shape() -> None:
    """A panel has four corners, however many columns it is cut into."""
    (material, lines), = drawing(drawn(EMBODIMENT_1)[0]).fills
    assert material == "copper"
    assert [len(loop) for loop in lines] == [4]


def test_what_a_step_changed_is_outlined() -> None:
    """A fill adds, a grind removes, singulation takes the streets, a flip does neither; balls are round."""
    shown = {cell.name: drawing(cell) for path in (EMBODIMENT_1, ROOT / "flows" / "embodiment_4.yaml") for cell in drawn(path)}
    assert shown["mould"].added and not shown["mould"].removed
    assert shown["grind"].removed and not shown["grind"].added
    assert len(shown["singulate"].removed) == 2 and not shown["singulate"].torn
    assert not shown["flip"].added and not shown["flip"].removed
    assert not shown["points"].added and all(len(loop) > 20 for loop in shown["points"].ringed)
    press = drawing(by_step(made(ROOT / "flows" / "embodiment_3.yaml")[1])["press"])
    assert press.added and not press.removed, "what was there is lifted, not changed"


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30))
def test_outlines_enclose_what_they_should(squares: set[tuple[int, int]]) -> None:
    """The signed areas of the closed lines (holes run the other way) sum to the number of squares."""
    area = sum(a[0] * b[1] - b[0] * a[1] for line in loops(squares) for a, b in pairwise([*line, line[0]])) / 2
    assert area == len(squares)


@given(st.lists(st.floats(0, 10), max_size=12))
def test_labels_keep_apart_and_in_order(wanted: list[float]) -> None:
    """At least the gap between any two, within the limits where there is room, and moved only where they would touch."""
    wanted.sort()
    found = spread(wanted, 0.5, -1.0, 11.0)
    assert all(b - a >= 0.5 - 1e-9 for a, b in pairwise(found))
    assert all(-1.0 - 1e-9 <= y <= 11.0 + 1e-9 for y in found)
    if all(b - a >= 0.5 for a, b in pairwise(wanted)):
        assert found == pytest.approx(wanted)


def test_every_material_has_a_paint_of_its_own() -> None:
    """All of the library have one, and in one shipped package no two look alike; a stranger gets one by its name."""
    for name in made(EMBODIMENT_1)[0].document.materials:
        assert re.fullmatch(r"#[0-9A-F]{6}", paint(name).colour)
    for path in PACKAGES:
        for one, other in combinations(sorted(materials_of(made(path)[1])), 2):
            assert paint(one) != paint(other), f"{path.stem}: {one} and {other}"
    assert len(set(PAINTS.values())) == len(PAINTS)
    assert paint("unobtainium") == paint("unobtainium")
    assert paint("unobtainium") not in PAINTS.values()


@pytest.mark.parametrize("make", [
    lambda recipe, built: section.sheet(recipe.title, built), lambda recipe, built: section.single(recipe.title, cells(built)[-1]),
], ids=["sheet", "single"])
def test_no_words_lie_on_other_words(make: Callable[[Recipe, tuple[Built, ...]], Figure]) -> None:
    """Nor do they leave the page."""
    assert_readable(make(*made(EMBODIMENT_1)))


@pytest.mark.parametrize("path", DEVICES, ids=lambda p: p.stem)
def test_every_passive_is_drawn_from_above(path: Path) -> None:
    """With its name and kind."""
    recipe = loaded(path)
    product = recipe.document.product
    assert product is not None and product.passives
    text = style.svg(plan.passives(recipe.title, {name: (p.kind, p.layer, pieces(p)) for name, p in product.passives.items()}), "passives", tight=False).decode()
    for name, passive in product.passives.items():
        assert f">{name}<" in text
        assert f">{passive.kind}, " in text


@pytest.mark.parametrize(("arguments", "words"), [
    (["--step", "atach"], "no step 'atach'; did you mean 'attach'?"), (["--fig", "claim 77"], "no figure 'claim 77'; did you mean 'claim 7'?"),
    (["--set", "product.bonding.point_um=10"], "do not stand out"),
])
def test_a_wrong_wish_is_refused_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """Exit 2: an unknown step or figure, a package that cannot be built."""
    assert main(["draw", str(QUICK), "--out", str(tmp_path / "out"), *arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""
    assert not any(tmp_path.iterdir())


def test_a_line_without_a_package_cannot_be_drawn(write: Callable[..., Path], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit 2, and the error says why."""
    assert main(["draw", str(write(LINE)), "--out", str(tmp_path / "out")]) == 2
    assert "has no product" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_run_shows_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report of a recipe with a product has the sheet. (What the cost rests on is left out, which takes as long as all pictures.)"""
    monkeypatch.setattr("procsim.cli.simulate.swings", lambda *_: ())
    sets = ["--set", "run.horizon_h=250", "--set", "run.warmup_h=150", "--replications", "1"]
    assert main(["run", str(QUICK), "--out", str(tmp_path / "out"), "--quiet", *sets]) == 0
    assert "singulate" in (tmp_path / "out" / "section.svg").read_text(encoding="utf-8")


def test_pictures_of_many_layers_stay_quick_and_legible() -> None:
    """Six wiring layers: the thinnest film is still a line of the sheet."""
    built = shown(SIX)
    scale = heights(built)[-1]
    inches = scale.least / scale.full * 1.4
    assert inches * 72 > 0.8, "points"
    assert BytesIO(style.svg(section.sheet("six", built), "six", tight=False)).getbuffer().nbytes < 2_000_000


@pytest.mark.parametrize("hatch", sorted({look.hatch for look in PAINTS.values() if look.hatch} | {"oo", "OO"}))
def test_a_hatch_takes_few_bytes_and_is_the_same(hatch: str) -> None:
    """Dots and rings are as many and where Matplotlib has them, and no hatch is large: spelt out, the dots of a dense one take half a megabyte."""
    figure = Figure(figsize=(2.0, 2.0))
    figure.add_artist(Rectangle((0.0, 0.0), 1.0, 1.0, hatch=2 * hatch, facecolor="white", edgecolor="#3a3a3a"))
    out = BytesIO()
    figure.savefig(out, format="svg")
    spelt = re.search(r"(?s)<pattern.*?</pattern>", out.getvalue().decode())
    brief = re.search(r"(?s)<pattern.*?</pattern>", style.svg(figure, "hatch").decode())
    assert spelt is not None and brief is not None
    assert len(brief[0]) < (70_000 if "o" in hatch.lower() else 20_000)
    if set(hatch) <= set(".oO"):
        assert len(re.findall(r"M[^M]+(?:h0|z)", brief[0])) == spelt[0].count("\nz") > 10
    else:
        assert brief[0].split("<path")[1] == spelt[0].split("<path")[1]
