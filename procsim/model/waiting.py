"""How lots come and wait: dispatch rules, limits of queue time, releases by schedule."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema, model_validator

from procsim.model.base import Model, NonNegative, Text, in_unit, one_unit
from procsim.model.steps import StepId

Rule = Literal["fifo", "priority", "spt", "edd", "critical_ratio", "least_setup", "longest_remaining_work"]
"""Which lot goes first: by order of arrival, priority number, own time at the step, due date, time to the due date over work left,
setup that it would take, or work left."""


class QueueTimeLimit(Model):
    """From the end of step *from* to the start of step *to* no more than *limit*; a lot over it is counted, or scrapped when it would start."""

    from_: StepId = Field(alias="from")
    to: StepId
    limit_s: NonNegative | None = None
    limit_min: NonNegative | None = None
    limit_h: NonNegative | None = None
    action: Literal["count", "scrap", "rework"] = "count"
    note: Text | None = None

    @model_validator(mode="after")
    def _limit(self) -> QueueTimeLimit:
        one_unit(self, "limit")
        if in_unit(self, "limit") is None:
            raise ValueError("a queue-time limit needs limit_h (or _min, _s)")
        if self.action == "rework":
            raise ValueError("action rework is not there yet: a lot over its limit can be counted (count) or taken out (scrap)")
        return self


class Start(Model):
    """One line of a schedule: at hour *at_h* of the clock *lots* lots start, due at hour *due_h* of the clock."""

    at_h: NonNegative
    lots: Annotated[int, Field(ge=1, le=100_000)] = 1
    priority: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    due_h: NonNegative | None = None


Schedule = Annotated[list[Start], Field(min_length=1), WithJsonSchema({"anyOf": [
    {"type": "string"}, {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "required": ["at_h"],
        "properties": {"at_h": {"type": "number", "minimum": 0}, "lots": {"type": "integer", "minimum": 1}, "priority": {"type": "integer"},
                       "due_h": {"type": "number", "minimum": 0}}}}]})]
"""Lines of a schedule, or the name of a CSV file of them, which is read before anything is checked."""
