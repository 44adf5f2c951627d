"""Tests how mistakes are told: by the name of what is wrong, where it was written, and with what would be right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import LINE, ROOT
from lines import Write, messages_of, plan_of, problems_of

from procsim.cli import main
from procsim.errors import RecipeError
from procsim.model.amounts import TAGS
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.schema import schema


@pytest.mark.parametrize(("law", "message"), [
    ("{constant: 100}", "constant needs its parameters by name: write {constant: {value: …}} (got 100)"),
    ("{exponential: [3]}", "exponential needs its parameters by name: write {exponential: {mean: …}} (got a list)"),
    ("{weibull: 3, each: true}", "weibull needs its parameters by name: write {weibull: {mean: …, shape: …}} (got 3)"),
    ("{mean: 3}", "'mean' is a parameter of a distribution (exponential, normal, lognormal, gamma, erlang, weibull): name which one, as in {exponential: {mean: …}}"),
    ("{exponential: {rate: 3, mean: 1}}", "exponential has no parameter 'rate'; it takes mean"),
    ("{normal: {mean: 3}}", "normal needs sd: write {normal: {mean: …, sd: …}}"),
    ("{exponential: {mean: {value: 3}}}", "exponential.mean must be a number (got a mapping)"),
    ("exponential", "must be a number or a distribution, which is written {exponential: {mean: …}} (got the text 'exponential')"),
    ("{exponentail: {mean: 3}}", "unknown key 'exponentail'; did you mean 'exponential'?"),
])
@pytest.mark.parametrize("field", ["tools.a.failures={f: {mttr_h: 1, mtbf_h: %s}}", "one.time_min=%s", "one.time_min={per_panel: %s}", "line.transport_min=%s"])
def test_a_distribution_that_is_nested_wrong_names_the_parameter(write: Write, field: str, law: str, message: str) -> None:
    """Wherever a distribution may stand."""
    assert any(message in found for found in messages_of(write(), field % law))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("id: one", "id: 1", 'an id is a word (got 1); in quotes, "1", it is text'), ("tool: a,", "tool: 7,", 'must be text (got 7); in quotes, "7", it is text'),
    ("id: one", "id: true", 'an id is a word (got true); in quotes, "true", it is text'),
    ("op: inspect", "op: weld", "no op 'weld'; ops are attach, deposit, fill"), ("op: inspect", "op: inspekt", "did you mean 'inspect'?; ops are attach"),
    ("tool: a,", "<<: {tool: a},", "'<<' (a merge key of YAML 1.1)"), ("tool: a,", "tool: a\u00a0,", "a no-break space (U+00A0) stands here"),
    ("tool: a,", "tool:\u00a0a,", "a no-break space (U+00A0) stands here"), ("panels: 2", "panels: 2\u2009", "a thin space (U+2009) stands here"),
    ("\n  release:", "\n\u00a0 release:", "no-break space (U+00A0)"), ("\n  release:", "\n\trelease:", "a tab stands before it"),
])
def test_what_is_easily_mistaken_is_told(write: Write, old: str, new: str, message: str) -> None:
    """Numbers for names, unknown ops, merge keys, and blanks that are none."""
    assert any(message in found for found in messages_of(write(LINE.replace(old, new, 1))))


@pytest.mark.parametrize(("edit", "home"), [
    ("line.units_per_panel=4", "'units_per_panel'; it stands in line.lot"), ("one.per_panel=3", "'per_panel'; it stands in a step's consumes, a step's time_h"),
    ("line.horizon_h=4", "'horizon_h'; it stands in run"), ("run.price_usd=3", "'price_usd'; it stands in parts.NAME, line.tools.NAME"),
    ("one.skip_dies=3", "'skip_dies'"),
])
def test_a_key_in_a_wrong_place_is_told_where_it_stands(write: Write, edit: str, home: str) -> None:
    """One that stands nowhere is only unknown."""
    assert any(f"unknown key {home}" in found for found in messages_of(write(), edit))


def test_blanks_inside_a_sentence_do_no_harm(write: Write) -> None:
    """A note may hold the blanks that a typesetter puts between a number and its unit."""
    assert load(write(LINE + "description: 10\u00a0µm, at a ratio of 1:\u00a02\n")).document.description == "10\u00a0µm, at a ratio of 1:\u00a02"


def told(capsys: pytest.CaptureFixture[str], path: Path, *sets: str) -> list[str]:
    assert main(["check", str(path), *(word for text in sets for word in ("--set", text))]) == 2
    return capsys.readouterr().err.splitlines()


BATCHED = LINE.replace("a: {count: 1,", "a: {count: 1, batch: {min_panels: 2, max_panels: 4},")


@pytest.mark.parametrize("edit", [
    "tools.a.batch.min_panels=8", "line.tools.a.batch.max_panels=1", "one.tool=zz", "two.consumes={glue: 1}", "one.time_s=3e30", "line.release.conwip_lots=3",
    "look.sees=[two]", "look.coverage=null", "one.x.y=3", "one.rework={to: nowhere, chance: 0.1}", "tools.a.failures={f: {mtbf_h: 1}}", "line.release.due_h=1e12",
])
def test_a_mistake_of_an_edit_is_told_by_its_name(write: Write, capsys: pytest.CaptureFixture[str], edit: str) -> None:
    """Also where what is wrong is found later, or over more than what was set: never by a line that has no mistake."""
    errors = [line for line in told(capsys, write(BATCHED), "one.load_s=1", edit) if "error: " in line]
    assert errors and all(line.startswith(f"--set {edit}") for line in errors)


def test_a_mistake_elsewhere_that_comes_with_an_edit(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The line shown is where it does not fit any more; that it did before is said. A mistake of the file stays one of the file."""
    lines = told(capsys, write(BATCHED), "line.lot.panels=9")
    assert "does not fit a" in lines[0] and lines[-1] == "without --set line.lot.panels=9 there is no error"
    lines = told(capsys, write(BATCHED.replace("min_panels: 2", "min_panels: 5")), "tools.a.batch.longest_wait_h=1", "one.load_s=1")
    assert "line.yaml:5:" in lines[0] and "without" not in lines[-1]


def test_streams_may_be_called_as_anything(write: Write) -> None:
    """Names that stand for forms inside the reader are names like others, in errors too."""
    text = LINE.replace("release: {every_h: 2}", "releases: {one: {every_h: 4}, number: {every_h: 4}, law: {every_h: 4}}")
    for name in ("one", "number", "law"):
        with pytest.raises(RecipeError) as caught:
            load(write(text), [f"line.releases.{name}.lots=0"])
        assert caught.value.problems[0].address == f"line.releases.{name}.lots"


def test_names_are_shown_where_they_are_written(write: Write) -> None:
    """A material that a process uses up and nobody knows: in the process, not at the step that is done by it."""
    path = write(LINE.replace("steps:\n", "processes:\n  coat: {tool: a, time_h: 1, consumes: {\n    pastte: 1}}\nsteps:\n  - {id: coat, process: coat}\n"))
    with pytest.raises(RecipeError) as caught:
        load(path)
    problem = caught.value.problems[0]
    assert problem.place is not None and path.read_text().splitlines()[problem.place.line - 1].strip() == "pastte: 1}}"
    assert problem.address == "coat.consumes.pastte"


PACKAGE = """extends: flows:embodiment_1.yaml
changes:
  set:
    tools.box_oven: {count: %s, batch: {min_panels: 1, max_panels: %s}}
"""


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_packages_the_tool_that_counts_is_shown(write: Write, order: tuple[str, str]) -> None:
    """Both have the tool; the one with more of them is taken, and a mistake is in its file."""
    write(PACKAGE % (2, 24), "a.yaml")
    write(PACKAGE % (5, 4), "b.yaml")
    named = "".join(f"  {name}: {{recipe: {name}.yaml, share: 1}}\n" for name in order)
    mix = write(f"packages:\n{named}line: {{lot: {{panels: 12}}, release: {{panels_per_week: 100}}}}\nrun: {{horizon_h: 100}}\n", "mix.yaml")
    with pytest.raises(RecipeError, match="takes at most 4 panels") as caught:
        make(load(mix))
    place = caught.value.problems[0].place
    assert place is not None and place.file.endswith("b.yaml") and place.line == 4


def test_what_no_step_comes_to_is_warned_of(write: Write) -> None:
    """Tools, processes, materials and parts that the recipe itself or an edit speaks of; not what a library holds beside, or what a base needs."""
    text = LINE.replace("    b: {", "    bb: {count: 9}\n    b: {").replace("materials:\n", "materials:\n  pasta: {}\n") + """
processes: {coat: {tool: a}}
parts: {lid: {material: paste, thickness_um: 1, price_usd: 1}}
"""
    found = [warning.split(": ", 1)[1] for warning in plan_of(write, text).warnings if "has no effect" in warning]
    assert found == ["line.tools.bb has no effect, since no step comes to it; did you mean 'b'?",
                     "processes.coat has no effect, since no step comes to it",
                     "materials.pasta has no effect, since no step comes to it; did you mean 'paste'?",
                     "parts.lid has no effect, since no step comes to it"]
    assert not load(write()).warnings
    variant = write("extends: line.yaml\nchanges:\n  - remove: [look, test]\n", "v.yaml")
    assert not load(variant).warnings  # the tester of the base is no slip of the pen
    assert [warning.split(": ", 1)[0] for warning in load(variant, ["tools.b.count=2"]).warnings] == ["--set tools.b.count=2"]
    package = write("extends: flows:embodiment_1.yaml\nchanges:\n  set: {tools.wire_bonder.count: 3}\n", "p.yaml")
    assert "no tool 'wire_bonder'" in messages_of(package)[0]


def test_operators_and_shifts_that_no_tool_names_are_warned_of(write: Write) -> None:
    """As tools are that no step comes to; a pool that only an unused tool names, and a shift that only such a pool works in, count for nothing."""
    text = LINE.replace("  release:", """  shifts: {day: {on_off_h: [8, 16]}, dey: {on_off_h: [8, 16]}, late: {on_off_h: [8, 16]}}
  operators: {crew: {count: 2, shift: day}, spare: {count: 1, shift: late}}
  release:""").replace("a: {count: 1,", "a: {count: 1, attended: {pool: crew, during: [load]},")
    found = [warning.split(": ", 1)[1] for warning in make(load(write(text))).warnings if "has no effect" in warning]
    assert found == ["line.operators.spare has no effect, since no tool that is used names it",
                     "line.shifts.dey has no effect, since no tool that is used names it; did you mean 'day'?",
                     "line.shifts.late has no effect, since no tool that is used names it"]
    assert not [warning for warning in load(write(text), ["tools.a.failures={f: {mtbf_h: 100, mttr_h: 1, crew: spare}}"]).warnings if "spare" in warning]


@pytest.mark.parametrize(("old", "new", "message"), [
    ("panels: 2", "panels: 2,5", "a number has a decimal point: write 2.5 (the comma ends the value here)"),
    ("count: 1, price_usd: 100000", 'count: 1, price_usd: "100,000"', "write 100.000, or of thousands 100000"),
])
def test_a_decimal_comma_is_told_as_one(write: Write, old: str, new: str, message: str) -> None:
    """In a mapping in one line, where the comma ends the value, and where the value is then text."""
    assert any(message in found for found in messages_of(write(LINE.replace(old, new, 1))))
    assert messages_of(write(), "one.time_h=1,5") == ["time_h must be a number (got the text '1,5'); a number has a decimal point: write 1.5"]


def test_a_folder_is_no_csv_file(write: Write, tmp_path: Path) -> None:
    """The message says what file is wanted: of lots in the line, or of releases."""
    (tmp_path / "folder").mkdir()
    assert messages_of(write(LINE.replace("  release:", "  start_wip: folder\n  release:"))) == [
        "'folder' is a directory; name a CSV file of lots in the line"]
    assert messages_of(write(), "line.release={schedule: folder}") == ["'folder' is a directory; name a CSV file of releases"]
    with pytest.raises(RecipeError, match="is a directory; name a CSV file of lots in the line"):
        load(write(), (), tmp_path / "folder")


def test_the_schema_lets_whole_numbers_be_ranges_too() -> None:
    """An integer of JSON schema is any number without a fraction, such as 3.0; a range may stand where it does, as in the recipe."""
    number, word = schema()["$defs"]["Tool"]["properties"]["count"]["oneOf"]
    assert {"$ref": "#/$defs/Range"} in number["anyOf"] and any(form.get("type") == "integer" for form in number["anyOf"])
    assert word["const"] == "auto"


def test_no_word_of_the_model_s_own_stands_in_an_address(write: Write) -> None:
    """What pydantic calls the forms that a value may have is known to be no key of a recipe, of each such form."""
    written = {tag for path in (ROOT / "procsim" / "model").glob("*.py") for tag in re.findall(r'Tag\("([^"]+)"\)', path.read_text(encoding="utf-8"))}
    assert written and written <= TAGS
    [problem] = problems_of(write(), "line.dispatch=[fifo, spt, edd, priority, least_setup]")
    assert problem.address == "line.dispatch" and "(" not in problem.message.partition(":")[0]
