"""Gathers the steps of a flow in groups that a reader knows: a wiring layer, a module, a stretch of the recipe itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePosixPath


def step_groups(steps: Sequence[str], sources: Sequence[str]) -> list[str]:
    """The group of each step. Steps under one prefix (``layer1/…``) are one, steps that come from a module's file another; of those that the recipe
    itself holds, every stretch is called by its first and its last.

    >>> step_groups(["clean", "attach", "layer1/coat", "layer1/via/cure", "look", "mark", "cut"],
    ...             ["a.yaml:1", "a.yaml:2", "m/film.yaml:1", "m/via.yaml:3", "a.yaml:9", "modules/saw.yaml:1", "modules/saw.yaml:2"])
    ['clean … attach', 'clean … attach', 'layer1', 'layer1', 'look', 'saw', 'saw']
    >>> step_groups(["thin/coat", "thin/cure", "flat/layer1/coat"], ["a.yaml:1", "a.yaml:2", "m/film.yaml:1"])
    ['thin/coat … cure', 'thin/coat … cure', 'flat/layer1/coat']
    """
    if all("/" in step for step in steps):
        return _of_packages(steps, sources)
    keys = [_key(step, source) for step, source in zip(steps, sources, strict=True)]
    found: list[str] = []
    for (kind, name), members in groupby(zip(keys, steps, strict=True), key=lambda pair: pair[0]):
        own = [step for _, step in members]
        words = own[0] if len(own) == 1 else name if kind != "own" else f"{own[0]} … {own[-1]}"
        found += [words if words not in found else f"{own[0]} … {own[-1]}"] * len(own)
    return found


def _of_packages(steps: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Of several packages on one line, whose steps bear the package's name: the groups of each package under that name."""
    found: list[str] = []
    for package, members in groupby(zip(steps, sources, strict=True), key=lambda pair: pair[0].split("/")[0]):
        own = list(members)
        inner = step_groups([step.partition("/")[2] for step, _ in own], [source for _, source in own])
        found += [f"{package}/{name}" for name in inner]
    return found


def _key(step: str, source: str) -> tuple[str, str]:
    """What steps of one group have in common."""
    file = PurePosixPath(source.rpartition(":")[0] or source)
    if "/" in step:
        return "prefix", step.split("/")[0]
    return ("module", file.stem) if file.parent.name.endswith("modules") else ("own", "")
