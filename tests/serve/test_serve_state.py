"""Tests what a what-if page says: its address, the recipe that follows from it, the file that says the same, and what is wrong in words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from conftest import LINE, ROOT
from hypothesis import given
from hypothesis import strategies as st
from lines import Write

from procsim.cli import main
from procsim.errors import RecipeError
from procsim.experiments.points import Evaluator, Point
from procsim.recipe.load import load
from procsim.results.overload import overloads
from procsim.serve.answer import Answer, Answers
from procsim.serve.doing import DEEDS, done
from procsim.serve.fields import Fields
from procsim.serve.looks import HTMX, static
from procsim.serve.shown import Costs, costs, figures, sentence
from procsim.serve.state import MOST_EDITS, Edit, State, state_of
from procsim.serve.steps import rows
from procsim.serve.tree import Tree, write
from procsim.serve.written import command_of, recipe_of, yaml_of

FLOW = ROOT / "flows" / "embodiment_1.yaml"
TREE = Tree(ROOT / "flows")
NAME = "embodiment_1.yaml"
ALL_VERBS = (("set", "product.dies.logic.price_usd=4"), ("remove", "inspect_mould"), ("insert", "after mould {id: again, op: bake, process: post_mould_cure}"),
             ("move", "plasma before inspect_dies"), ("replace", "grind_clean {op: clean, process: activate_plasma}"), ("set", "layer.repeat=3"),
             ("set", "again.time_h.per_run=1"))


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers(TREE)


def state(*pairs: tuple[str, str], flow: str = NAME) -> State:
    return state_of(pairs, flow)


def told(point: Point) -> str:
    """All figures to the last digit, also where there is no number."""
    return repr(point.figures())


def answered(answers: Answers, *pairs: tuple[str, str]) -> Answer:
    return answers.answer(state(*pairs))


@given(st.lists(st.tuples(st.sampled_from(["set", "remove", "insert", "replace", "move"]), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)), max_size=8))
def test_a_state_is_its_address(pairs: list[tuple[str, str]]) -> None:
    """Whatever edits say, the address says the same, in the same order."""
    made = state(*pairs)
    assert state_of(parse_qsl(made.query, keep_blank_values=True), "other.yaml") == made


def test_an_edit_takes_the_place_of_an_earlier_one_of_the_same_number() -> None:
    """A slider that is moved makes one edit, in its place; edits of steps part what was set before them from what is set after."""
    made = state(("set", "a.b=1"), ("set", "c.d=2")).after(Edit("set", "a.b=3"))
    assert [edit.text for edit in made.edits] == ["a.b=3", "c.d=2"]
    made = made.after(Edit("remove", "x")).after(Edit("set", "a.b=4"))
    assert [edit.text for edit in made.edits] == ["a.b=3", "c.d=2", "x", "a.b=4"]
    assert [edit.text for edit in made.reset("a.b").edits] == ["c.d=2", "x"]
    assert made.undone().undone().undone().undone() == state()
    assert done(made, {"do": "drop", "number": "2"}).state.edits == (*made.edits[:2], made.edits[3])
    with pytest.raises(RecipeError, match="nothing is called 'undoo'; did you mean 'undo'"):
        done(made, {"do": "undoo"})
    assert set(DEEDS) == {"set", "several", "reset", "remove", "move", "insert", "replace", "over", "off", "drop", "undo", "clear"}


def test_a_state_is_bounded() -> None:
    """So many edits, so many signs, and text alone."""
    for pairs, wrong in (([("set", f"a.b{n}=1") for n in range(MOST_EDITS + 1)], "100 edits"), ([("set", f"a.b={'1' * 13_000}")], "12000 signs"),
                         ([("set", "a.b=\x00")], "no text"), ([("with", f"{n}.yaml") for n in range(11)], "10 what-ifs")):
        with pytest.raises(RecipeError, match=wrong):
            state(*pairs)


def test_the_saved_file_says_what_the_page_says(answers: Answers, tmp_path: Path, write: Write) -> None:
    """A what-if with every verb, read from the file that the page saves, is the page's recipe: step by step, and to the last digit of its figures."""
    text = yaml_of(TREE, state(*ALL_VERBS), TREE.target("mine"), "Embodiment 1", lambda fewer: recipe_of(TREE, fewer))
    again = load(write(text.replace("../embodiment_1.yaml", "flows:embodiment_1.yaml"), "mine.yaml"))
    answer = answered(answers, *ALL_VERBS)
    assert answer.problems == () and [placed.step for placed in again.steps] == [placed.step for placed in recipe_of(TREE, answer.state).steps]
    assert "again" in [placed.id for placed in again.steps] and "inspect_mould" not in [placed.id for placed in again.steps]
    found = answers.answer(State(NAME))
    assert told(found.point) == told(answer.base) != told(answer.point)
    assert told(Evaluator(again).at({}, True)) == told(answer.point)


def test_the_command_does_the_same(capsys: pytest.CaptureFixture[str], answers: Answers) -> None:
    """Of numbers it is one line with ``--set``; of steps it writes the file first."""
    numbers = state(("with", "whatif/laser_vias.yaml"), ("set", "tools.tester.count=7"), ("set", "materials.epoxy_mould.source=a b"))
    command = command_of(TREE, numbers, "")
    assert command.startswith("procsim whatif ") and command.endswith("--set tools.tester.count=7 --set 'materials.epoxy_mould.source=a b'")
    assert "--with" in command and "laser_vias.yaml" in command
    steps = command_of(TREE, state(*ALL_VERBS), "extends: x\n")
    assert steps.startswith("cat > ") and "extends: x\nEOF\nprocsim whatif " in steps


WRONG = ["mould.overum=5", "mould.over_um=abc", "mould.over_um=5", "polish.process=scrub", "grind.less_um=90", "tools.nothing.count=3", "a.b", "layr.repeat=3",
         "layer.repeat=1000", "product.dies.logic.known_good=2", "library.economics=../../elsewhere.yaml", "mould.over_um="]


@pytest.mark.parametrize("text", WRONG)
def test_an_illegal_edit_has_the_message_of_the_command_line(text: str, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    """Line by line, and the figures that are shown are those without it."""
    assert main(["estimate", str(FLOW), "--set", text]) == 2
    line = re.sub(r"\n\d+ errors?; nothing was run\n(without .*\n)?$", "\n", capsys.readouterr().err)
    answer = answered(answers, ("set", "product.dies.logic.price_usd=4"), ("set", text))
    said = "\n".join(str(problem) for problem in answer.problems) + "\n"
    assert " ".join(said.split()) == " ".join(line.split())
    assert [edit.text for edit in answer.shown.edits] == ["product.dies.logic.price_usd=4"]
    assert told(answer.point) == told(answered(answers, ("set", "product.dies.logic.price_usd=4")).point)


@pytest.mark.parametrize(("edit", "wrong"), [
    (("remove", "nothing"), "remove nothing: error: no step 'nothing'"), (("remove", "mould"), "remove mould took it away"),
    (("insert", "after mould"), "says too little: insert after STEP"), (("insert", "beside mould {id: x}"), "before or after another \\(got 'beside'\\)"),
    (("insert", "after mould {id: x, op: nothing}"), "no op 'nothing'"), (("insert", "after mould {id: x"), "not YAML"),
    (("insert", "after mould {use: ../../../etc/passwd}"), "leads outside the recipe tree"), (("move", "mould after mould"), "does not stand beside itself"),
    (("move", "nothing after mould"), "no step 'nothing'"), (("replace", "mould"), "says too little"), (("set", "a.b"), "not address=value"),
    (("insert", "after mould !!python/object:os.system {}"), "tag")])
def test_an_edit_of_steps_that_is_wrong_is_told_at_its_place(edit: tuple[str, str], wrong: str, answers: Answers) -> None:
    """Whatever it says, the flow is shown as it was."""
    answer = answered(answers, edit)
    assert re.search(wrong, "\n".join(str(problem) for problem in answer.problems))
    assert answer.shown.edits == () and not answer.told(Edit("remove", "another"))


def test_what_ifs_price_lists_methods_and_parts_are_edits_too(answers: Answers) -> None:
    """Each moves the cost as the command line has it, and the file that is saved holds it."""
    for pairs in ((("with", "whatif/laser_vias.yaml"),), (("set", "library.economics=library/economics_germany.yaml"),), (("set", "grind_clean.process=activate_plasma"),),
                  (("set", "product.panel.part=aluminium_panel"),)):
        answer = answered(answers, *pairs)
        over = [TREE.path(text) for verb, text in pairs if verb == "with"]
        same = Evaluator(load(FLOW, [text for verb, text in pairs if verb == "set"], over=over)).at({}, True)
        assert answer.problems == () and told(answer.point) == told(same) != told(answer.base)


def test_a_step_moves_in_every_layer() -> None:
    """Where neither of the two names one layer alone."""
    ids = [placed.id for placed in recipe_of(TREE, state(("move", "layer/seed after layer/resist"))).steps]
    assert all(ids.index(f"layer{n}/seed") == ids.index(f"layer{n}/resist") + 1 for n in (1, 2))
    ids = [placed.id for placed in recipe_of(TREE, state(("move", "layer1/seed after layer1/resist"))).steps]
    assert ids.index("layer1/seed") == ids.index("layer1/resist") + 1 and ids.index("layer2/seed") < ids.index("layer2/resist")


def test_an_overloaded_line_is_told_with_its_remedy(answers: Answers) -> None:
    """Edits that lift it are what its words say."""
    answer = answered(answers, ("set", "line.release.panels_per_week=1700"))
    assert answer.overloads and all(remedy in " ".join(answer.overloads) for remedy in answer.remedies)
    mended = answered(answers, *((edit.verb, edit.text) for edit in done(answer.state, {"do": "several", "value": "\n".join(answer.remedies)}).state.edits))
    assert mended.overloads == mended.remedies == [] and "no end" in {one.now for one in figures(answer)}
    assert answer.refusal and not mended.refusal
    assert not any(one.better for one in figures(answer)) and any(one.better for one in figures(mended))
    told = [sentence(one, figures(one)) for one in (answer, mended)]
    assert told[0].endswith(", but the line is overloaded.") and "overloaded" not in told[1]


def test_operators_who_lack_are_a_remedy(write: Write) -> None:
    """A pool that is overloaded gets as many as it needs."""
    path = write(LINE.replace("  tools:\n", "  operators: {crew: 1}\n  tools:\n").replace("count: 1, price_usd: 100000", "count: 9, price_usd: 100000, attended: {pool: crew, during: [run]}").replace("every_h: 2", "every_h: 1.4"))
    tree, name = Tree.of(path)
    answer = Answers(tree).answer(State(name))
    assert answer is not None and [remedy.partition("=")[0] for remedy in answer.remedies] == ["line.operators.crew"]
    assert overloads(answer.point.plan, answer.point.closed)[0].count(answer.remedies[0]) == 1


def test_an_edit_that_no_step_comes_to_is_told_so(answers: Answers) -> None:
    """As the command line warns: the figures stay as they are, and somebody wonders why."""
    edits = (("set", "tools.mill.count=1"), ("set", "tools.tester.count=7"), ("remove", "inspect_mould"), ("set", "line.tools.xray.count=2"),
             ("set", "materials.silicon.price_usd_per_kg=1"), ("set", "run.horizon_h=700"))
    idle = answered(answers, *edits).idle
    assert [line.partition(" has no effect")[0] for line in idle] == ["--set tools.mill.count=1: tools.mill", "--set line.tools.xray.count=2: tools.xray"]
    assert answered(answers).idle == []


def test_a_file_that_changes_is_read_again(write: Write) -> None:
    """Somebody edits the recipe while its page is open."""
    path = write()
    tree, name = Tree.of(path)
    kept = Answers(tree)
    first, same = kept.answer(State(name)), kept.answer(State(name))
    assert first.base.plan is same.base.plan
    path.write_text(LINE.replace("price_usd: 100000", "price_usd: 1000000"), encoding="utf-8")
    changed = kept.answer(State(name))
    assert changed.base.figures()["cost_per_good_unit_loaded"] > first.base.figures()["cost_per_good_unit_loaded"]


def test_fields_have_the_range_of_the_flow_before(answers: Answers) -> None:
    """Each address is one that ``--set`` takes; what an edit of steps leaves without a range has that which it had."""
    before = Fields(answered(answers).flow.recipe)
    price = before.at("product.dies.logic.price_usd")
    assert price is not None and (price.value, price.low, price.high, price.step, price.provenance) == ("3.56", 2.04, 6.6, "0.01", "estimate")
    after = Fields(answered(answers, ("set", "product.dies.logic.price_usd=4"), ("remove", "inspect_mould")).flow.recipe, before)
    changed = after.at("product.dies.logic.price_usd")
    assert changed is not None and (changed.value, changed.was, changed.low, changed.high) == ("4", "3.56", 2.04, 6.6) and changed.source == price.source
    assert before.at("mould.process") is not None and "compression_mould" in before.at("mould.process").options  # type: ignore[union-attr]
    some = [one for one in before.every if one.numeric][::97]
    assert len(some) > 20
    for one in some:
        assert load(FLOW, [f"{one.address}={one.value}"]).steps
    assert before.found("logic price", 5)[0].address == "product.dies.logic.price_usd"


def test_steps_are_listed_with_their_groups_and_where_they_may_move(answers: Answers) -> None:
    """A group says how often it is there; a step moves beside its neighbour in the same group."""
    found = rows(answered(answers, ("remove", "inspect_mould"), ("insert", "after mould {id: again, op: bake, process: post_mould_cure}")).flow.recipe)
    heads = [head for row in found for head in row.heads]
    assert [(head.name, head.address, head.times) for head in heads if head.times] == [("layer1", "layer.repeat", 2), ("layer2", "layer.repeat", 2)]
    at = {row.id: row for row in found}
    assert [row.id for row in found if row.touched] == ["again"]
    assert (at["again"].up, at["again"].down) == ("mould", "mould_cure") and at["layer1/coat"].up == "" and at["layer1/coat"].base == "layer/coat"


def test_costs_by_category_and_by_step_are_all_of_the_cost(answers: Answers) -> None:
    """Steps are shown without dies and unused capacity; one that is no more stands with what it has cost."""
    answer = answered(answers, ("remove", "inspect_mould"), ("set", "layer.repeat=3"))
    for point, split in zip((answer.base, answer.point), Costs().of(answer), strict=True):
        by_category, by_step = split
        loaded = point.figures()["cost_per_good_unit_loaded"]
        assert sum(by_category.values()) == pytest.approx(loaded, rel=1e-9)
        assert sum(by_step.values()) + by_category["die"] + by_category["unused capacity"] == pytest.approx(loaded, rel=1e-9)
    rows = {row.name: row.texts for row in costs(answer, Costs())[1]}
    assert rows["inspect mould"][1] == "0" and rows["layer3/plate"][0] == "0" and next(iter(rows)) == "singulate"


def test_a_sentence_says_what_changed(answers: Answers) -> None:
    """Of every line, priced or not."""
    for pairs, said in (((), "Nothing is edited yet"), ((("set", "product.dies.logic.price_usd=4"),), "0.489 USD more"), ((("set", "product.dies.logic.price_usd=3"),), "USD less"),
                        ((("set", "line.transport_min=6"),), "as much as before"),
                        ((("set", "product.dies.logic.price_usd=abc"),), "nothing can be built")):
        answer = answered(answers, *pairs)
        assert said in sentence(answer, figures(answer))


@pytest.mark.parametrize("name", ["../embodiment_1.yaml", "/etc/passwd", "whatif/../embodiment_1.yaml", "library/tools.yaml", "flows:../pyproject.toml", ".hidden.yaml",
                                  "embodiment_1.yaml\x00", "embodiment_1", "", "whatif/", "schema.json", "modules/finish.yaml", "..\\x.yaml", "a" * 300 + ".yaml"])
def test_only_recipes_of_the_tree_are_read(name: str) -> None:
    """By the names that it lists."""
    with pytest.raises(RecipeError, match="no recipe"):
        TREE.path(name)


def test_a_link_that_leads_out_of_the_tree_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "out.yaml").write_text(LINE, encoding="utf-8")
    (tmp_path / "flows" / "in.yaml").symlink_to(tmp_path / "out.yaml")
    tree = Tree(tmp_path / "flows")
    assert "in.yaml" not in tree.names
    with pytest.raises(RecipeError, match="no recipe"):
        tree.path("in.yaml")


def test_what_a_recipe_reads_is_no_flow_to_open(tmp_path: Path) -> None:
    """A list of prices is not listed; a file that nobody can read is, so that who opens it is told why, and it is nobody's what-if."""
    (tmp_path / "whatif").mkdir()
    texts = {"line.yaml": LINE, "prices.yaml": "economics: {labour_usd_per_h: 12}\nmaterials: {steps_cleaner: {price_usd_per_l: 2}}\n",
             "flat.yaml": "{name: x, steps: []}", "whatif/more.yaml": "extends: ../line.yaml\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "whatif" / "odd.yaml").write_bytes(b"extends: \xff\xfe line.yaml\n")
    tree = Tree(tmp_path)
    assert [name for name in tree.names if not name.startswith("flows:")] == ["flat.yaml", "line.yaml", "whatif/more.yaml", "whatif/odd.yaml"]
    assert tree.whatifs("line.yaml") == ["whatif/more.yaml"]


@pytest.mark.parametrize("name", ["", "A", "../x", "x/y", ".x", "x.yaml", "-x", "x" * 61, "ü", "x y", "x\x00", "nul", "com1"])
def test_a_what_if_has_a_plain_name(name: str) -> None:
    with pytest.raises(RecipeError, match="is no name for a file"):
        TREE.target(name)


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    """A file that is there stays; one that a page has saved is written over when that is asked for, one of somebody else never, a link neither."""
    ours = "# what-if by procsim serve: x\nextends: a.yaml\n"
    assert write(tmp_path / "a.yaml", ours, False)
    assert not write(tmp_path / "a.yaml", "other", False) and (tmp_path / "a.yaml").read_text() == ours
    assert write(tmp_path / "a.yaml", ours + "#\n", True) and (tmp_path / "a.yaml").read_text() == ours + "#\n"
    (tmp_path / "b.yaml").write_text("mine", encoding="utf-8")
    (tmp_path / "c.yaml").symlink_to(tmp_path / "a.yaml")
    for name in ("b", "c"):
        with pytest.raises(RecipeError, match="was not saved by procsim serve"):
            write(tmp_path / f"{name}.yaml", ours, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml", "c.yaml"]


def test_what_pages_are_made_of_evaluates_nothing() -> None:
    """htmx is the file of its package, told to evaluate nothing; no template has a script, a style or a handler of its own, or what htmx would evaluate."""
    assert hashlib.sha256(static("htmx.min.js")).hexdigest() == "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
    assert HTMX["allowEval"] is False and HTMX["allowScriptTags"] is False
    for path in (ROOT / "procsim" / "serve" / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son(click|change|input|load|error|submit|toggle|key[a-z]*)=|hx-on|js:|javascript:|<script(?! src=)|hx-trigger=\"[^\"]*\[", text), path
        assert "http:" not in text and "https:" not in text
