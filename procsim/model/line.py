"""Describes the line (lots, release, tool groups with their failures and maintenance) and the run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from procsim.model.base import Amount, Model, Name, NonNegative, Positive, PracticalShare, Share, Text, in_unit, one_unit
from procsim.model.duty import Attendance, Operators, Setup, Shift, State, attendance
from procsim.model.waiting import QueueTimeLimit, Rule, Schedule, StartWip

StepRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$", max_length=200)]
Whole = Annotated[int, Field(ge=1, le=100_000_000)]
WAYS = ("every_s", "every_min", "every_h", "panels_per_week", "lots_per_week", "good_units_per_week", "conwip_lots", "schedule")
"""How a release may say when lots start, each alone."""


class Lot(Model):
    """*panels* in a lot; *units_per_panel* only where there is no product to compute it from."""

    panels: Annotated[int, Field(ge=1, le=10_000)] = 1
    units_per_panel: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class Release(Model):
    """When lots start: ``every_h`` (a number or a distribution), so many a week, a constant WIP (``conwip_lots``), or by a schedule.
    ``good_units_per_week`` is what is asked for: as many lots start as leave so many good units, by the yield in closed form.

    A lower *priority* goes first, where the dispatch rule is priority. Lots of a stream with a *route* visit only the steps, or groups
    of steps, that it names, in the recipe's order; *product* is what setups and batches go by (left out: the stream's name).
    ``due_h`` is the time a lot is allowed from its release. A lot that finds the first buffer full waits outside, or is lost.
    """

    every_s: Amount | None = None
    every_min: Amount | None = None
    every_h: Amount | None = None
    panels_per_week: Positive | None = None
    lots_per_week: Positive | None = None
    good_units_per_week: Positive | None = None
    pattern: Literal["constant", "exponential"] = "constant"
    conwip_lots: Whole | None = None
    first_at_s: NonNegative | None = None
    first_at_min: NonNegative | None = None
    first_at_h: NonNegative | None = None
    lots: Whole | None = None
    lots_at_once: Whole = 1
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    product: Name | None = None
    route: list[StepRef] | None = None
    due_s: Amount | None = None
    due_min: Amount | None = None
    due_h: Amount | None = None
    schedule: Schedule | None = None
    when_full: Literal["wait", "lose"] = "wait"
    note: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Release:
        one_unit(self, "every", "first_at", "due")
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a release says one of: every_s / every_min / every_h, {', '.join(WAYS[3:])}"
                             + (f" (got {' and '.join(given)})" if given else ""))
        if self.good_units_per_week is not None and self.when_full == "lose":
            raise ValueError("good_units_per_week starts as many lots as it takes, which nobody knows where some are lost (when_full: lose)")
        if self.schedule is not None and (in_unit(self, "first_at") is not None or self.lots_at_once != 1):
            raise ValueError("a schedule says when lots start and how many: leave first_at and lots_at_once out")
        if self.conwip_lots is not None and self.when_full == "lose":
            raise ValueError("a constant WIP loses no lots: when_full: lose is for lots that come by the clock")
        return self


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
    it could. *made_for* is the form of panel that its price, its speed and what it holds are of."""

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
    dispatch: Rule | None = None
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


class Line(Model):
    """With *count* ``auto`` every tool group has as many tools as what is released takes, whatever the group itself says (but for tools named one by
    one by their ``speeds``): the fewest with which its load is at most *max_load*. Batches that may grow are taken to be full."""

    count: Literal["auto"] | None = None
    max_load: Annotated[float, Field(ge=0.01, lt=1, allow_inf_nan=False)] = 0.85
    lot: Lot = Lot()
    release: Release | None = None
    releases: dict[Name, Release] | None = None
    transport_s: Amount | None = None
    transport_min: Amount | None = None
    transport_h: Amount | None = None
    dispatch: Rule = "fifo"
    queue_time_limits: dict[Name, QueueTimeLimit] = {}
    shifts: dict[Name, Shift] = {}
    operators: dict[Name, Operators] = {}
    start_wip: StartWip | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _some_release(self) -> Line:
        one_unit(self, "transport")
        if (self.release is None) == (not self.releases):
            raise ValueError("line needs release (one stream of lots) or releases (several, by name)")
        return self

    def streams(self) -> dict[str, Release]:
        """Release streams by name."""
        return {"main": self.release} if self.release is not None else dict(self.releases or {})


HORIZON_US = 2**53
"""A horizon beyond which µs are no longer exact in a float (285 years)."""


class Run(Model):
    """How long and how often to simulate; figures are taken from *warmup* to *horizon*.

    Where defects are learned away, the run begins *start_week* weeks and *units_before* units after the density that is written."""

    horizon_s: Positive | None = None
    horizon_min: Positive | None = None
    horizon_h: Positive | None = None
    warmup_s: NonNegative | None = None
    warmup_min: NonNegative | None = None
    warmup_h: NonNegative | None = None
    replications: Annotated[int, Field(ge=1, le=100_000)] = 5
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    confidence: Annotated[float, Field(ge=0.01, le=0.999999)] = 0.95
    start_week: NonNegative = 0.0
    units_before: NonNegative = 0.0
    allow_overload: bool = False

    @model_validator(mode="after")
    def _window(self) -> Run:
        one_unit(self, "horizon", "warmup")
        if in_unit(self, "horizon") is None:
            raise ValueError("run needs horizon_h (or _min, _s)")
        if self.window_us[1] > HORIZON_US:
            raise ValueError(f"the horizon must be < {HORIZON_US / 3.6e9:g} h")
        if self.window_us[0] >= self.window_us[1]:
            raise ValueError("warm-up must end before the horizon")
        return self

    @property
    def window_us(self) -> tuple[int, int]:
        """Warm-up and horizon in µs."""
        warm, end = in_unit(self, "warmup") or (0, 1), in_unit(self, "horizon") or (0, 1)
        return round(warm[0] * warm[1]), round(end[0] * end[1])
