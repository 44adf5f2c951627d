"""What a process says of the physics of a cut, a bath, a test cell and of its own accuracy, beside its times and yields."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, PositiveShare, Text


class Cut(Model):
    """How blade, cutter or beam goes through one material."""

    mm2_per_s: Positive
    """mm² of the material, height × length, that are cut in a second: a thicker stack is cut more slowly."""
    consumes: dict[Name, NonNegative] = {}
    """What a cm² of the cut consumes, by material."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""


class Physics(Model):
    """Numbers of a process from which times, heights and yields follow.

    A cut takes Σ height / ``mm2_per_s`` a metre of each pass, and goes no faster than ``rate_mm_per_s``.
    """

    cuts: dict[Name, Cut] | None = None
    """How fast each material of the stack is cut; the time of a metre is their sum."""
    deepest_pass_um: Positive | None = None
    """The deepest single pass of a cut: a thicker stack takes several."""
    sites: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Packages worked on at once: times per package, die, pad, via and ball are shared by them."""
    site_efficiency: PositiveShare = 1.0
    """How well sites work in parallel: n of efficiency m take 1 + (n − 1)(1 − m) times as long as one."""
    index_s: NonNegative = 0.0
    """Time to change the packages at the sites."""
    both_sides: bool = False
    """Whether the bath works on bare metal of the panel's lower side as well."""
    fill_ratio: Positive | None = None
    """Thickness over the width of the widest hole that a plated layer fills level: 0.25 says that 5 µm fill 20 µm."""
    fill_aspect: Positive = 1.0
    """Holes deeper than this times their width are lined, not filled."""
    dimple_um: Positive | None = None
    """The deepest dimple that may be left over a hole."""
    placement_um: NonNegative = 0.0
    """How far beside its place, at three standard deviations, dies and parts are put."""
    shift_um: NonNegative = 0.0
    """How far, at three standard deviations, a filling pushes dies."""
    overlay_um: NonNegative | None = None
    """How far, at three standard deviations, a mask or beam lands beside its place."""
    stop_um: NonNegative = 0.0
    """How far, at three standard deviations, a polish stops above or below its plane."""

    @model_validator(mode="after")
    def _whole(self) -> Physics:
        if self.cuts is not None and not self.cuts:
            raise ValueError("cuts says of no material how fast it is cut; name some, or leave it out (null takes it away)")
        if self.deepest_pass_um is not None and self.cuts is None:
            raise ValueError("deepest_pass_um is for a cut: it needs cuts")
        if "sites" not in self.model_fields_set and self.site_efficiency < 1:
            raise ValueError("site_efficiency is for several sites at once: say how many sites")
        return self

    @property
    def site_share(self) -> float:
        """What part of a package's own time it takes where *sites* are worked on at once."""
        return (1.0 + (self.sites - 1) * (1.0 - self.site_efficiency)) / self.sites
