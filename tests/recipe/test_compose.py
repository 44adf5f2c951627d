"""Variants that bring entries of their own, several laid one over the other, items of lists by number, layers by the step that put them there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import LINE, ROOT

from procsim.cli import main
from procsim.errors import RecipeError
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import build

Write = Callable[..., Path]
FLOW = "extends: flows:embodiment_1.yaml\n"


def told(path: Path, *sets: str, over: tuple[Path, ...] = ()) -> str:
    """Every mistake, with its place."""
    with pytest.raises(RecipeError) as caught:
        make(load(path, sets, over=over))
    return str(caught.value)


def times(recipe: Recipe) -> dict[str, object]:
    return {placed.id: placed.step.time_min for placed in recipe.steps if placed.step.time_min is not None}


def test_a_variant_brings_entries_of_its_own(write: Write) -> None:
    """They lie over what it extends, as those of a recipe lie over the library, and its changes come after them."""
    write()
    path = write("""\
extends: line.yaml
materials: {glue: {price_usd_per_g: 2, density_g_cm3: 1}, paste: {price_usd_per_g: 0.7}}
processes: {dry: {tool: oven, time_min: 20}}
tools: {oven: {price_usd: 3000}, a: {count: 2}}
economics: {labour_usd_per_h: 30}
changes:
  - insert: [{id: bake, process: dry, consumes: {glue: {per_panel: 1}}}]
    after: one
  - set: {tools.oven.count: 4}
""", "v.yaml")
    recipe = load(path)
    document = recipe.document
    assert (document.tools["oven"].count, document.tools["oven"].price_usd) == (4, 3000)
    assert (document.tools["a"].count, document.tools["a"].price_usd) == (2, 100000)
    assert (document.materials["paste"].price_usd, document.materials["paste"].density_g_cm3, document.materials["glue"].price_usd) == (0.7, 2, 2)
    assert document.economics.labour_usd_per_h == 30
    assert document.economics.overhead == 0.1
    assert recipe.step("bake").step.tool == "oven"
    assert not recipe.warnings


@pytest.mark.parametrize(("text", "message"), [
    ("parts: [a]", "v.yaml:2:8: error: parts must be a mapping (got a list)"),
    ("line: {lot: {panels: 3}}", "v.yaml:2:1: error: a recipe that extends another has no 'line'; what it edits of the recipe that it extends stands under changes"),
    ("part: {x: {}}", "unknown key 'part' in a recipe that extends another; did you mean 'parts'?"),
    ("tools: {oven: {prise_usd: 3}}", "v.yaml:2:16: error: unknown key 'prise_usd'; did you mean 'price_usd'?  [tools.oven.prise_usd]"),
    ("materials: {past: {usage: 0.5}}", "v.yaml:2:13: error: no material 'past'; did you mean 'paste'? (a new material says price_usd_per"),
])
def test_what_a_variant_brings_is_checked(write: Write, text: str, message: str) -> None:
    """Where it was written, and with what was meant."""
    write()
    assert message in told(write(f"extends: line.yaml\n{text}\n", "v.yaml"))


def test_a_variant_of_several_packages_brings_what_they_share(write: Write) -> None:
    """Tools and prices; what a package is made of stands in its own recipe."""
    assert "has no 'parts'" in told(write("extends: flows:whatif/two_packages.yaml\nparts: {x: {}}\n", "v.yaml"))
    recipe = load(write("extends: flows:whatif/two_packages.yaml\ntools: {plater: {count: 9}}\n", "w.yaml"))
    assert recipe.document.tools["plater"].count == 9


@pytest.mark.parametrize(("edit", "message"), [
    ("parts.copper_panl.price_usd=1", "no part 'copper_panl'; did you mean 'copper_panel'?"),
    ("parts.copper_panl={price_usd: 1}", "no part 'copper_panl'; did you mean 'copper_panel'? (a new part says material or layers)"),
    ("parts.frame={kind: ring, wall_mm: 3}", "error: a part has either a material or layers  [parts.frame]"),
    ("parts.frame=copper", "no part 'frame'"), ("product.dies.cpu.pads=9", "no die 'cpu'; there is logic"), ("tools.plate={count: 2}", "no tool 'plate'; did you mean 'plater'? (a new tool says price_usd)"),
    ("tools.mine.count=2", "no tool 'mine'"), ("processes.grnd={time_min: 2}", "no process 'grnd'; did you mean 'grind'? (a new process says tool)"),
    ("materials.coper={max_um: 3}", "no material 'coper'; did you mean 'copper'?"),
])
def test_a_slip_is_no_new_entry(write: Write, edit: str, message: str) -> None:
    """A field of what is not there, and an entry that says too little and is called nearly as another."""
    assert message in told(write(FLOW, "v.yaml"), edit)


def test_an_edit_makes_whole_new_entries(write: Write) -> None:
    """Of each kind, which later edits then reach; what no step comes to is warned of."""
    sets = ["materials.alloy={price_usd_per_kg: 9, density_g_cm3: 8}", "parts.mine={material: alloy, thickness_um: 900, price_usd: 3}", "parts.mine.thickness_um=1000",
            "tools.washer={price_usd: 1000}", "processes.wash={tool: washer, time_min: 1}", "attach_cure.process=wash", "product.panel.part=mine"]
    recipe = load(write(FLOW, "v.yaml"), sets)
    assert recipe.step("attach_cure").step.tool == "washer"
    assert recipe.document.parts["mine"].thickness_um == 1000
    assert not recipe.warnings
    idle = load(write(FLOW, "v.yaml"), ["tools.washer={price_usd: 1000}"])
    assert idle.warnings == ("--set tools.washer={price_usd: 1000}: line.tools.washer has no effect, since no step comes to it",)


def laid(write: Write) -> None:
    """A line, c over it, and a and b over c; each adds to what is there, so that edits made twice would show."""
    write()
    write("extends: line.yaml\nname: c\nchanges: {set: {one.time_min: 5, two.time_min: 5}, insert: [{id: new, tool: b, time_min: 1}], after: one}\n", "c.yaml")
    write("extends: c.yaml\nname: a\nchanges: {set: {one.time_min: 6, tools.a.count: 3}}\n", "a.yaml")
    write("extends: c.yaml\nname: b\nchanges: {set: {two.time_min: 7, one.time_min: 8}}\n", "b.yaml")


def test_variants_are_laid_one_over_the_other(write: Write) -> None:
    """In the order written; what they share is there once, own changes come last, and the base may stand among them."""
    laid(write)
    both = load(write("extends: [a.yaml, line.yaml, b.yaml]\nchanges: {set: {new.time_min: 9}}\n", "ab.yaml"))
    assert times(both) == {"one": 8, "new": 9, "look": 20, "two": 7, "test": 15}
    assert both.document.tools["a"].count == 3
    assert both.title == "a + b"
    assert [str(place).rsplit("/", 1)[-1] for place in both.step("one").edits] == ["c.yaml:3", "a.yaml:3", "b.yaml:3"]
    other = load(write("extends: [b.yaml, a.yaml]\nname: mine\n", "ba.yaml"))
    assert (times(other)["one"], times(other)["two"], other.title) == (6, 7, "mine")
    twice, once = load(write("extends: [b.yaml, c.yaml, b.yaml]\n", "bb.yaml")), load(both.path.parent / "b.yaml")
    assert repr(twice.draft.steps) == repr(once.draft.steps), "with all places"


def test_the_command_line_lays_variants_over_a_recipe(write: Write) -> None:
    """``--with`` is what a file with extends: [...] is, and comes before ``--set``."""
    laid(write)
    path = write("extends: [a.yaml, b.yaml]\n", "ab.yaml")
    files = [path.parent / name for name in ("a.yaml", "b.yaml")]
    assert load(files[0], over=files[1:]).hash == load(path.parent / "line.yaml", over=files).hash == load(path).hash
    assert times(load(files[0], ["one.time_min=33"], over=files[1:]))["one"] == 33


@pytest.mark.parametrize(("extends", "message"), [
    ("[a.yaml, other.yaml]", "'other.yaml' is of "), ("[]", "extends names a file, or several"), ("[a.yaml, v.yaml]", "'v.yaml' extends itself in a circle"),
    ("[a.yaml, 3]", "must name a file (got 3)"), ("[a.yaml, ../x.yaml]", "leads outside the recipe tree"), ("[a.yaml, aa.yaml]", "no such file"),
])
def test_what_cannot_be_laid_over_says_why(write: Write, extends: str, message: str) -> None:
    """Another base, circles, what is no file of the tree."""
    laid(write)
    write(name="other.yaml")
    found = told(write(f"extends: {extends}\n", "v.yaml"))
    assert message in found
    assert "v.yaml:1:" in found


def test_lists_that_hold_lists_end(write: Write) -> None:
    """Each level names the one below twice: there is an end to what is read."""
    write()
    write("extends: line.yaml\n", "v0.yaml")
    for level in range(1, 14):
        write(f"extends: [v{level - 1}.yaml, v{level - 1}.yaml]\n", f"v{level}.yaml")
    assert "more than 12 recipes extend each other" in told(write("extends: v13.yaml\n", "v.yaml"))
    assert load(write("extends: v8.yaml\n", "w.yaml")).title


@pytest.mark.parametrize(("below", "above", "message"), [
    ("remove: two", "set: {two.time_min: 3}", "above.yaml:2:17: error: no step or section 'two' any more: {}below.yaml:2 took it away"),
    ("remove: two", "remove: two", "above.yaml:2:19: error: no step 'two' any more: {}below.yaml:2 took it away"),
    ("{replace: two, with: [{id: three, tool: a, time_min: 1}]}", "{insert: [{id: x, tool: a, time_min: 1}], before: two}", "no step 'two' any more: {}below.yaml:2 took it away"),
    ("remove: one", "set: {look.sees: [one]}", "no step 'one' any more: {}below.yaml:2 took it away"),
    ("remove: one", "set: {look.same_tool_as: one}", "no step 'one' any more: {}below.yaml:2 took it away"),
    ("set: {tools.a: null}", "set: {tools.a.count: 2}", "no tool 'a' any more: {}below.yaml:2 took it away"),
    ("set: {layer.repeat: 1}", "set: {layer2/coat.time_min: 2}", "no step or section 'layer2/coat': {}below.yaml:2 sets layer.repeat to 1"),
])
def test_an_edit_that_hits_nothing_any_more_names_both(write: Write, below: str, above: str, message: str) -> None:
    """The edit, and the one that took away what it is about."""
    write("steps:\n  - {id: coat, tool: a, time_min: 1}\n", "m.yaml")
    write(LINE.replace("steps:\n", "steps:\n  - {use: m.yaml, as: layer, repeat: 2}\n"))
    first = write(f"extends: line.yaml\nchanges: {below if below[0] == '{' else '{' + below + '}'}\n", "below.yaml")
    second = write(f"extends: line.yaml\nchanges: {above if above[0] == '{' else '{' + above + '}'}\n", "above.yaml")
    load(second)
    assert message.format(f"{first.parent}/") in told(first, over=(second,))
    assert "took it away" not in told(first, "tow.time_min=2")


def test_commands_take_variants_that_are_laid_over(write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """check, show, compare, whatif and run; whatif compares with the recipe at the bottom, or with the flow without ``--with``."""
    laid(write)
    path = write("extends: [a.yaml, b.yaml]\n", "ab.yaml")
    monkeypatch.chdir(path.parent)
    assert main(["check", "ab.yaml"]) == main(["show", "ab.yaml"]) == 0
    assert "c.yaml:3, a.yaml:3, b.yaml:3" in capsys.readouterr().out
    assert main(["compare", "line.yaml", "ab.yaml", "--estimate"]) == 0
    for words in (["ab.yaml"], ["line.yaml", "--with", "a.yaml", "--with", "b.yaml"]):
        capsys.readouterr()
        assert main(["whatif", *words, "--replications", "2"]) == 0
        assert "line  →  a + b" in capsys.readouterr().out
    assert main(["run", "a.yaml", "--with", "b.yaml", "--replications", "2", "--quiet", "--out", "made"]) == 0
    assert yaml.safe_load((path.parent / "made" / "run.json").read_text())["with"] == ["b.yaml"]
    assert main(["check", "line.yaml", "--with", "nothing.yaml"]) == 2
    assert main(["check", "line.yaml", "--with", str(ROOT / "flows" / "whatif" / "pins.yaml")]) == 2
    assert "--with " in capsys.readouterr().err


def test_items_of_lists_have_addresses(write: Write) -> None:
    """By their number from 0, in sections and steps; null takes one out."""
    path = write("extends: flows:whatif/finned_heat_sink.yaml\n", "v.yaml")
    recipe = load(path, ["parts.finned_slug.layers.0.material=silicon", "inspect_chip.sees.0=underfill_cure", "inspect_chip.sees.1=null",
                         "inspect_chip.sees.0=attach"])
    assert recipe.document.parts["finned_slug"].stack()[0].material == "silicon"
    assert recipe.step("inspect_chip").step.sees == ["attach", "chip_clean"]
    etched = load(ROOT / "flows" / "embodiment_1.yaml", ["layer1/seed_etch.materials.0=copper", "layer2/seed_etch.materials.0=aluminium"])
    assert [etched.step(f"layer{n}/seed_etch").step.materials()[0] for n in (1, 2)] == ["copper", "aluminium"]
    nets = load(ROOT / "flows" / "whatif" / "two_die_module.yaml", ["product.nets.bus.0=logic1.left"])
    assert nets.document.product is not None
    assert next(iter(nets.document.product.model_dump()["nets"].values()))[0] == "logic1.left"


@pytest.mark.parametrize(("edit", "message"), [
    ("look.sees.2=one", "no item '2' in look.sees, which has 2 items, numbered 0 to 1"), ("look.sees.-1=one", "no item '-1' in look.sees, which has 2 items"),
    ("look.sees.first=one", "no item 'first' in look.sees"), ("look.sees.01=one", "no item '01' in look.sees"), ("tools.a.speeds.1=2", "no item '1' in tools.a.speeds, which has 1 item, numbered 0"),
    ("line.tools.a.speeds.7.x=2", "no item '7' in line.tools.a.speeds, which has 1 item"), ("look.sees.0.x=2", "'look.sees.0' is the text 'one', it has no 'x'"),
])
def test_an_item_that_is_not_there_is_told_with_their_number(write: Write, edit: str, message: str) -> None:
    """How many there are, and how they are counted."""
    path = write(LINE.replace("a: {count: 1,", "a: {speeds: [1],").replace("coverage: 0.9,", "coverage: 0.9, sees: [one, incoming],", 1))
    assert message in told(path, edit)


def test_a_pattern_opens_the_layer_of_a_step(write: Write) -> None:
    """Of its sibling first, whatever that is of; a material of its own wins, and what puts none there is told."""
    path = write(FLOW, "v.yaml")
    assert load(path, ["layer2/coat.material=bcb"]).step("layer2/via/develop").step.materials() == ("bcb",)
    assert load(path, ["layer/coat.material=bcb", "layer1/via/develop.material=polyimide"]).step("layer1/via/develop").step.materials() == ("polyimide",)
    assert "opens the layer of 'coad', but no such step puts a material on the surface; did you mean 'coat'?" in told(path, "layer/via/develop.of=coad")
    gone = write(f"{FLOW}changes: {{remove: layer2/coat}}\n", "w.yaml")
    assert f"opens the layer of 'coat', but no such step puts a material on the surface any more: {gone}:2 took it away" in told(gone)
    assert "is missing" not in told(gone)


def test_what_an_edit_got_wrong_is_shown_where_the_edit_was_written(write: Callable[..., Path]) -> None:
    """Also where the fault shows only as the package is built: the field's own place, not the step's."""
    path = write("extends: flows:embodiment_1.yaml\nchanges:\n  set:\n    mould.material: nitrogen\n    layer/coat.thickness_um: 0.3\n", "edit.yaml")
    with pytest.raises(RecipeError) as caught:
        build(load(path))
    assert {(Path(p.place.file).name, p.place.line, p.address) for p in caught.value.problems if p.place} == {
        ("edit.yaml", 4, "mould.material"), ("edit.yaml", 5, "layer1/coat.thickness_um")}
