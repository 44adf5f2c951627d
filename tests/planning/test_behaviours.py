"""Tests that every behaviour of the line is shown at work: a field that the language has is used by a shipped recipe or what-if."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args, get_origin

import pytest
from conftest import PACKAGES, WHATIFS, loaded

from procsim.model.base import Model
from procsim.model.duty import Attended, Pool, Setup, Shift
from procsim.model.line import Line, Release
from procsim.model.process import Learning, Repair
from procsim.model.rework import Rework
from procsim.model.steps import Step
from procsim.model.tool import Batch, Failure, Inline, Maintenance, Tool
from procsim.model.waiting import DISPATCH, QueueTimeLimit

CLASSES = (Line, Release, Tool, Batch, Inline, Failure, Maintenance, Setup, Shift, Pool, Attended, QueueTimeLimit, Rework, Repair, Learning)
OF_STEPS = ("sees", "same_tool_as", "rework", "rework_only", "sample", "sample_every", "skip_known_bad", "coverage",
            "fault_coverage", "false_reject", "retest", "repair", "infant_ppm", "burn_in")
ELSEWHERE = {("Release", "note"), ("Tool", "note"), ("Line", "note"), ("QueueTimeLimit", "note"), ("Tool", "source"), ("Repair", "source"),
             ("Release", "first_at"), ("Release", "lots"), ("Tool", "life_years"), ("Tool", "installation"), ("Tool", "upkeep"),
             ("Tool", "practical_capacity"), ("Shift", "starts"), ("Shift", "starts=off"), ("Rule", "dispatch=fifo")}
"""What is no behaviour, or what only a line that begins or ends needs: tests/theory has recipes of those."""


def _stem(name: str) -> str:
    """A field without its unit of time: that an hour may be written in minutes is no behaviour of its own."""
    return re.sub(r"_(s|min|h)$", "", name)


def _choices(name: str, annotation: object) -> Iterator[str]:
    """``name=value`` for each word that a field may be set to."""
    if get_origin(annotation) is Literal:
        yield from (f"{name}={value}" for value in get_args(annotation))
    else:
        for inner in get_args(annotation):
            yield from _choices(name, inner)


def _used(value: object) -> Iterator[tuple[str, str]]:
    """(class, field) of everything set inside *value*, with the words chosen."""
    if isinstance(value, Model):
        for name in value.model_fields_set:
            inner = getattr(value, name)
            if inner is not None:
                yield type(value).__name__, _stem(name)
                for word in [inner] if isinstance(inner, str) else inner if isinstance(inner, list) else []:
                    yield "Rule" if name == "dispatch" else type(value).__name__, f"{_stem(name)}={word}"
            yield from _used(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _used(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _used(inner)


@pytest.fixture(scope="module")
def used() -> set[tuple[str, str]]:
    """Every field that some shipped recipe sets on the line, on the tool groups it visits, or on a step."""
    found: set[tuple[str, str]] = set()
    for path in (*PACKAGES, *WHATIFS):
        recipe = loaded(path)
        visited = {placed.step.tool for placed in recipe.steps}
        found |= set(_used(recipe.document.line)) | {pair for name, tool in recipe.document.tools.items() if name in visited for pair in _used(tool)}
        for placed in recipe.steps:
            found |= {("Step", name) for name in OF_STEPS if name in placed.step.model_fields_set}
            found |= {pair for part in (placed.step.rework, placed.step.repair, placed.step.defects) for pair in _used(part)}
    return found


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_field_of_the_line_is_used_by_a_shipped_recipe(cls: type[Model], used: set[tuple[str, str]]) -> None:
    """Fields by their stem; words by their value, but for the one that is the default."""
    wanted = {(cls.__name__, _stem(name)) for name in cls.model_fields}
    for name, field in cls.model_fields.items():
        owner = "Rule" if name == "dispatch" else cls.__name__
        words = (f"dispatch={rule}" for rule in DISPATCH) if name == "dispatch" else _choices(_stem(name), field.annotation)
        wanted |= {(owner, word) for word in words if not word.endswith(f"={field.default}")}
    assert sorted(wanted - ELSEWHERE - used) == []


def test_every_rule_of_a_step_is_used_by_a_shipped_recipe(used: set[tuple[str, str]]) -> None:
    """Sampling, rework, dedication, skipping: on some step of some recipe."""
    assert set(OF_STEPS) <= set(Step.model_fields)
    assert sorted({("Step", name) for name in OF_STEPS} - used) == []
