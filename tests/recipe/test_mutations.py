"""Tests recipes that are broken at random: each gives a clear error or a plan, never a traceback, never endless work."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PACKAGES, ROOT
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.section.build import build

WORDS = ["", "~", "-1", "0", "1e400", "-1e308", "nan", ".inf", "true", "{}", "[]", "[1, {a: 2}]", "{mid: 1}", "{mid: 3, low: 4}", "{exponential: {mean: 0}}",
         "{lognormal: {mean: 1, cv: 1}}", "x", "'", "&a [*a]", "!!python/name:os.system", "copper", "99999999999999999999", "{per_via: 1}", "dies", "\t", "ü",
         "{uniform: {low: 1}}", "0x7fffffffffffffff", "1.5", "{discrete: {values: []}}", "{gamma: {mean: 1, cv: 0}}"]
KEYS = ["id", "op", "use", "as", "repeat", "set", "time_s", "yield", "steps", "extends", "mid", "product", "tool", "mask", "batch", "sees", "defects"]


def mutate(text: str, rng: random.Random) -> str:
    """*text* with a few small accidents: lines lost, doubled or swapped, values and keys replaced, indents slipped."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 4)):
        i = rng.randrange(len(lines))
        line, kind = lines[i], rng.randrange(8)
        if kind == 0:
            del lines[i]
        elif kind == 1:
            lines.insert(i, line)
        elif kind == 2:
            j = rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], line
        elif kind == 3 and ":" in line:
            head, _, _tail = line.rpartition(":")
            lines[i] = f"{head}: {rng.choice(WORDS)}" + ("}" if line.rstrip().endswith("}") else "")
        elif kind == 4 and ":" in line:
            parts = line.split(":")
            at = rng.randrange(len(parts) - 1)
            words = parts[at].rsplit(" ", 1)
            parts[at] = " ".join([*words[:-1], rng.choice(KEYS)])
            lines[i] = ":".join(parts)
        elif kind == 5:
            lines[i] = " " * rng.randint(0, 6) + line.strip()
        elif kind == 6 and line:
            at = rng.randrange(len(line))
            lines[i] = line[:at] + rng.choice("{}[]:,#&*!|>'\"%@`0a \t\x07") + line[at + 1 :]
        elif kind == 7:
            words = line.split(", ")
            rng.shuffle(words)
            lines[i] = ", ".join(words[: rng.randint(1, len(words))])
        if not lines:
            lines = [""]
    return "\n".join(lines)


def either_error_or_plan(path: Path, sets: tuple[str, ...] = ()) -> None:
    try:
        solve(make(load(path, sets)))
    except RecipeError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.message
            assert "\n" not in problem.message
            str(problem)


steady = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
wide = settings(steady, max_examples=1000)


@steady
@given(which=st.integers(0, 100), seed=st.integers(0, 2**32))
def test_broken_recipes_never_end_in_a_traceback(write: Callable[..., Path], which: int, seed: int) -> None:
    """Every shipped recipe, with accidents (many more in ``make validate``)."""
    hold_with_accidents(write, which, seed)


@pytest.mark.long
@wide
@given(which=st.integers(0, 100), seed=st.integers(0, 2**32))
def test_broken_recipes_never_end_in_a_traceback_however_many(write: Callable[..., Path], which: int, seed: int) -> None:
    """A wider search."""
    hold_with_accidents(write, which, seed)


def hold_with_accidents(write: Callable[..., Path], which: int, seed: int) -> None:
    source = PACKAGES[which % len(PACKAGES)]
    text = source.read_text(encoding="utf-8").replace("use: modules/", "use: flows:modules/")
    either_error_or_plan(write(mutate(text, random.Random(seed))))


@steady
@given(seed=st.integers(0, 2**32))
def test_broken_modules_and_libraries(write: Callable[..., Path], seed: int) -> None:
    """A library or a module of one's own, with accidents."""
    rng = random.Random(seed)
    text = PACKAGES[1].read_text(encoding="utf-8").replace("use: modules/finish", "use: flows:modules/finish").replace("use: modules/thin_film_layer.yaml", "use: m.yaml")
    library = rng.choice(["tools", "processes", "materials", "parts", "economics"])
    write(mutate((ROOT / "flows" / "library" / f"{library}.yaml").read_text(encoding="utf-8"), rng), "lib.yaml")
    module = (ROOT / "flows" / "modules" / "thin_film_layer.yaml").read_text(encoding="utf-8").replace("use: ", "use: flows:modules/")
    write(mutate(module, rng), "m.yaml")
    either_error_or_plan(write(text.replace("\nproduct:", f"\nlibrary: {{{library}: lib.yaml}}\nproduct:", 1)))


ADDRESSES = ["layer.repeat", "layer/coat.thickness_um", "product.dies.logic.pads", "product.package.width_mm", "tools.plater.count", "attach.adhesive",
             "processes.slit_coat.time_s", "materials.polyimide.price_usd_per_l", "line.lot.panels", "run.horizon_h", "polish.downto", "x", "..", "a.b.c.d",
             "product.bonding.count", "line.release", "economics.interest", "product.panel.part", "library.tools", "layer2/plate.mask", "attach.what"]


VALUES = st.one_of(st.sampled_from(WORDS), st.floats(allow_nan=False).map(str), st.integers().map(str))


@pytest.mark.long
@wide
@given(address=st.sampled_from(ADDRESSES), value=VALUES)
def test_any_edit_of_many_is_an_error_or_a_plan(address: str, value: str) -> None:
    """A wider search."""
    either_error_or_plan(ROOT / "flows" / "embodiment_1.yaml", (f"{address}={value}",))


@steady
@given(address=st.sampled_from(ADDRESSES), value=VALUES)
@example(address="line.lot.panels", value="10000")
@example(address="product.package.width_mm", value="0.001")
def test_any_edit_is_an_error_or_a_plan(address: str, value: str) -> None:
    """--set with any value at any address."""
    either_error_or_plan(ROOT / "flows" / "embodiment_1.yaml", (f"{address}={value}",))


@pytest.mark.parametrize("name", [pytest.param("embodiment_1", marks=pytest.mark.long), "embodiment_4"])
def test_leaving_out_any_step_is_an_error_or_a_package_that_works(name: str, write: Callable[..., Path]) -> None:
    """Each step removed: refused at a place, or still a connected package. (Steps swapped and moved are drawn in the tests of what is legal.)"""
    recipe = load(ROOT / "flows" / f"{name}.yaml")
    ids = [placed.id for placed in recipe.steps]
    refused = 0
    for i, step in enumerate(ids):
        path = write(f"extends: flows:{name}.yaml\nchanges: {{remove: {step}}}\n", f"r{i}.yaml")
        try:
            assert build(load(path))[-1].after.points
        except RecipeError as error:
            refused += 1
            assert error.problems[0].place is not None
    assert refused > len(ids) / 3
