"""Gathers the steps of a flow in groups that a reader knows: a wiring layer, a module, a stretch of the recipe itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from pathlib import PurePosixPath

LONG = 9
"""Steps of the recipe itself, one after another, that a reader takes in as one stretch."""
BEGINS = frozenset({"attach", "bond", "singulate"})
"""Ops that begin a stretch of their own where there are more: something joins the package, or it is cut free."""
SHORT = 3
"""Fewer steps than these, at the beginning, are no stretch of their own."""


def step_groups(steps: Sequence[str], sources: Sequence[str], ops: Sequence[object] = ()) -> list[str]:
    """The group of each step. Steps under one prefix (``layer1/…``) are one, steps that come from a module's file another; of those that the recipe
    itself holds, every stretch is called by its first and its last. A long stretch is parted where a piece joins the package or it is cut free, by
    the *ops* of the steps.

    >>> step_groups(["clean", "attach", "layer1/coat", "layer1/via/cure", "look", "mark", "cut"],
    ...             ["a.yaml:1", "a.yaml:2", "m/film.yaml:1", "m/via.yaml:3", "a.yaml:9", "modules/saw.yaml:1", "modules/saw.yaml:2"])
    ['clean … attach', 'clean … attach', 'layer1', 'layer1', 'look', 'saw', 'saw']
    >>> step_groups(["thin/coat", "thin/cure", "flat/layer1/coat"], ["a.yaml:1", "a.yaml:2", "m/film.yaml:1"])
    ['thin/coat … cure', 'thin/coat … cure', 'flat/layer1/coat']
    >>> step_groups([*"abcdefghij"], ["a.yaml:1"] * 10, ["bake", "attach", *["bake"] * 4, "attach", *["bake"] * 3])
    ['a … f', 'a … f', 'a … f', 'a … f', 'a … f', 'a … f', 'g … j', 'g … j', 'g … j', 'g … j']
    """
    ops = ops or [""] * len(steps)
    if all("/" in step for step in steps):
        return _of_packages(steps, sources, ops)
    keys = _parted([_key(step, source) for step, source in zip(steps, sources, strict=True)], ops)
    found: list[str] = []
    for (kind, name), members in groupby(zip(keys, steps, strict=True), key=lambda pair: pair[0]):
        own = [step for _, step in members]
        words = own[0] if len(own) == 1 else name if kind != "own" else f"{own[0]} … {own[-1]}"
        found += [words if words not in found else f"{own[0]} … {own[-1]}"] * len(own)
    return found


def _parted(keys: Sequence[tuple[str, str]], ops: Sequence[object]) -> list[tuple[str, str]]:
    """The same keys, those of each long stretch of the recipe's own steps numbered by what joins the package in it."""
    found: list[tuple[str, str]] = []
    for key, members in groupby(zip(keys, ops, strict=True), key=lambda pair: pair[0]):
        begins = [int(op in BEGINS and n >= SHORT) for n, (_, op) in enumerate(members)]
        long = key[0] == "own" and len(begins) > LONG
        found += [("own", str(n)) for n in accumulate(begins)] if long else [key] * len(begins)
    return found


def _of_packages(steps: Sequence[str], sources: Sequence[str], ops: Sequence[object]) -> list[str]:
    """Of several packages on one line, whose steps bear the package's name: the groups of each package under that name."""
    found: list[str] = []
    for package, members in groupby(zip(steps, sources, ops, strict=True), key=lambda row: row[0].split("/")[0]):
        own = list(members)
        inner = step_groups([step.partition("/")[2] for step, _, _ in own], [source for _, source, _ in own], [op for _, _, op in own])
        found += [f"{package}/{name}" for name in inner]
    return found


def _key(step: str, source: str) -> tuple[str, str]:
    """What steps of one group have in common."""
    file = PurePosixPath(source.rpartition(":")[0] or source)
    if "/" in step:
        return "prefix", step.split("/")[0]
    return ("module", file.stem) if file.parent.name.endswith("modules") else ("own", "")
