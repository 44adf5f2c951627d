"""Says what a step does to the units that come to it, and in which order: the one description that the drawn and the mean walk read."""

from __future__ import annotations

from abc import ABC, abstractmethod

from procsim.planning.quality import Losses


class StepEffects(ABC):
    """A walk of units through the steps of a route, whose *losses* say what happens where.

    What a step brings in may be bad, then come its own defects, weak units (made, or shown by burn-in), panels lost, the inspection with panels of
    which nothing is left, the removal of known-bad units, and lots that failed once too often. A new effect is a method here, in its place in
    ``at_step``, and in both walks.
    """

    losses: Losses

    def at_step(self, p: int) -> None:
        """All that position *p* does to what is there."""
        self.bring_in(p)
        self.damage(p)
        self.weaken(p)
        if self.losses.panel[p] < 1.0:
            self.lose_panels(p)
        if self.losses.inspects[p]:
            self.inspect(p)
            self.take_out_dead(p)
        if self.losses.removes[p]:
            self.remove_known_bad(p)
        self.scrap_lots(p)

    @abstractmethod
    def bring_in(self, p: int) -> None:
        """What comes in with the step, dies or parts, is bad or good."""

    @abstractmethod
    def damage(self, p: int) -> None:
        """Good units become bad by the step itself, unseen."""

    @abstractmethod
    def weaken(self, p: int) -> None:
        """Good units become weak, or burn-in brings out that they are; who is weak is left open until then."""

    @abstractmethod
    def lose_panels(self, p: int) -> None:
        """Panels are lost whole, with the units on them."""

    @abstractmethod
    def inspect(self, p: int) -> None:
        """Bad units are found, good ones may be rejected; both are known-bad from here."""

    @abstractmethod
    def take_out_dead(self, p: int) -> None:
        """Panels on which every unit is known-bad leave the line at once."""

    @abstractmethod
    def remove_known_bad(self, p: int) -> None:
        """Known-bad units leave."""

    @abstractmethod
    def scrap_lots(self, p: int) -> None:
        """Lots that failed once too often are lost whole, at the step that found it."""
