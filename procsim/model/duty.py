"""Describes what a recipe may say of a tool's needs besides work: setups, shifts, operators."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from procsim.model.amounts import Amount, law_of
from procsim.model.base import Model, Name, Positive
from procsim.model.durations import in_unit, one_unit

State = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What a tool is set up for: the name of a product, a process or a step."""
Table = dict[State, dict[State, Amount]]
Kind = Literal["product", "process", "step"]
"""What a setup may depend on."""


def one_or_several(value: Any) -> str:
    """The tag by which one name and a list of names are told apart."""
    return "(several)" if isinstance(value, list) else "(one)"


Kinds = Annotated[Annotated[Kind, Tag("(one)")] | Annotated[list[Kind], Field(min_length=2, max_length=3), Tag("(several)")],
                  Discriminator(one_or_several)]


class Setup(Model):
    """What a tool's change from one kind of work to another takes. It is kept while the tool is idle, and done before the run."""

    by: Kinds
    """What makes a setup necessary: another product, process or step than in the tool's last run; or several of them."""
    time_s: Amount | None = None
    time_min: Amount | None = None
    time_h: Amount | None = None
    """How long a change takes where the table does not say it."""
    table_s: Table | None = None
    table_min: Table | None = None
    table_h: Table | None = None
    """From–to times: `{A: {B: 30}}` is what a change from A to B takes; the other way may take another time."""
    changes_s: dict[State, Amount] | None = None
    changes_min: dict[State, Amount] | None = None
    changes_h: dict[State, Amount] | None = None
    """With several in `by`, how long a change of each takes, and of some at once (`step+product`; left out: the longest of them)."""
    first: State | None = None
    """What the tool is set up for at the start; left out, the first run needs no setup."""
    min_run_lots: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Lots of one kind that a tool works before it changes its setup, unless none of the kind waits."""

    @model_validator(mode="after")
    def _times(self) -> Setup:
        one_unit(self, "time", "table", "changes")
        table, changes = in_unit(self, "table"), in_unit(self, "changes")
        if isinstance(self.by, list):
            self._several(self.by, changes)
            return self
        if changes is not None:
            raise ValueError(f"changes are for a setup by several, as by: [step, product] (got by: {self.by})")
        if in_unit(self, "time") is None and table is None:
            raise ValueError("a setup needs time_min or table_min (or _h, _s)")
        same = [state for state, row in table[0].items() if state in row] if table is not None else []
        if same:
            raise ValueError(f"the table says what a setup from {same[0]} to {same[0]} takes: what every lot takes belongs into the step's time")
        return self

    def _several(self, by: list[Kind], changes: tuple[dict[str, Amount], int] | None) -> None:
        if len(set(by)) < len(by):
            raise ValueError(f"by names {', '.join(by)}: each once")
        if changes is None or not changes[0]:
            raise ValueError(f"a setup by several needs changes_min (or _h, _s), as {{{by[0]}: 10, {by[1]}: 5, {by[0]}+{by[1]}: 12}}")
        if in_unit(self, "time") is not None or in_unit(self, "table") is not None or self.first is not None:
            raise ValueError("a setup by several takes changes, and neither a time, a table nor first")
        for name in changes[0]:
            if strange := [part for part in kinds(name) if part not in by]:
                raise ValueError(f"a change of {name!r}: {strange[0]!r} is none of {', '.join(by)}")
        if len({kinds(name) for name in changes[0]}) < len(changes[0]):
            raise ValueError("changes say twice what the same change takes")

    def change(self, moved: frozenset[str]) -> tuple[Amount, int] | None:
        """How long a change of all that *moved* takes, and its unit in µs; None where it takes nothing."""
        found = in_unit(self, "changes")
        if found is None:
            return None
        given = {kinds(name): amount for name, amount in found[0].items()}
        parts = [given[moved]] if moved in given else [amount for some, amount in given.items() if some <= moved]
        return max(((amount, found[1]) for amount in parts), key=lambda one: law_of(one[0]).mean, default=None)


def kinds(name: str) -> frozenset[str]:
    """``step+product`` as a set."""
    return frozenset(part.strip() for part in name.split("+"))


class Shift(Model):
    """Working time: durations in turn on and off."""

    on_off_s: list[Positive] | None = None
    on_off_min: list[Positive] | None = None
    on_off_h: list[Positive] | None = None
    """Durations in turn on and off, from time 0 and over again for ever."""
    starts: Literal["on", "off"] = "on"
    """Whether the first duration is on or off."""
    at_end: Literal["suspend", "finish", "no_start"] = "suspend"
    """What becomes of work at the end of a shift: suspended, finished in overtime, or not begun where it would not end in time (`no_start`)."""

    @model_validator(mode="after")
    def _pairs(self) -> Shift:
        one_unit(self, "on_off")
        given = in_unit(self, "on_off")
        if given is None:
            raise ValueError("a shift needs on_off_h (or _min, _s): durations in turn on and off")
        if len(given[0]) % 2 or not given[0] or len(given[0]) > 1000:
            raise ValueError(f"on_off needs an even number of durations, in turn on and off (got {len(given[0])})")
        if min(given[0]) * given[1] < 1:
            raise ValueError("every duration of on_off must be at least a microsecond")
        return self


Number = Annotated[int, Field(ge=1, le=100_000)]


class Pool(Model):
    """Operators of one kind, who finish what they have begun."""

    count: Number
    """Operators on duty at once."""
    shift: Name | None = None
    """The working time of the pool, by its name in `line.shifts`; left out: always."""


def _form(value: Any) -> str:
    return "(a pool)" if isinstance(value, dict | Pool) else "(number)"


Operators = Annotated[Annotated[Number, Tag("(number)")] | Annotated[Pool, Tag("(a pool)")], Discriminator(_form)]
"""A number of operators, or a pool with a shift."""


class Attended(Model):
    """An operator of a pool who stands by during phases of a run."""

    pool: Name
    """The pool of operators one of whom stands by."""
    during: Annotated[list[Literal["setup", "load", "run", "unload"]], Field(min_length=1)]
    """The phases of a run that cannot go on without one; the tool waits, standing by, until one is free."""


def _one_or_many(value: Any) -> str:
    return "(entries)" if isinstance(value, list) else "(an entry)"


Attendance = Annotated[Annotated[Attended, Tag("(an entry)")] | Annotated[list[Attended], Tag("(entries)")], Discriminator(_one_or_many)]


def attendance(given: Attended | list[Attended] | None) -> dict[str, str]:
    """Phase → pool. Raises ``ValueError`` where a phase has two."""
    found: dict[str, str] = {}
    for one in given if isinstance(given, list) else [given] if given is not None else []:
        for phase in one.during:
            if phase in found:
                raise ValueError(f"{phase} is attended twice ({found[phase]}, {one.pool}); one operator attends a phase")
            found[phase] = one.pool
    return found
