"""Describes tool groups: how many tools, what runs together, how they fail and what is planned for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from procsim.model.base import Amount, Model, Name, NonNegative, Positive, PracticalShare, Share, Text, Whole, in_unit, one_unit
from procsim.model.duty import Attendance, Setup, State, attendance
from procsim.model.waiting import Dispatch

Together = Literal["step", "process", "product", "any"]
"""What lots of one batch have in common; *product*: the step too."""


def _one_or_by_step(value: Any) -> str:
    return "(by step)" if isinstance(value, dict) else "(one)"


class Batch(Model):
    """Lots worked together, sizes in panels: a run starts with *min_panels*, or when its first member has waited *longest_wait*.
    *by* may differ from step to step, ``{s1: any, s5: product}``; a step that it leaves out goes by step. Lots of a product among *guests* may
    run with those of any other at the step, and with no more of their own than is said: ``{test_wafers: 1}``."""

    min_panels: Whole = 1
    max_panels: Whole
    longest_wait_s: NonNegative | None = None
    longest_wait_min: NonNegative | None = None
    longest_wait_h: NonNegative | None = None
    guests: dict[State, Whole] = {}
    by: Annotated[Annotated[Together, Tag("(one)")] | Annotated[dict[State, Together], Tag("(by step)")], Discriminator(_one_or_by_step)] = "step"

    def by_at(self, step: str) -> Together:
        """What the lots of a batch at *step* have in common."""
        return self.by if isinstance(self.by, str) else self.by.get(step, "step")

    @model_validator(mode="after")
    def _sizes(self) -> Batch:
        one_unit(self, "longest_wait")
        if self.min_panels > self.max_panels:
            raise ValueError(f"min_panels must be <= max_panels (got {self.min_panels} > {self.max_panels})")
        return self


class Inline(Model):
    """A tool that holds *panels* at once in a row: the next panel enters before the last is out."""

    panels: Annotated[int, Field(ge=2, le=10_000)]


class Failure(Model):
    """A way to break down. A plain ``mtbf``/``mttr`` is the mean of an exponential; write a distribution for another law.

    ``clock: calendar`` runs while the tool is up, idle or not; ``busy`` only while it works. Work in progress resumes or is scrapped.
    A repair waits for an operator of the pool *crew*, where one is named.
    """

    mtbf_s: Amount | None = None
    mtbf_min: Amount | None = None
    mtbf_h: Amount | None = None
    mttr_s: Amount | None = None
    mttr_min: Amount | None = None
    mttr_h: Amount | None = None
    clock: Literal["calendar", "busy"] = "calendar"
    work: Literal["resume", "scrap"] = "resume"
    crew: Name | None = None

    @model_validator(mode="after")
    def _both(self) -> Failure:
        one_unit(self, "mtbf", "mttr")
        if in_unit(self, "mtbf") is None or in_unit(self, "mttr") is None:
            raise ValueError("a failure needs mtbf_h and mttr_h (or _min, _s)")
        return self


class Maintenance(Model):
    """Planned work on a tool (maintenance, or engineering), due ``every_h`` of the clock or *every_panels*; it waits for the run in
    progress, and for an operator of the pool *crew*, where one is named. By the clock the tools of a group take turns: of n tools the first is due
    ``first_at_h`` after time 0 (left out: at the n-th part of ``every_h``), and each of the others an n-th part of ``every_h`` after the one before;
    *together*, all at ``first_at_h`` (left out: at ``every_h``)."""

    every_s: Positive | None = None
    every_min: Positive | None = None
    every_h: Positive | None = None
    every_panels: Positive | None = None
    takes_s: Amount | None = None
    takes_min: Amount | None = None
    takes_h: Amount | None = None
    first_at_s: NonNegative | None = None
    first_at_min: NonNegative | None = None
    first_at_h: NonNegative | None = None
    together: bool = False
    crew: Name | None = None

    @model_validator(mode="after")
    def _due(self) -> Maintenance:
        one_unit(self, "every", "takes", "first_at")
        if (in_unit(self, "every") is None) == (self.every_panels is None):
            raise ValueError("planned work is due every_h (or _min, _s) or every_panels, one of them")
        if in_unit(self, "takes") is None:
            raise ValueError("planned work needs takes_h (or _min, _s)")
        if self.every_panels is not None and (self.together or in_unit(self, "first_at") is not None):
            raise ValueError("first_at_h and together are of planned work that is due by the clock; panels are counted from the start of the run")
        return self


def _count(value: Any) -> str:
    return "(number or auto)" if isinstance(value, str) else "(number)"


Count = Annotated[Annotated[Annotated[int, Field(ge=1, le=10_000)], Tag("(number)")] | Annotated[Literal["auto"], Tag("(number or auto)")],
                  Discriminator(_count)]
"""A number of tools; *auto*: as many as what is released takes."""


class Tool(Model):
    """A tool group: *count* machines that share one queue, or ``auto``, as many as the line's ``max_load`` asks for. With *speeds* they are unlike:
    one for each tool, in order of preference; the work of a run (not its load and unload), and the way through an in-line tool, take their time
    divided by the tool's speed. *engineering* is planned as maintenance is, but the tool is up meanwhile (SEMI E10): it does not make product, though
    it could. *made_for* is the form of panel that its price, its speed and what it holds are of, and its *kinds* say what sorts of machine
    it is, in the words of ``can: {tools: …}``; one that says none may do anything."""

    kinds: list[Name] = []
    count: Count = 1
    speeds: Annotated[list[Annotated[float, Field(ge=0.001, le=1000)]], Field(min_length=1, max_length=10_000)] | None = None
    batch: Batch | None = None
    inline: Inline | None = None
    load_s: Amount | None = None
    load_min: Amount | None = None
    load_h: Amount | None = None
    unload_s: Amount | None = None
    unload_min: Amount | None = None
    unload_h: Amount | None = None
    failures: dict[Name, Failure] = {}
    maintenance: dict[Name, Maintenance] = {}
    engineering: dict[Name, Maintenance] = {}
    dispatch: Dispatch | None = None
    preempt: bool = False
    buffer_lots: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    setup: Setup | None = None
    shift: Name | None = None
    attended: Attendance | None = None
    operators: NonNegative = 0.0
    price_usd: NonNegative = 0.0
    life_years: Positive | None = None
    residual_value: Share | None = None
    installation: NonNegative | None = None
    upkeep: NonNegative | None = None
    footprint_m2: NonNegative = 0.0
    power_kw: NonNegative = 0.0
    practical_capacity: PracticalShare | None = None
    made_for: Literal["panel", "wafer", "strip"] | None = None
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _kind(self) -> Tool:
        one_unit(self, "load", "unload")
        if self.batch is not None and self.inline is not None:
            raise ValueError("a tool is a batch tool or an in-line tool, not both")
        if self.speeds is not None and self.count == "auto":
            raise ValueError("speeds names its tools one by one, and count: auto has none to choose: leave count out")
        if self.speeds is not None and "count" in self.model_fields_set and self.count != len(self.speeds):
            raise ValueError(f"speeds has one number for each tool: {len(self.speeds)} of them, but count is {self.count}; leave count out")
        phases = attendance(self.attended)
        if self.inline is not None and "unload" in phases:
            raise ValueError("an in-line tool is unloaded at its exit, past which nobody waits for an operator: setup, load and run may be attended")
        if self.preempt and (self.batch is not None or self.inline is not None):
            raise ValueError("preempt is for tools that work one lot at a time: a batch or in-line tool cannot be interrupted")
        if self.preempt and self.buffer_lots is not None:
            raise ValueError("preempt and buffer_lots do not go together: a lot that is interrupted needs a place to wait")
        return self

    @property
    def size(self) -> int:
        """Tools in the group; one where their number is still to be found."""
        return (self.count if self.count != "auto" else 1) if self.speeds is None else len(self.speeds)
