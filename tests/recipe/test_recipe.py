"""Tests the recipe language: sharing, the four verbs, addresses, and mistakes that say where they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import LINE, ROOT
from lines import Write, messages_of

from procsim.errors import RecipeError
from procsim.recipe.edits import MAX_STEPS
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe

MODULE = """\
name: a layer
steps:
  - {id: coat, tool: a, time_min: 1}
  - {id: look, op: inspect, tool: b, time_min: 1, coverage: 0.5, sees: [coat]}
"""
USED = LINE.replace("steps:\n", "steps:\n  - {use: m.yaml, as: layer, repeat: 2}\n")


def ids(recipe: Recipe) -> list[str]:
    return [placed.id for placed in recipe.steps]


@pytest.fixture
def layered(write: Write) -> Path:
    write(MODULE, "m.yaml")
    return write(USED)


def test_use_prefixes_and_repeat_numbers(layered: Path) -> None:
    """``as`` prefixes ids; ``repeat`` always numbers, at 1 too, and 0 is legal."""
    assert ids(load(layered))[:4] == ["layer1/coat", "layer1/look", "layer2/coat", "layer2/look"]
    assert ids(load(layered, ["layer.repeat=1"]))[:2] == ["layer1/coat", "layer1/look"]
    assert ids(load(layered, ["layer.repeat=0"]))[0] == "one"
    assert len(ids(load(layered, ["layer.repeat=12"]))) == 28


def test_references_look_at_siblings_first(layered: Path) -> None:
    """``sees: [coat]`` in a module means its own coat."""
    assert load(layered).step("layer2/look").step.sees == ["layer2/coat"]


def test_prefixes_match_whole_segments(layered: Path) -> None:
    """``layer1`` is not ``layer10``; ``layer/coat`` is the coat of every instance; ``layer2/coat`` is one."""
    recipe = load(layered, ["layer.repeat=10", "layer1/coat.time_min=5", "layer/look.coverage=0.25"])
    times = {placed.id: placed.step.time_min for placed in recipe.steps}
    assert times["layer1/coat"] == 5
    assert times["layer10/coat"] == 1
    assert {placed.step.coverage for placed in recipe.steps if placed.base == "layer/look"} == {0.25}


def test_four_verbs_in_written_order(layered: Path, write: Write) -> None:
    """set, remove, insert (with use items) and replace; inserted steps take the prefix of what they stand beside."""
    write(LINE.replace("line:", "name: base\nline:", 1).replace("steps:\n", "steps:\n  - {use: m.yaml, as: layer, repeat: 2}\n"), "base.yaml")
    variant = write("""\
extends: base.yaml
name: variant
changes:
  - set: {layer.repeat: 3, two.time_min: 7, tools.b.count: 4}
  - remove: layer2
  - insert: [{id: bake, op: bake, tool: b, time_min: 2}, {use: m.yaml, as: extra}]
    after: layer/coat
  - replace: one
    with: [{tool: a, time_min: 9}]
  - set: {layer1/bake.time_min: 3}
""", "v.yaml")
    recipe = load(variant)
    assert ids(recipe) == ["layer1/coat", "layer1/bake", "layer1/extra/coat", "layer1/extra/look", "layer1/look",
                           "layer3/coat", "layer3/bake", "layer3/extra/coat", "layer3/extra/look", "layer3/look", "one", "look", "two", "test"]
    assert recipe.step("one").step.time_min == 9
    assert recipe.step("layer1/bake").step.time_min == 3
    assert recipe.step("layer3/bake").step.time_min == 2
    assert recipe.document.tools["b"].count == 4
    assert recipe.title == "variant"
    assert [place.line for place in recipe.step("layer1/bake").edits] == [6, 10]


def test_an_edit_changes_only_what_it_names(layered: Path) -> None:
    """A number merges into the process's numbers, another unit replaces it, a distribution replaces a sum."""
    base = load(layered).step("one").step
    edited = load(layered, ["one.time_h.per_lot=2"]).step("one").step
    assert edited.time_h.per_lot == 2
    assert edited.time_h.per_panel == base.time_h.per_panel
    other = load(layered, ["one.time_min=3"]).step("one").step
    assert (other.time_h, other.time_min) == (None, 3)
    law = load(layered, ["one.time_h={exponential: {mean: 4}}"]).step("one").step
    assert law.time_h.exponential.mean == 4


@pytest.mark.parametrize(("edit", "reason"), [
    ("three.time_min=1", "no step or section 'three'"),
    ("coat.time_min=1", "did you mean 'layer/coat'"),
    ("layr.repeat=3", "did you mean 'layer'"),
    ("layer.repeat=-1", "repeat must be a whole number"),
    ("layer.repeat=2.5", "repeat must be a whole number"),
    ("layer.repeat=1000000000", "repeat must be a whole number"),
    ("tools.c.count=2", "no tool 'c'; there are a, b"),
    ("tools.a.cuont=2", "unknown key 'cuont'; did you mean 'count'"),
    ("run.horizon=9", "did you mean 'horizon_s' or 'horizon_min' or 'horizon_h'"),
    ("run.horizen_h=9", "did you mean 'horizon_h'[?]"),
    ("tools.a.count={mid: 2, most: 3}", "a range holds mid, low, high"),
    ("tools.a.count=two", "must be a whole number"),
    ("tools.a.count=-2", "must be >= 1"),
    ("tools.a.count.x=2", "'tools.a.count' is 1, it has no 'x'"),
    ("one.yield.unit=99", "must be <= 1 .got 99.; a share of 1, so 99 % is 0.99"),
    ("one.id=zero", "an id is not edited"),
    ("one", "is not address=value"),
    ("one=3", "is not an address"),
    ("one.time_min=", "has nothing behind =; null takes a value away"),
    ("steps.one.time_min=3", "addressed by their id"),
    ("one.time_min=[1, 2", "not YAML"),
    ("one.time_min={per_vai: 1}", "unknown key 'per_vai'; did you mean 'per_via'"),
    ("one.time_min={per_via: 1}", "has no via to count"),
    ("one.time_min={gamma: {mean: 1}}", "give cv or sd"),
    ("one.time_min={uniform: {low: 3, high: 1}}", "low <= high"),
    ("one.consumes.glue=1", "no material 'glue'"),
    ("look.sees=[two]", "comes later"),
    ("look.sees=[nothing]", "no step 'nothing'"),
    ("look.coverage=null", "needs coverage"),
    ("one.tool=null", "has no tool"),
    ("one.process=nope", "no process 'nope'"),
    ("run.warmup_h=500", "warm-up must end before the horizon"),
    ("tools.a.cuont=null", "unknown key 'cuont'; did you mean 'count'"),
    ("one.yeild=null", "unknown key 'yeild'; did you mean 'yield'"),
    ("tools.a=null", "no tool 'a'"),
    ("materials.paste=null", "no material 'paste'"),
    ("line.release=null", "line needs release"),
    ("run.horizon_h=null", "run needs horizon_h"),
    ("one.false_reject=0.1", "are for an inspection"),
    ("one.yield={}", "yield says nothing"),
    ("one.defects={}", "defects says of nothing how many there are"),
    ("one.defects={law: murphy}", "defects says of nothing how many there are"),
    ("one.consumes={}", "consumes says nothing"),
    ("one.consumes={paste: {}}", "a sum over nothing"),
    ("one.time_h={}", "a sum over nothing"),
    ("economics.currency=EUR", "currency is USD"),
    ("line.release={}", "a release says one of"),
    ("line.release.every_h=0", "must not start at once without end"),
    ("tools.a.batch={max_panels: 1}", "a lot of 2 panels does not fit a"),
])
def test_wrong_edits_say_what_was_meant(layered: Path, edit: str, reason: str) -> None:
    """An edit that hits nothing, has the wrong type or breaks a rule is an error with a hint."""
    import re

    assert any(re.search(reason, message) for message in messages_of(layered, edit)), messages_of(layered, edit)


@pytest.mark.parametrize(("old", "new", "reason", "line"), [
    ("  lot: {panels: 2,", "  lot: {pannels: 2,", "unknown key 'pannels'; did you mean 'panels'", 2),
    ("tool: a, time_h", "tool: z, time_h", "no tool 'z'", 12),
    ("op: inspect", "op: inspekt", "no op 'inspekt'; did you mean 'inspect'", 13),
    ("id: two", "id: one", "used twice", 14),
    ("id: two, ", "", "needs an id", 14),
    ("id: two", "id: a b", "is not a name|string should match", 14),
    ("id: two", "id: run", "a section's name", 14),
    ("horizon_h: 400", "horizon_h: -400", "must be > 0 .got -400.", 7),
    ("price_usd: 100000", "price_usd: cheap", "must be a number .got the text 'cheap'.", 5),
    ("steps:", "stepz:", "unknown key 'stepz' in a recipe; did you mean 'steps'", 11),
    ("run: {horizon_h: 400, warmup_h: 100, replications: 3, seed: 7}\n", "", "needs 'run'", 1),
    ("op: test", "op: flip", "needs a product", 15),
    ("density_g_cm3: 2", "density: 2", "unknown key 'density'", 10),
    ("time_min: 30", "time_min: 30, time_s: 5", "say the same thing", 14),
])
def test_mistakes_stand_at_their_line(write: Write, old: str, new: str, reason: str, line: int) -> None:
    """Every mistake names file and line, what is wrong and what was meant."""
    import re

    path = write(LINE.replace(old, new))
    with pytest.raises(RecipeError) as caught:
        load(path)
    hits = [problem for problem in caught.value.problems if re.search(reason, problem.message)]
    assert hits, str(caught.value)
    assert hits[0].place is not None
    assert hits[0].place.line == line
    assert hits[0].place.file.endswith("line.yaml")


def test_all_mistakes_at_once(write: Write) -> None:
    """Seven mistakes, seven errors."""
    text = LINE
    for old, new in [("panels: 2,", "pannels: 2,"), ("tool: a, time_h", "tool: z, time_h"), ("op: inspect", "op: inspekt"), ("horizon_h: 400", "horizon_h: -4"),
                     ("price_usd: 100000", "price_usd: cheap"), ("density_g_cm3: 2", "density: 2"), ("id: test", "id: one")]:
        text = text.replace(old, new)
    with pytest.raises(RecipeError) as caught:
        load(write(text))
    assert len(caught.value.problems) >= 7
    places = [(p.place.file, p.place.line) for p in caught.value.problems if p.place]
    assert places == sorted(places), "in the order in which a reader meets them"


def test_no_path_leaves_the_recipe_tree(write: Write, tmp_path: Path) -> None:
    """``use``, ``extends`` and ``library`` stay inside the folder of the recipe, or go to the shipped flows."""
    inner = tmp_path / "inner"
    inner.mkdir()
    write(MODULE, "outside.yaml")
    for step in ("{use: ../outside.yaml}", "{use: /etc/passwd}", "{use: 'flows:../pyproject.toml'}"):
        path = write(LINE.replace("steps:\n", f"steps:\n  - {step}\n"), "inner/r.yaml")
        assert any("leads outside the recipe tree" in message for message in messages_of(path)), step
    (inner / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    path = write(LINE.replace("steps:\n", "steps:\n  - {use: link.yaml}\n"), "inner/r.yaml")
    assert any("leads outside" in message for message in messages_of(path))
    assert any("leads outside" in message for message in messages_of(write("extends: ../line.yaml\n", "inner/v.yaml")))
    good = write("extends: flows:embodiment_1.yaml\nchanges: {set: {layer.repeat: 1}}\n", "inner/w.yaml")
    assert "layer2/coat" not in ids(load(good))


def test_circles_are_errors(write: Write) -> None:
    """A module that uses itself, recipes that extend each other."""
    path = write(LINE.replace("steps:\n", "steps:\n  - {use: m.yaml}\n"))
    write("steps:\n  - {use: m.yaml}\n", "m.yaml")
    assert messages_of(path) == ["'m.yaml' uses itself in a circle"]
    write("extends: b.yaml\n", "a.yaml")
    assert any("circle" in message for message in messages_of(write("extends: a.yaml\n", "b.yaml")))


def test_expansion_is_bounded(write: Write) -> None:
    """Repeats of repeats stop at a stated number of steps."""
    path = write(LINE.replace("steps:\n", "steps:\n  - {use: m.yaml, as: x, repeat: 100}\n"))
    write("steps:\n  - {use: n.yaml, as: y, repeat: 100}\n", "m.yaml")
    write(MODULE, "n.yaml")
    assert any(f"more than {MAX_STEPS} steps" in message for message in messages_of(path))


def test_a_range_counts_as_its_mid_value(write: Write) -> None:
    """What is known about a number stands beside it and is kept; it must be in order."""
    recipe = load(write(LINE.replace("price_usd: 100000", "price_usd: {mid: 9e4, low: 5e4, high: 2e5, source: a guess}")))
    assert recipe.document.tools["a"].price_usd == 90000
    known = recipe.ranges["tools.a.price_usd"]
    assert (known.low, known.mid, known.high, known.source) == (5e4, 9e4, 2e5, "a guess")
    assert any("low <= mid <= high" in m for m in messages_of(write(LINE.replace("price_usd: 100000", "price_usd: {mid: 3, low: 5}"))))


def test_line_tools_overlay_the_library(write: Write) -> None:
    """The same address reaches a library's tool and what the recipe says of it."""
    write("a: {count: 5, price_usd: 7, footprint_m2: 3}\n", "tools.yaml")
    path = write(LINE.replace("line:\n", "library: {tools: tools.yaml}\nline:\n", 1))
    tool = load(path).document.tools["a"]
    assert (tool.count, tool.price_usd, tool.footprint_m2) == (1, 100000, 3)
    assert load(path, ["tools.a.footprint_m2=4"]).document.tools["a"].footprint_m2 == 4
    assert load(path, ["line.tools.a.count=9"]).document.tools["a"].count == 9


def test_the_schema_is_the_models() -> None:
    """flows/schema.json is what ``procsim schema`` writes, in draft 7's words."""
    from procsim.recipe.schema import text

    written = (ROOT / "flows" / "schema.json").read_text(encoding="utf-8")
    assert written == text(), "run make schema"
    assert "prefixItems" not in written
    assert "unevaluatedProperties" not in written


@pytest.mark.parametrize(("old", "new", "line"), [
    ("time_min: 30,", "time_h: ,", 14), ("  tools:\n", "  transport_min:\n  tools:\n", 4), ("yield: {unit: 0.97}", "yield: {unit: }", 14),
])
def test_a_key_with_nothing_behind_it_is_refused(old: str, new: str, line: int, write: Write) -> None:
    """With file and line: what was to be written there is not known. A written null takes away what stands there, so that an edit can."""
    with pytest.raises(RecipeError, match=rf"line\.yaml:{line}:\d+: error: nothing is written behind '"):
        load(write(LINE.replace(old, new)))
    with pytest.raises(RecipeError, match="nothing written in it"):
        load(write(LINE + "  -\n"))
    assert load(write(), ["one.yield=null"]).step("one").step.yield_ is None


@pytest.mark.parametrize("address", [
    "tools.a.price_usd", "tools.b.operators", "economics.overhead", "economics.interest", "economics.margin", "economics.nre_usd",
    "economics.volume_units", "look.false_reject", "run.seed", "one.tooling_usd", "one.yield.unit", "one.consumes.paste", "line.transport_min",
    "materials.paste.price_usd_per_g", "tools.b.upkeep", "one.retest", "run.replications",
])
def test_null_is_as_if_the_key_were_not_written(address: str, write: Write) -> None:
    """In a file, in an edit, and deep inside a value that is set: the default holds. What is left of a step by ``null`` says nothing, not an error."""

    def text(change: Callable[[dict[str, Any], str], None]) -> str:
        tree = yaml.safe_load(LINE)
        head, *way, last = address.split(".")
        at = tree["line"]["tools"] if head == "tools" else tree.get(head) or next(step for step in tree["steps"] if step["id"] == head)
        above = [at := at[key] for key in way]
        change(at, last)
        if above and not at:  # it was the last that the step consumes
            next(step for step in tree["steps"] if step["id"] == head).pop(way[-1])
        return yaml.safe_dump(tree)

    without = load(write(text(lambda at, key: at.pop(key, None)), "without.yaml"))
    in_file = load(write(text(lambda at, key: at.update({key: None})), "in_file.yaml"))
    for recipe in (load(write(), [f"{address}=null"]), in_file):
        assert recipe.document == without.document
        assert [placed.step for placed in recipe.steps] == [placed.step for placed in without.steps]


def test_null_takes_away_at_any_depth_and_before_expansion(write: Write) -> None:
    """Inside a value that is set, in a range, in a section that a recipe lays over its library, of a whole section, and of how often a module repeats."""
    recipe = load(write(), ["one.yield={panel: 0.9, unit: null}", "two.time_min={mid: 30, low: null, high: 40}"])
    assert (recipe.step("one").step.yield_.panel, recipe.step("one").step.yield_.unit) == (0.9, 1.0)
    assert recipe.step("two").step.time_min == 30
    assert load(write(LINE + "product: null\nlibrary: null\nparts: null\n")).document == load(write()).document
    priced = load(ROOT / "flows" / "embodiment_1.yaml", ["tools.die_bonder.price_usd=null", "product.dies.logic.wafer=null"]).document
    assert priced.tools["die_bonder"].price_usd == 0
    assert priced.product is not None
    assert priced.product.dies["logic"].price_usd > 0, "a price does not give way to a wafer that is taken away"


def test_a_repeat_that_is_taken_away(layered: Path) -> None:
    """A module that is not repeated stands once, without a number."""
    assert ids(load(layered, ["layer.repeat=null"]))[:2] == ["layer/coat", "layer/look"]
