"""Tests that the command line says what ops, keys and addresses mean, in the words of the model."""

from __future__ import annotations

from functools import cache

import pytest

from procsim.cli import main
from procsim.model.descriptions import descriptions
from procsim.model.explained import everywhere, explained
from procsim.model.line import Release
from procsim.model.steps import OPS


@pytest.mark.parametrize("op", [op for op in OPS if op])
def test_every_op_says_what_it_does_and_what_it_takes(op: str) -> None:
    """The op first, then the keys that are its own, none of which every step has."""
    first, *keys = explained(op)
    assert (first.key, first.where) == (op, "op") and first.meaning
    assert {one.key for one in keys} == set(descriptions(OPS[op])) - set(descriptions(OPS[None])) - {"op"}


def test_every_key_says_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all models of a recipe: those of one name once for each meaning, and none without one."""
    known = cache(descriptions)  # each model is read once for all keys
    monkeypatch.setattr("procsim.model.explained.descriptions", known)
    meanings = cache(lambda key: {one.meaning for one in explained(key)})
    for model in everywhere():
        for key, text in known(model).items():
            assert text in meanings(key) or key in OPS, (model.__name__, key)


@pytest.mark.parametrize(("address", "meaning"), [
    ("line.release.every_h", descriptions(Release)["every_h"]), ("line.releases.hot.every_h", descriptions(Release)["every_h"]),
    ("mould.over_um", descriptions(OPS["fill"])["over_um"])])
def test_an_address_means_one_thing(address: str, meaning: str) -> None:
    """Names in mappings, and of steps, may be any."""
    assert [one.meaning for one in explained(address)] == [meaning]


def test_what_is_nothing_is_told_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    assert main(["explain", "planarise"]) == 2
    assert "no op, key or address 'planarise'; did you mean 'planarize'" in capsys.readouterr().err
    assert main(["explain", "over_um"]) == 0
    assert "over_um  (" in capsys.readouterr().out
