"""What a process says of the physics of a cut, a bath, a test cell and of its own accuracy, beside its times and yields."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, PositiveShare, Text


class Cut(Model):
    """How blade, cutter or beam goes through one material: so many mm² of its height × length a second, and what a cm² of it *consumes*."""

    mm2_per_s: Positive
    consumes: dict[Name, NonNegative] = {}
    source: Text | None = None


class Physics(Model):
    """Numbers of a process from which times, heights and yields follow.

    - A cut through a stack of materials takes Σ height / ``mm2_per_s`` a metre, but goes no faster than ``rate_mm_per_s`` in each of its
      passes, none of which is deeper than *deepest_pass_um*.
    - *sites* packages are worked on at once, by which times per package, die, pad, via and ball are shared: n sites of *site_efficiency* m take
      1 + (n - 1)·(1 - m) times as long as one; each change of packages takes *index_s*.
    - *both_sides*: the panel hangs in the bath, which deposits on bare metal of its lower side as well.
    - *fill_ratio*: a plated layer fills holes level that are as wide as its thickness over this (0.25 says that 5 µm fill 20 µm); a thinner
      layer leaves the rest of the depth in proportion. Holes deeper than *fill_aspect* times their width are lined, not filled. What is
      left may be *dimple_um* deep at most.
    - *placement_um*, *shift_um*, *overlay_um*, *stop_um*: how far, at three standard deviations, dies and parts are put beside their place, a filling
      pushes them, a mask or beam lands beside its place, and a polish stops above or below its plane.
    """

    cuts: dict[Name, Cut] | None = None
    deepest_pass_um: Positive | None = None
    sites: Annotated[int, Field(ge=1, le=10_000)] = 1
    site_efficiency: PositiveShare = 1.0
    index_s: NonNegative = 0.0
    both_sides: bool = False
    fill_ratio: Positive | None = None
    fill_aspect: Positive = 1.0
    dimple_um: Positive | None = None
    placement_um: NonNegative = 0.0
    shift_um: NonNegative = 0.0
    overlay_um: NonNegative | None = None
    stop_um: NonNegative = 0.0

    @model_validator(mode="after")
    def _whole(self) -> Physics:
        if self.cuts is not None and not self.cuts:
            raise ValueError("cuts says of no material how fast it is cut; name some, or leave it out (null takes it away)")
        if self.deepest_pass_um is not None and self.cuts is None:
            raise ValueError("deepest_pass_um is for a cut: it needs cuts")
        if self.sites == 1 and self.site_efficiency < 1:
            raise ValueError("site_efficiency is for several sites at once: say how many sites")
        return self

    @property
    def site_share(self) -> float:
        """What part of a package's own time it takes where *sites* are worked on at once."""
        return (1.0 + (self.sites - 1) * (1.0 - self.site_efficiency)) / self.sites
