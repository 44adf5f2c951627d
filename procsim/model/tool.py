"""Describes tool groups: how many tools, what runs together, how they fail and what is planned for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from procsim.model.amounts import Amount
from procsim.model.base import Model, Name, NonNegative, Positive, PracticalShare, Share, Text, Whole
from procsim.model.durations import in_unit, one_unit
from procsim.model.duty import Attendance, Setup, State, attendance
from procsim.model.waiting import Dispatch

Together = Literal["step", "process", "product", "any"]
"""What lots of one batch have in common; *product*: the step too."""


def _one_or_by_step(value: Any) -> str:
    return "(by step)" if isinstance(value, dict) else "(one)"


class Batch(Model):
    """Lots worked together; sizes are in panels."""

    min_panels: Whole = 1
    """Panels with which a run starts at once."""
    max_panels: Whole
    """Panels that one run holds."""
    longest_wait_s: NonNegative | None = None
    longest_wait_min: NonNegative | None = None
    longest_wait_h: NonNegative | None = None
    """A run starts with less when its first lot has waited so long; left out: it waits for `min_panels`."""
    guests: dict[State, Whole] = {}
    """Products that may run with any other at the step, with no more of their own lots than is said: `{test_wafers: 1}`."""
    by: Annotated[Annotated[Together, Tag("(one)")] | Annotated[dict[State, Together], Tag("(by step)")], Discriminator(_one_or_by_step)] = "step"
    """What the lots of a batch have in common: step, process, product (and step) or nothing (`any`); or so for each step."""

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
    """Panels that are in the tool at once, one behind the other: the next enters before the last is out."""


class Failure(Model):
    """A way to break down."""

    mtbf_s: Amount | None = None
    mtbf_min: Amount | None = None
    mtbf_h: Amount | None = None
    """Time between failures by the clock below: a number is the mean of an exponential, or a distribution."""
    mttr_s: Amount | None = None
    mttr_min: Amount | None = None
    mttr_h: Amount | None = None
    """Time to repair: a number is the mean of an exponential, or a distribution."""
    clock: Literal["calendar", "busy"] = "calendar"
    """Whether the tool ages by the calendar, idle or not, or only while it works."""
    work: Literal["resume", "scrap"] = "resume"
    """Whether work in progress is resumed after the repair or scrapped."""
    crew: Name | None = None
    """The pool of operators one of whom a repair waits for."""

    @model_validator(mode="after")
    def _both(self) -> Failure:
        one_unit(self, "mtbf", "mttr")
        if in_unit(self, "mtbf") is None or in_unit(self, "mttr") is None:
            raise ValueError("a failure needs mtbf_h and mttr_h (or _min, _s)")
        return self


class Maintenance(Model):
    """Planned work on a tool, due by the clock or by panels. It waits for the run in progress. By the clock the tools of a group take turns:
    each of n tools is due an n-th part of the interval after the one before."""

    every_s: Positive | None = None
    every_min: Positive | None = None
    every_h: Positive | None = None
    """Due so often by the clock; the run in progress is finished first."""
    every_panels: Positive | None = None
    """Due after so many panels of the tool."""
    takes_s: Amount | None = None
    takes_min: Amount | None = None
    takes_h: Amount | None = None
    """How long it takes."""
    first_at_s: NonNegative | None = None
    first_at_min: NonNegative | None = None
    first_at_h: NonNegative | None = None
    """When the first tool of the group is due first; left out: tools take turns from the n-th part of the interval on."""
    together: bool = False
    """Whether all tools of the group are due at once instead of in turn."""
    crew: Name | None = None
    """The pool of operators one of whom it waits for."""

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
    """A tool group: machines that share one queue. Its load and unload are not divided by its tools' speeds. *engineering* is planned as
    maintenance is, but the tool is up meanwhile (SEMI E10): it does not make product, though it could."""

    kinds: list[Name] = []
    """Which sorts of machine it is; a process that says its `tools` runs on these only. None: it may do anything."""
    count: Count = 1
    """Machines that share one queue; `auto`: the fewest that keep the load at `line.max_load`."""
    speeds: Annotated[list[Annotated[float, Field(ge=0.001, le=1000)]], Field(min_length=1, max_length=10_000)] | None = None
    """One factor for each tool, in order of preference, where tools are unlike: the work takes its time divided by it."""
    batch: Batch | None = None
    """Works several lots at once, with a time that does not depend on their number."""
    inline: Inline | None = None
    """Takes the next panel in before the last is out: a belt, a row of chambers."""
    load_s: Amount | None = None
    load_min: Amount | None = None
    load_h: Amount | None = None
    """Time to load a run, for every process on it that says none."""
    unload_s: Amount | None = None
    unload_min: Amount | None = None
    unload_h: Amount | None = None
    """Time to unload a run, for every process on it that says none."""
    failures: dict[Name, Failure] = {}
    """Ways to break down, by name."""
    maintenance: dict[Name, Maintenance] = {}
    """Planned work in which the tool is down, by name."""
    engineering: dict[Name, Maintenance] = {}
    """Planned time for engineers, by name: the tool is up, but makes no product."""
    dispatch: Dispatch | None = None
    """Which waiting lot a free tool takes; left out: `line.dispatch`."""
    preempt: bool = False
    """Whether a lot of higher priority interrupts the one in work, which goes on later."""
    buffer_lots: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Lots that may wait there; when it is full, the tools before are blocked. Left out: no limit."""
    setup: Setup | None = None
    """What a change to another product, process or step takes."""
    shift: Name | None = None
    """Its working time, by its name in `line.shifts`; left out: always."""
    attended: Attendance | None = None
    """Phases of a run that an operator of a pool stands by."""
    operators: NonNegative = 0.0
    """Operators for each tool, who are paid whether it works or not; a share where one serves several."""
    price_usd: NonNegative = 0.0
    """Price of one tool."""
    life_years: Positive | None = None
    """Years over which it is written off; left out: `economics.life_years`."""
    residual_value: Share | None = None
    """Share of its price that comes back at the end; left out: `economics.residual_value`."""
    installation: NonNegative | None = None
    """Installation as a share of its price; left out: `economics.installation`."""
    upkeep: NonNegative | None = None
    """Maintenance contracts and spare parts a year, as a share of its price; left out: `economics.upkeep`."""
    footprint_m2: NonNegative = 0.0
    """Floor that one tool stands on."""
    power_kw: NonNegative = 0.0
    """Electrical power of one tool."""
    practical_capacity: PracticalShare | None = None
    """Share of hours that it can be expected to work, which its hourly rate divides by; left out: `economics.practical_capacity`."""
    made_for: Literal["panel", "wafer", "strip"] | None = None
    """The form of panel that its price and speed are of; on another form the recipe is warned."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

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
