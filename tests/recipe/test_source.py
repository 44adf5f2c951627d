"""Tests the reading of YAML: strict, bounded, safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.recipe.source import MAX_DEPTH, read_file, read_text
from procsim.recipe.tree import plain


@pytest.mark.parametrize(("text", "value"), [
    ("1e-3", 0.001), ("1.5E+2", 150), ("12", 12), ("-0.5", -0.5), (".5", 0.5), ("0x10", 16), ("true", True), ("~", None),
    ("no", "no"), ("on", "on"), ("12:30", "12:30"), ("0123", 123), ("2024-01-02", "2024-01-02"), ("'1'", "1"), ('"true"', "true"), ("1_000", "1_000"),
])
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """``1e-3`` is a number, ``no`` and ``12:30`` are text, quotes make text."""
    found = plain(read_text(f"x: {text}", "t"))["x"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "reason"), [
    ("a: 1\na: 2", "written twice"),
    ("a: !!python/object/apply:os.system ['true']", "tag"),
    ("a: [1, 2", "not YAML"),
    ("a: 1\n---\nb: 2", "not YAML"),
    ("? [1, 2]\n: 3", "plain word"),
    ("a: &x [*x]", "nested deeper"),
    ("a: " + "[" * 60 + "]" * 60, "nested deeper"),
    ("a: " + "[" * 5000 + "]" * 5000, "nested deeper"),
    ("a: " + "9" * 5000, "too long"),
    ("\x00", "not YAML"),
])
def test_what_is_no_plain_yaml_is_refused(text: str, reason: str) -> None:
    """Double keys, tags, broken or bottomless files: one clear line."""
    with pytest.raises(RecipeError, match=reason):
        read_text(text, "t")


def test_a_text_may_be_nested_as_deep_as_is_allowed_and_no_deeper() -> None:
    """Forty levels are read, of the next the place is told where it begins."""
    def nested(levels: int) -> str:
        return "a:\n  " + "[" * (levels - 1) + "1" + "]" * (levels - 1)

    assert plain(read_text(nested(MAX_DEPTH), "t"))["a"]
    with pytest.raises(RecipeError, match=f"^t:2:{2 + MAX_DEPTH}: error: is nested deeper than {MAX_DEPTH} levels"):
        read_text(nested(MAX_DEPTH + 1), "t")


def test_a_billion_laughs_are_cut_short() -> None:
    """Nested aliases may not blow up."""
    text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    text += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))
    with pytest.raises(RecipeError, match="more than 100000 values"):
        read_text(text, "t")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A directory, a missing file, an empty one, a list, bytes: each says what it is."""
    cases = {"": "empty", "# nothing\n": "empty", "- 1\n": "must be a mapping", "5": "must be a mapping"}
    for text, reason in cases.items():
        path = tmp_path / "r.yaml"
        path.write_text(text)
        with pytest.raises(RecipeError, match=reason):
            read_file(path)
    (tmp_path / "r.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(RecipeError, match="not a text file"):
        read_file(tmp_path / "r.yaml")
    with pytest.raises(RecipeError, match="directory"):
        read_file(tmp_path)
    with pytest.raises(RecipeError, match=r"no such file; this folder has r\.yaml"):
        read_file(tmp_path / "s.yaml")


def test_places_point_at_the_text() -> None:
    """Line, column and source line of a value."""
    node = read_text("a: 1\nb:\n  c: oops\n", "t").mapping["b"].mapping["c"]
    assert (node.place.line, node.place.column, node.place.text) == (3, 6, "  c: oops")


def test_a_text_is_parsed_once_for_each_file_that_holds_it() -> None:
    """Recipes share their libraries; a file of the same words has places of its own, and a file that has changed is read anew."""
    assert read_text("a: 1\n", "t") is read_text("a: 1\n", "t")
    assert read_text("a: 1\n", "other").place.file == "other"
    assert read_text("a: 2\n", "t").mapping["a"].value == 2


def test_a_file_that_is_not_there_is_told_with_what_was_meant(tmp_path: Path) -> None:
    """The nearest name of the folder, with or without the ending; of a link where it leads."""
    for name in ("zinc.yaml", *(f"a{n}.yaml" for n in range(9))):
        (tmp_path / name).write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "link.yaml").symlink_to("nowhere.yaml")
    for written, told in (("zink.yaml", r"no such file; did you mean 'zinc\.yaml'\?"), ("zinc", r"no such file; did you mean 'zinc\.yaml'\?"),
                          ("quite_else.yaml", r"this folder has a0\.yaml, .* …"), ("link.yaml", r"link\.yaml: error: is a link to nowhere\.yaml")):
        with pytest.raises(RecipeError, match=told):
            read_file(tmp_path / written)


def test_a_what_if_in_a_folder_of_its_own_is_told_how_to_reach_what_it_extends(tmp_path: Path) -> None:
    """No path leaves the recipe's folder, but for that of one called whatif."""
    (tmp_path / "base.yaml").write_text("name: base\n", encoding="utf-8")
    (tmp_path / "edits").mkdir()
    (tmp_path / "edits" / "one.yaml").write_text("extends: ../base.yaml\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"leads outside the recipe tree .*; put both into one folder, or .* into a folder called whatif"):
        load(tmp_path / "edits" / "one.yaml")
