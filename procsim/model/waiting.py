"""Describes how lots come and wait: dispatch rules, queue-time limits, releases by schedule, lots that are there at the start."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from procsim.model.base import Model, Name, NonNegative, Sized, Text, one_of
from procsim.model.durations import LONGEST_H, in_unit, one_unit
from procsim.model.rework import Again, StepId

DISPATCH: dict[str, str] = {
    "fifo": "order of arrival",
    "priority": "priority number",
    "spt": "own time at the step",
    "edd": "due date",
    "critical_ratio": "time to the due date over work left",
    "least_setup": "setup that it would take",
    "longest_remaining_work": "work left",
}
"""Dispatch rule → by what it says which lot goes first; what each does in a run stands in ``engine.rules.queues``."""
Rule = Annotated[str, one_of(DISPATCH)]
MOST_RULES = 4
"""Rules that are compared in order, at most."""


def _one_or_several(value: object) -> str:
    return "(in order)" if isinstance(value, list | tuple) else "(one)"


def _each_decides(rules: list[str]) -> list[str]:
    """*rules*, of which each may decide what those before it leave open."""
    twice = [rule for i, rule in enumerate(rules) if rule in rules[:i]]
    if twice:
        raise ValueError(f"{twice[0]} stands twice, and decides nothing the second time")
    if "fifo" in rules[:-1]:
        raise ValueError("fifo leaves nothing to decide for a rule after it: let it be the last")
    return rules


_Rules = Annotated[list[Rule], Field(min_length=1, max_length=MOST_RULES), AfterValidator(_each_decides)]
Dispatch = Annotated[Annotated[Rule, Tag("(one)")] | Annotated[_Rules, Tag("(in order)")], Discriminator(_one_or_several)]
"""A dispatch rule, or several that are compared in order, the next where those before it make no difference."""


class QueueTimeLimit(Model):
    """The longest time from the end of one step to the start of another; each lot has its own clock."""

    from_: StepId = Field(alias="from")
    """The step whose end starts the clock."""
    to: StepId
    """The step whose start stops it."""
    limit_s: NonNegative | None = None
    limit_min: NonNegative | None = None
    limit_h: NonNegative | None = None
    """The longest time between."""
    action: Literal["count", "scrap", "rework"] = "count"
    """Whether a lot over it is counted, scrapped when it would start, or sent back then."""
    rework: Again | None = None
    """The way back; left out: to the step where the limit begins."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _limit(self) -> QueueTimeLimit:
        one_unit(self, "limit")
        if in_unit(self, "limit") is None:
            raise ValueError("a queue-time limit needs limit_h (or _min, _s)")
        if self.rework is not None and self.action != "rework":
            raise ValueError(f"rework says how a lot over its limit goes back, but action is {self.action}")
        return self

    @property
    def again(self) -> Again | None:
        """The way back of a lot over its limit; None where there is none."""
        return (self.rework or Again()) if self.action == "rework" else None


Hours = Annotated[float, Field(ge=0, le=LONGEST_H), Sized]
Before = Annotated[float, Field(ge=-LONGEST_H, le=0, allow_inf_nan=False)]
Hour = Annotated[float, Field(ge=-LONGEST_H, le=LONGEST_H, allow_inf_nan=False)]


class Start(Model):
    """One line of a schedule."""

    at_h: Hours
    """When the lots start, in hours of the clock."""
    lots: Annotated[int, Field(ge=1, le=100_000)] = 1
    """How many."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    """Their priority; left out: the stream's."""
    due_h: Hours | None = None
    """When they are due, in hours of the clock."""


Schedule = Annotated[list[Start], Field(min_length=1), WithJsonSchema({"anyOf": [
    {"type": "string"}, {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "required": ["at_h"],
        "properties": {"at_h": {"type": "number", "minimum": 0}, "lots": {"type": "integer", "minimum": 1}, "priority": {"type": "integer"},
                       "due_h": {"type": "number", "minimum": 0}}}}]})]
"""Lines of a schedule, or the name of a CSV file of them, which is read before anything is checked."""


class Found(Model):
    """A lot that is in the line at time 0. Lots that are worked on by the same tool share a run."""

    stream: Name | None = None
    """The release stream whose lot it is."""
    product: Name | None = None
    """The same as `stream`, by the product's name."""
    step: StepId
    """The step where it is, or is going to."""
    pass_: Annotated[int, Field(ge=0, le=10_000)] = Field(default=0, alias="pass")
    """Its pass of that step by rework, from 0."""
    panels: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Panels that are left of it; left out: a whole lot."""
    released_h: Before = 0.0
    """When it came into the line, at or before 0."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    """Its priority; left out: the stream's."""
    due_h: Hour | None = None
    """When it is due, in hours of the clock."""
    since_h: Hour = 0.0
    """When it came to its step; above 0, it is on its way and comes then."""
    remaining_h: Hours | None = None
    """It is being worked on, for so long from now."""
    out_h: Hours | None = None
    """It is past the entrance of an in-line tool, and out of it in so long."""
    tool: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """The number of the tool that works on it, from 1; left out: the first one free."""
    done_by: dict[StepId, Annotated[int, Field(ge=1, le=10_000)]] = {}
    """Which tool did a step that a later one must come back to: `{expose: 2}`."""

    @model_validator(mode="after")
    def _in_order(self) -> Found:
        if self.released_h > self.since_h:
            raise ValueError(f"a lot cannot come to its step before it is released (since_h {self.since_h:g}, released_h {self.released_h:g})")
        worked = [name for name in ("remaining_h", "out_h") if getattr(self, name) is not None]
        if worked and self.since_h > 0:
            raise ValueError(f"a lot that is being worked on ({worked[0]}) is not on its way: since_h must be <= 0")
        if self.tool is not None and not worked:
            raise ValueError("tool says which one works on the lot: give remaining_h, what is left of the run")
        if len(worked) > 1:
            raise ValueError("remaining_h is of a lot at the entrance of an in-line tool, out_h of one past it: give one of them")
        return self


def _form_of(model: type[Model]) -> dict[str, object]:
    """The JSON schema of a list of *model*, or of the name of a file of them."""
    found = model.model_json_schema(by_alias=True)
    return {"anyOf": [{"type": "string"}, {"type": "array", "items": {key: found[key] for key in found if key not in ("title", "description")}}]}


StartWip = Annotated[list[Found], Field(min_length=1), WithJsonSchema(_form_of(Found))]
"""Lots that are in the line at time 0, or the name of a CSV file of them, which is read before anything is checked."""
