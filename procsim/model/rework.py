"""Describes the way back of a lot: through which steps, where it goes on again, and how often."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from procsim.model.base import Model, Share

StepId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$", max_length=200)]
"""A step's name, or a path of names such as ``layer1/coat``."""


class Again(Model):
    """The way back: through the steps *via*, and then again from the step *to* on."""

    to: StepId | None = None
    """The step from which the lot goes on again; left out in a queue-time limit: the step where the limit begins."""
    via: list[StepId] = []
    """Steps on the way back, such as strip and clean; `rework_only` steps are visited here alone."""
    limit: Annotated[int, Field(ge=0, le=200)] = 1
    """Passes; a lot that is to go back once more is scrapped, or goes on."""
    after_limit: Literal["scrap", "go_on"] = "scrap"
    """Whether it is then scrapped or goes on as it is."""


class Rework(Again):
    """Sends a lot back with *chance*."""

    chance: Share
    """Chance that a lot is sent back, decided anew at the end of each pass."""
