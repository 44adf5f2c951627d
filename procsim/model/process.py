"""Describes how a step is done: the numbers that a process in the library, or a step itself, may hold."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.ability import Ability
from procsim.model.amounts import Amount, Sum
from procsim.model.base import Model, Name, NonNegative, Positive, PositiveShare, Share, Sized, Text
from procsim.model.clustering import Clustering
from procsim.model.durations import one_unit
from procsim.model.physics import Physics


class Survival(Model):
    """Chances of survival on three levels that are never mixed."""

    panel: Share = 1.0
    """Chance that the whole panel survives the step; a lost panel loses all its packages."""
    unit: Share = 1.0
    """Chance of each package, independently."""
    die: Share = 1.0
    """Chance of each die that the step handles, independently."""

    @model_validator(mode="after")
    def _of_something(self) -> Survival:
        if not self.model_fields_set:
            raise ValueError("yield says nothing: give panel, unit or die, or leave it out (null takes it away)")
        return self


class Learning(Model):
    """How density falls while a line learns, over time, over volume, or both.

    D(t) = D∞ + (D0 - D∞)·e^(-t/τ), and D(n) = D0·(n/n0)^-b with b = -log2(per_doubling).
    """

    floor: Share | None = None
    """The share of the written density that learning over time comes down to."""
    tau_weeks: Positive | None = None
    """Time constant of the fall towards the floor."""
    per_doubling: PositiveShare | None = None
    """Factor of the density each time the packages made have doubled: 0.8 is an 80 % curve."""
    first_units: Positive | None = None
    """Packages from which doublings are counted."""

    @model_validator(mode="after")
    def _whole(self) -> Learning:
        if (self.floor is None) != (self.tau_weeks is None):
            raise ValueError("learning over time needs floor and tau_weeks")
        if (self.per_doubling is None) != (self.first_units is None):
            raise ValueError("learning over volume needs per_doubling and first_units")
        if self.floor is None and self.per_doubling is None:
            raise ValueError("learning is over time (floor, tau_weeks) or over volume (per_doubling, first_units)")
        return self

    def curve(self) -> tuple[float, float, float, float]:
        """(floor, 1 / weeks, exponent b, first units), with numbers that do nothing where a part is not given."""
        rate = 1.0 / self.tau_weeks if self.tau_weeks is not None else 0.0
        fall = -math.log2(self.per_doubling) if self.per_doubling is not None else 0.0
        return 1.0 if self.floor is None else self.floor, rate, fall, self.first_units or 1.0


class Defects(Clustering):
    """Mean faults per package, summed over drivers, and the law that turns them into a yield."""

    per_cm2: NonNegative = 0.0
    """Mean faults per cm² of the area that the step works on."""
    per_unit_ppm: NonNegative = 0.0
    """Mean faults per million packages."""
    per_die_ppm: NonNegative = 0.0
    """Mean faults per million dies."""
    per_pad_ppm: NonNegative = 0.0
    """Mean faults per million die pads."""
    per_via_ppm: NonNegative = 0.0
    """Mean faults per million holes."""
    per_ball_ppm: NonNegative = 0.0
    """Mean faults per million bonding points."""
    learning: Learning | None = None
    """How the density falls while the line learns."""

    @model_validator(mode="after")
    def _of_something(self) -> Defects:
        if not any(name.startswith("per_") for name in self.model_fields_set):
            raise ValueError("defects says of nothing how many there are: give per_cm2, per_unit_ppm …, or leave it out (null takes it away)")
        return self


class Repair(Model):
    """What happens to packages that an inspection rejects, good ones among them; repaired ones are looked at again.

    A package that a repair does not make good is as bad as before. (The minimal form of Trichy, Sandborn et al., ITC 2001.)
    """

    success: Share
    """Chance that a repair makes a bad package good."""
    damage: Share = 0.0
    """Share of good packages that a repair spoils."""
    limit: Annotated[int, Field(ge=1, le=10)] = 1
    """Repairs of one package; then a rejected one stays bad."""
    diagnosable: Share = 1.0
    """Share of rejected packages whose fault is found, so that they can be repaired."""
    time_s: Amount | None = None
    time_min: Amount | None = None
    time_h: Amount | None = None
    """Time of one repair on the inspection's tool."""
    consumes: dict[Name, NonNegative] = {}
    """What one repair consumes, by material."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""

    @model_validator(mode="after")
    def _one_time(self) -> Repair:
        one_unit(self, "time")
        return self


class Numbers(Physics):
    """Numbers of a process, and what it *can* do; a step may hold any of them and then wins, key by key."""

    can: Ability | None = None
    """What the process can do, so that a step that it cannot is refused."""
    tool: Name | None = None
    """The tool group that does it."""
    time_s: Sum | None = None
    time_min: Sum | None = None
    time_h: Sum | None = None
    """Time of the work: a sum over drivers, such as `{per_panel: 45, per_via: 0.0005}`; a plain number is per run of the tool."""
    load_s: Amount | None = None
    load_min: Amount | None = None
    load_h: Amount | None = None
    """Time to load a run, on top of the work."""
    unload_s: Amount | None = None
    unload_min: Amount | None = None
    unload_h: Amount | None = None
    """Time to unload a run, on top of the work."""
    rate_um_per_min: Positive | None = None
    """Speed of what grows or shrinks in thickness: time = thickness / rate, for each panel."""
    rate_mm_per_s: Positive | None = None
    """Speed along a cut or path: time = length / rate."""
    current_density_A_dm2: Positive | None = None  # noqa: N815  (the unit is written as engineers write it)
    """Current density of a plating bath: time follows from thickness by Faraday's law."""
    current_efficiency: PositiveShare = 1.0
    """Share of the current that deposits metal."""
    consumes: dict[Name, Sum] | None = None
    """What a visit uses up, by material, in the unit that it is bought in: a sum over drivers. The layer that a step lays down is counted by
    itself."""
    wears: list[Name] | None = None
    """Materials that last for their `life_…` and are then replaced: blades, pads, probes, targets."""
    recovers: Share = 0.0
    """Share of what the step takes off that is sold as scrap, at the materials' `reclaim_usd_per_kg`."""
    yield_: Survival | None = Field(default=None, alias="yield")
    """Chances of survival that follow from no counted fault: handling, breakage."""
    defects: Defects | None = None
    """Mean faults per cm², die, pad, via …, and the law that turns them into a yield."""
    coverage: Share | None = None
    """Chance that the inspection finds a package that a step which it sees made bad first, independently at each visit."""
    fault_coverage: Share | None = None
    """Chance that the inspection finds each fault; packages with several are found more often."""
    false_reject: Share = 0.0
    """Chance that a good package is rejected."""
    retest: Annotated[int, Field(ge=0, le=10)] = 0
    """How often rejected packages are looked at again; one that passes once is taken as good."""
    repair: Repair | None = None
    """What becomes of rejected packages that can be repaired."""
    infant_ppm: Annotated[float, Field(ge=0, le=1e6), Sized] = 0.0
    """Packages in a million that the step leaves weak: good when tested, but failing early in the field."""
    burn_in: Share | None = None
    """Share of weak packages that the step turns bad, so that a test behind it finds them."""
    skip_known_bad: bool = False
    """Whether packages already found bad are passed over, which saves times and materials per package."""
    tooling_usd: NonNegative = 0.0
    """Masks, stencils, moulds: paid once and spread over `economics.volume_units`."""
    etchant: Name | None = None
    """The material that takes away: what it `etches` and `attacks` says what is legal."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _units(self) -> Numbers:
        one_unit(self, "time", "load", "unload")
        if self.coverage is not None and self.fault_coverage is not None:
            raise ValueError("coverage finds bad units, fault_coverage finds faults; keep one")
        if not self.inspects and (self.false_reject or self.retest or self.repair is not None):
            raise ValueError("false_reject, retest and repair are for an inspection: it needs coverage or fault_coverage")
        if self.consumes is not None and not self.consumes:
            raise ValueError("consumes says nothing: name a material and how much of it, or leave it out (null takes it away)")
        rates = [name for name in ("rate_um_per_min", "rate_mm_per_s", "current_density_A_dm2") if getattr(self, name) is not None]
        if len(rates) > 1:
            raise ValueError(f"{' and '.join(rates)} both set the speed; keep one")
        return self

    def uses_up(self) -> tuple[str, ...]:
        """Names of all that it consumes, wears out or cuts with, and of what its repairs consume; some stand there more than once."""
        cut = [name for one in (self.cuts or {}).values() for name in one.consumes]
        return (*(self.consumes or {}), *(self.wears or ()), *cut, *(self.repair.consumes if self.repair is not None else ()))

    @property
    def inspects(self) -> bool:
        """Whether the step looks for bad units."""
        return self.coverage is not None or self.fault_coverage is not None


FAMILIES = ("time", "load", "unload", "transport", "every", "takes", "mtbf", "mttr", "longest_wait", "first_at", "horizon", "warmup", "due", "limit")
"""Stems of fields that come in several units: writing one unit over another replaces it."""

SENSES = frozenset({"coverage", "fault_coverage"})
"""Two senses of what an inspection finds: writing one over the other replaces it."""
