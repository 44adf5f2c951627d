"""Tests where each input stands, on whose word, and how the cost depends on it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import LINE, PACKAGES, ROOT, WHATIFS
from lines import Write, plan_of
from ranged_lines import PRICED, by_address, figures, known

from procsim.cli import main
from procsim.closed_form.basis import Basis
from procsim.closed_form.sensitivity import WORDS as ON_WORD
from procsim.closed_form.sensitivity import Swing, by_width, planned, resting, swings, told, with_value
from procsim.closed_form.solve import solve, starting
from procsim.errors import RecipeError
from procsim.experiments.uncertainty import Sample, values_of
from procsim.planning.geometry import geometry
from procsim.planning.make import make
from procsim.recipe.inputs import Input, inputs
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import read_file
from procsim.recipe.substitute import patched
from procsim.recipe.tree import walk

# --- where each number stands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_every_input_is_where_it_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the place of an input stands its number, or its range; no address is given twice."""
    monkeypatch.chdir(ROOT)
    found = inputs(load(path))
    assert len(by_address(found)) == len(found) > 200
    for one in found:
        line = (ROOT / one.place.file).read_text(encoding="utf-8").splitlines()[one.place.line - 1]
        text = line[one.place.column - 1:]
        assert float(re.split(r"[,}\s]", text.removeprefix("{mid:").strip())[0]) == one.value, (one.address, text)
        assert one.low <= one.value <= one.high


@pytest.mark.parametrize("path", [path if path.stem == "dual_heat_sink" else pytest.param(path, marks=pytest.mark.long) for path in PACKAGES],
                         ids=lambda p: p.stem)
def test_a_patched_draw_is_the_recipe_with_that_value_set(path: Path) -> None:
    """Every closed-form figure is the same, bit for bit, whether one number is patched in or the recipe is loaded whole with ``--set``."""
    recipe, found = known(path)
    given = geometry(recipe)
    for one in found[::31]:
        value = one.value * 0.83 if one.low == one.high else one.low + 0.3 * (one.high - one.low)
        try:
            whole = load(path, [f"{one.address}={value!r}"])
        except RecipeError:  # a count that is no whole number, or a bound that crosses another
            with pytest.raises(RecipeError):
                patched(recipe, [(one, value)])
            continue
        again = patched(recipe, [(one, value)])
        assert [placed.step for placed in again.steps] == [placed.step for placed in whole.steps], one.address
        assert again.document == whole.document, one.address
        assert figures(solve(make(again, given))) == pytest.approx(figures(solve(make(whole))), rel=0, abs=0, nan_ok=True), one.address


def test_all_ranges_drawn_at_once_are_all_of_them_set() -> None:
    """One draw of every ranged input together equals a full load with all of them set; so does a number that shapes the package."""
    path = ROOT / "flows" / "embodiment_4.yaml"
    text = "layer/coat.thickness_um={mid: 8, low: 7, high: 9}"
    recipe = load(path, [text])
    ranged = [one for one in inputs(recipe) if one.ranged]
    assert by_address(ranged)["layer/coat.thickness_um"].shapes
    plain = [Swing(one, 1.0, 1.0, 0.0, 0.0, whole=False) for one in ranged]
    values = values_of(plain, Sample(3, seed=5))[2].tolist()
    closed = solve(planned(recipe, zip(ranged, values, strict=True), geometry(recipe)))
    whole = load(path, [text, *(f"{one.address}={value!r}" for one, value in zip(ranged, values, strict=True))])
    far = solve(make(whole))
    far = starting(far, min(far.starts.lots_per_h, far.starts.bottleneck_per_h))
    assert figures(closed) == pytest.approx(figures(far), rel=0, abs=0, nan_ok=True)


Kinds = dict[tuple[object, ...], Input]
"""One number for each kind: the piece that it goes into, the section that it stands in, and the first word of its field."""


def kinds_of(found: Sequence[Input]) -> Kinds:
    return {(one.piece, one.spots[0][0] < 0 and one.spots[0][1][0], one.address.rpartition(".")[2].split("_")[0]): one for one in found}


def hold_piece_by_piece(recipe: Recipe, some: Iterable[Input]) -> None:
    """For each of *some* numbers: the plan with the piece made again that it goes into, and, of a price, the old closed form with new money, cost
    what the recipe costs that is made from the ground."""
    basis = Basis.of(recipe)
    for one in some:
        value = one.low if one.low < one.value else one.high if one.high > one.value else one.value * (1 - 1e-4)
        try:
            whole = solve(planned(recipe, [(one, value)], basis.given))
        except RecipeError:
            continue
        _, again = with_value(basis, one, value)
        assert (again.loaded, again.direct) == pytest.approx((whole.loaded, whole.direct), rel=1e-13, nan_ok=True), one.address


ALL_KINDS = [path for path in [*PACKAGES, *WHATIFS] if path.stem in (
    "dual_heat_sink", "embodiment_1", "alloy_layers", "burn_in", "carriers_that_break", "comb_capacitor", "fault_coverage", "finned_heat_sink",
    "made_in_germany", "metal_reclaim", "pilot_volume", "pins", "rework_and_sampling", "setups", "slit_streets", "thicker_nitride", "unit_repair",
    "wafer_priced_dies", "wearing_parts", "yield_learning")]
"""Recipes that have between them every kind of number that there is."""


def test_one_piece_made_again_is_the_whole_made_again() -> None:
    """Every third kind of number that there is, in the first recipe that has one (every one, in every recipe, in ``make validate``)."""
    seen: Kinds = {}
    for path in ALL_KINDS:
        recipe, found = known(path)
        fresh = {kind: one for kind, one in kinds_of(found).items() if kind not in seen}
        seen |= fresh
        if fresh:
            hold_piece_by_piece(recipe, list(fresh.values())[::3])
    assert {kind[0] for kind in seen} == {"money", "rates", "losses", "times", "groups", "all"}


@pytest.mark.long
@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda p: p.stem)
def test_one_piece_made_again_is_the_whole_made_again_in_every_recipe(path: Path) -> None:
    """Every kind of number in every recipe."""
    recipe, found = known(path)
    kinds = kinds_of(found)
    hold_piece_by_piece(recipe, kinds.values())
    assert {kind[0] for kind in kinds} >= {"money", "rates", "losses", "times", "groups"}


@pytest.mark.long
def test_some_recipes_have_every_kind_of_number() -> None:
    """So that the quick test leaves none out."""
    every, some = ({kind for path in paths for kind in kinds_of(known(path)[1])} for paths in ([*PACKAGES, *WHATIFS], ALL_KINDS))
    assert every == some


def test_one_number_of_a_module_is_one_input() -> None:
    """What a module says once is one input for all its instances; an edit of one instance makes two of it."""
    path = ROOT / "flows" / "embodiment_1.yaml"
    together = "layer/coat.thickness_um={mid: 8, low: 7, high: 9}"
    one = by_address(inputs(load(path, [together])))["layer/coat.thickness_um"]
    assert len(one.spots) == 2
    apart = by_address(inputs(load(path, [together, "layer2/coat.thickness_um={mid: 6, low: 5, high: 7}"])))
    assert "layer/coat.thickness_um" not in apart
    assert (apart["layer1/coat.thickness_um"].value, apart["layer2/coat.thickness_um"].value) == (8, 6)


# --- on whose word -----------------------------------------------------------------------------------------------------


WORDS = LINE.replace("a: {count: 1, price_usd: 100000}", "a: {count: 1, price_usd: 100000, source: engineering estimate}").replace(
    "b: {count: 1, price_usd: 200000, operators: 0.5}",
    "b: {count: 1, price_usd: {mid: 200000, source: quotation of 2024}, operators: {mid: 0.5, low: 0.3, high: 0.7}, source: a book}")


def test_provenance(write: Write) -> None:
    """Own source before that of what holds it; "estimate" in it, or a range without one, is an estimate; nothing at all is unsourced; an
    edit makes a plain number a choice that has no range any more, unless it brings a source or a range."""
    path = write(WORDS)
    found = {address: one.provenance for address, one in by_address(inputs(load(path))).items()}
    assert found["tools.a.price_usd"] == "estimate"
    assert found["tools.b.price_usd"] == "published"
    assert found["tools.b.operators"] == "published", "a range whose holder names a source"
    assert found["materials.paste.price_usd_per_g"] == "unsourced"
    assert found["one.time_h.per_panel"] == "unsourced"
    assert by_address(inputs(load(path)))["tools.b.price_usd"].source == "quotation of 2024"
    assert "tools.a.count" not in found
    assert "line.release.every_h" not in found, "decided, and so no input"
    assert by_address(inputs(load(write(PRICED))))["materials.paste.price_usd_per_g"].provenance == "estimate"
    edited = by_address(inputs(load(write(PRICED), ["materials.paste.price_usd_per_g=0.7", "one.time_h.per_panel={mid: 0.5, low: 0.4, source: a clock}"])))
    assert edited["materials.paste.price_usd_per_g"].provenance == "choice"
    assert not edited["materials.paste.price_usd_per_g"].ranged
    assert edited["one.time_h.per_panel"].provenance == "published"


def test_a_source_vouches_for_no_number_that_an_edit_wrote(write: Write) -> None:
    """Where an edit wrote the number, its source is the edit, on the command line or by file and line, unless the edit brings a source; a range
    without one is an estimate, whatever is known of what stood there. Other numbers keep their source."""
    sets = ["tools.b.operators=0.4", "tools.b.price_usd={mid: 9, low: 8}"]
    found = by_address(inputs(load(write(WORDS), sets)))
    assert [(found[name].source, found[name].provenance) for name in ("tools.b.operators", "tools.b.price_usd", "tools.a.price_usd")] == [
        (f"--set {sets[0]}", "choice"), (f"--set {sets[1]}", "estimate"), ("engineering estimate", "estimate")]
    variant = write("extends: line.yaml\nchanges:\n  set:\n    tools.a.price_usd: 7\n    tools.b.operators: {mid: 0.4, source: a count}\n", "variant.yaml")
    found = by_address(inputs(load(variant)))
    assert found["tools.a.price_usd"].source.endswith("variant.yaml:4")
    assert found["tools.b.operators"].source == "a count"
    told = by_address(inputs(load(variant, ["tools.a.source=a quotation"])))["tools.a.price_usd"]
    assert (told.source, told.provenance) == ("a quotation", "choice")


@pytest.mark.parametrize(("source", "word"), [
    ("quotation of 2024", "published"), ("engineering estimate", "estimate"), ("estimated from a data sheet", "estimate"), ("a guess", "estimate"),
    ("assumption", "estimate"), ("TBD", "unsourced"), ("unknown", "unsourced"), ("?", "unsourced"), ("n/a", "unsourced"),
])
def test_a_source_that_names_nobody_publishes_nothing(source: str, word: str, write: Write) -> None:
    """Only a source that names somebody makes a number published: one that calls it an estimate, or only holds the place of a source, does not."""
    path = write(LINE.replace("price_usd: 100000", f"source: '{source}', price_usd: 100000"))
    assert by_address(inputs(load(path)))["tools.a.price_usd"].provenance == word


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda p: p.stem)
def test_nothing_shipped_is_without_a_source(path: Path) -> None:
    """Every price, time, rate, yield and consumption that a shipped recipe uses has a source, is called an estimate, or is its what-if's choice."""
    assert [one.address for one in known(path)[1] if one.provenance == "unsourced"] == []


@pytest.mark.parametrize("path", sorted((ROOT / "flows" / "library").glob("*.yaml")), ids=lambda p: p.stem)
def test_library_prices_have_a_range_or_a_published_source(path: Path) -> None:
    """No price in the libraries is a bare estimate; and what has no width to its range has a source that is no estimate."""
    root = read_file(path)
    for node in walk(root):
        for key, item in node.mapping.items():
            if key.startswith("price_usd"):
                assert {"low", "mid", "high"} <= set(item.mapping), (path.name, item.place.line)
            if "mid" in item.mapping and "low" not in item.mapping:
                assert "estimate" not in (item.text("source") or "estimate"), (path.name, item.place.line)


def test_check_names_what_nothing_speaks_for(write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """``check`` warns of a die without a source, with its place; never of a plain line, nor of a shipped package."""
    monkeypatch.chdir(ROOT)
    text = (ROOT / "flows" / "embodiment_1.yaml").read_text(encoding="utf-8").replace("modules/", "flows:modules/")
    bare = re.sub(r"price_usd: \{mid: 3.5.*\}", "price_usd: 3.5", re.sub(r"      source: >-\n.*\n.*\n", "", text))
    line = bare[:bare.index("price_usd: 3.5")].count("\n") + 1
    assert main(["check", str(write(bare))]) == 0
    assert re.search(rf"1 number has neither source nor range: product\.dies\.logic\.price_usd \(\S+line\.yaml:{line}\)", capsys.readouterr().err)
    for path in (write(LINE), ROOT / "flows" / "embodiment_1.yaml"):
        assert main(["check", str(path)]) == 0
        assert "neither source" not in capsys.readouterr().err


def test_a_wrong_range_is_an_error_where_it_stands(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """low > mid, and an end of a range that may not stand there, are errors with file and line."""
    assert main(["check", str(write(LINE.replace("price_usd: 100000", "price_usd: {mid: 3, low: 5}")))]) == 2
    assert re.search(r"line\.yaml:5:\d+: error: need low <= mid <= high \(got 5, 3, 3\)", capsys.readouterr().err)
    assert main(["check", str(write(LINE.replace("coverage: 0.9,", "coverage: {mid: 0.9, high: 1.2},")))]) == 2
    assert re.search(r"line\.yaml:13:\d+: error: .*coverage must be <= 1 \(got 1.2\)", capsys.readouterr().err)


# --- elasticities ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_twice_all_prices_is_twice_the_cost(path: Path) -> None:
    """Cost is homogeneous of degree 1 in all prices, so their elasticities sum to 1 (Euler), of the loaded and of the direct cost."""
    recipe, found = known(path)
    prices = swings(recipe, [replace(one, low=one.value, high=one.value) for one in found if re.search(r"_usd(_|$)", one.address)])
    assert math.fsum(one.elasticity for one in prices) == pytest.approx(1, abs=1e-4)
    assert math.fsum(one.direct for one in prices) == pytest.approx(1, abs=1e-4)


def test_the_elasticity_of_a_loss_is_its_share(write: Write) -> None:
    """Where one step has yield y and every unit is paid for, cost is c/y: the elasticity by the loss 1 - y is (1 - y)/y. So losses weigh
    what they cost, however near 1 their yields are."""
    text = LINE.replace("yield: {panel: 0.99, unit: 0.98}", "yield: {unit: 0.9}").replace(", yield: {unit: 0.97}", "").replace(
        "coverage: 0.9, false_reject: 0.01", "coverage: 0.0").replace("coverage: 0.95", "coverage: 0.0")
    found = {one.known.address: one for one in swings(load(write(text)))}
    assert found["one.yield.unit"].elasticity == pytest.approx(0.1 / 0.9, rel=1e-3)


def test_what_rests_on_estimates(write: Write) -> None:
    """All on the one word that all stand on; on each its own share, which sum to 1; the widest come first."""
    named = LINE.replace("price_usd: 100000", "price_usd: {mid: 100000, low: 50000, high: 300000}")
    found = swings(load(write(named)))
    for word in ON_WORD:
        spoken = [replace(one, known=replace(one.known, provenance=word)) for one in found]
        assert resting(spoken) == resting(spoken, "direct") == {other: float(other == word) for other in ON_WORD}
    shares = resting(found)
    assert 0 < shares["estimate"] < 1
    assert shares["published"] == shares["choice"] == 0 < shares["unsourced"]
    assert math.fsum(shares.values()) == pytest.approx(1)
    edited = resting(swings(load(write(named), ["materials.paste.price_usd_per_g=0.5"])))
    assert edited["choice"] > 0
    assert math.fsum(edited.values()) == pytest.approx(1)
    assert [one.known.address for one in by_width(found)] == ["tools.a.price_usd"]
    swing = by_width(found)[0]
    assert swing.high_usd == pytest.approx(-4 * swing.low_usd, rel=1e-5), "cost is linear in a price"
    assert swing.elasticity * solve(plan_of(write, named)).loaded == pytest.approx(swing.high_usd / 2, rel=1e-5)


@pytest.mark.parametrize(("high", "tools"), [(50, 0), (90, 1), (200, 2)])
def test_a_swing_that_overloads_the_line_is_the_tools_that_it_takes(high: float, tools: int, write: Write) -> None:
    """A longer time costs nothing while the tool is idle anyway, and the tools that keep the output where it is not; its elasticity is of the direct
    cost alone."""
    text = LINE.replace("time_min: 30,", f"time_min: {{mid: 30, low: 20, high: {high}}},")
    plan = plan_of(write, text)
    closed = solve(plan)
    swing, = [one for one in swings(load(write(text))) if one.known.address == "two.time_min"]
    hourly = plan.money.hourly[plan.groups.names.index("a")].sum()
    assert swing.high_usd == pytest.approx(tools * hourly * 2 / closed.flow.good, abs=1e-9)
    assert (solve(plan_of(write, text, f"two.time_min={high}")).tools.load.max() > 1) == (tools > 0)
    assert swing.low_usd == swing.elasticity == 0
    assert 0 < swing.direct < 1


def test_a_number_without_a_range_stands_where_its_elasticity_puts_it(write: Write, tmp_path: Path,
                                                                      capsys: pytest.CaptureFixture[str]) -> None:
    """A price nobody gave a range, of the largest elasticity, stands at the head of the table beside the widest range, is named in print and in
    summary.csv; shares of all four words are figures of the summary."""
    paste = "materials.paste.price_usd_per_g"
    dear = LINE.replace("price_usd: 100000", "price_usd: {mid: 100000, low: 50000, high: 300000}").replace("per_unit: 0.01", "per_unit: 1")
    assert main(["run", str(write(dear)), "--out", str(tmp_path / "out"), "--set", "tools.b.price_usd=190000"]) == 0
    said = capsys.readouterr().out
    assert "widest ranges: tools.a.price_usd ±" in said
    assert f"largest without a range: {paste}, elasticity 0." in said
    table = pd.read_csv(tmp_path / "out" / "provenance.csv").set_index("address")
    assert list(table.index[:2]) == ["tools.a.price_usd", paste]
    assert table.loc[paste, ["swing_low_usd", "swing_high_usd"]].tolist() == [0, 0]
    summary = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("metric")
    assert summary.loc["largest_without_range_1", "note"] == paste
    assert summary.loc["largest_without_range_1", "mean"] == table.loc[paste, "elasticity"] > 0.5
    for cost in ("cost", "direct_cost"):
        shares = [summary.loc[f"{cost}_resting_on_{word}", "mean"] for word in ("published", "estimates", "choices", "unsourced")]
        assert sum(shares) == pytest.approx(1, abs=1e-3)
        assert shares[0] == 0 < min(shares[1:])


def test_where_no_unit_is_good_at_an_end_the_range_is_the_widest(write: Write) -> None:
    """A yield that may be 0 leaves the cost without bound: it is the first of the widest, not left out of them."""
    found = swings(load(write(PRICED.replace("unit: 0.98}", "unit: {mid: 0.9, low: 0, high: 0.95}}"))))
    first = by_width(found)[0]
    assert (first.known.address, first.half_usd) == ("one.yield.unit", math.inf)


def committed_table() -> pd.DataFrame:
    """What the cost of a package rests on, as it stands under reports/, which the tests of flows hold against the recipe."""
    return pd.read_csv(ROOT / "reports" / "embodiment_1" / "provenance.csv")


def test_the_table_of_provenance() -> None:
    """What is n-th by the width of its swing, or by its elasticity, is among the first 2n; only what the cost depends on; units from names."""
    table = committed_table()
    ends = table[["swing_low_usd", "swing_high_usd"]].assign(value=0.0)
    width, slope = ends.max(axis=1) - ends.min(axis=1), table["elasticity"].abs()
    for effect in (width, slope):
        places = effect.rank(method="max", ascending=False)[effect > 0]
        assert len(places) > 50
        assert (places.index + 1 <= 2 * places).all()
    assert (width + slope).iloc[0] > 0
    assert (np.diff((width + slope > 0).astype(int)) <= 0).all(), "last what moves the direct cost alone"
    assert set(table["provenance"]) <= {"published", "estimate", "choice", "unsourced"}
    assert (table[["elasticity", "elasticity_direct", "swing_low_usd", "swing_high_usd"]].abs().max(axis=1) > 0).all()
    row = table.set_index("address").loc["processes.saw.cuts.copper.mm2_per_s"]
    assert (row["unit"], row["provenance"], row["value"]) == ("mm²/s", "estimate", 4)


def test_effects_are_told_the_same_on_every_machine() -> None:
    """Four digits, and no more than the decimals that differences are good for: noise of rounding changes nothing, and a zero has no sign."""
    for effect, decimals, said in ((0.838434, 6, 0.8384), (-1.23456e-4, 6, -0.000123), (3.32372, 9, 3.324), (-1e-8, 6, 0.0), (12345.6, 9, 12350.0)):
        assert told(effect, decimals) == told(effect * (1 + 1e-11), decimals) == said
    assert math.copysign(1, told(-1e-8, 6)) == 1
    table = committed_table()
    for name, decimals in (("elasticity", 6), ("elasticity_direct", 6), ("swing_low_usd", 9), ("swing_high_usd", 9)):
        assert table[name].tolist() == [told(value, decimals) for value in table[name]]


def test_an_elasticity_is_of_a_line_that_keeps_its_tools(write: Write) -> None:
    """Forty tools are just enough: a slightly shorter time would spare one, which is a jump and no elasticity."""
    text = ("line: {release: {every_h: 1}, tools: {g: {count: 40, price_usd: 1000000}}}\nrun: {horizon_h: 200, allow_overload: true}\n"
            "steps: [{id: s0, tool: g, time_h: 40, yield: {unit: 0.9}}]\n")
    found = {one.known.address: one for one in swings(load(write(text)))}
    assert abs(found["s0.time_h"].elasticity) < 2
