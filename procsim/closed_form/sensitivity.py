"""Works out how far the cost of a package moves with every number that it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from procsim.closed_form.basis import Basis
from procsim.closed_form.marginal_cost import supplied, tools_held
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm
from procsim.errors import RecipeError
from procsim.maths.arrays import Floats
from procsim.planning.geometry import Geometry
from procsim.planning.plan import Plan
from procsim.recipe.inputs import Input, Provenance, inputs, within_package
from procsim.recipe.numbers import Reread
from procsim.recipe.recipe import Recipe
from procsim.recipe.substitute import patched

STEP = 1e-4
"""Relative step of the finite differences: downwards, since a share may stand at 1."""
NOTHING = 1e-9
"""An elasticity, or a swing in USD, below this is rounding."""
DIGITS, ELASTIC, USD = 4, 6, 9
"""Significant digits that effects are told with, and decimals at most, of an elasticity and of a swing: what is beyond depends on the order in
which a machine adds."""


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input does: its elasticity (relative change of the cost per relative change of the input; of a chance to survive, of the
    loss, 1 - value) on the fully loaded and on the *direct* cost per good unit, and what the fully loaded cost changes by where the
    input is at its low and at its high end, USD. Loaded is of a line that keeps its tools, and adds those that it takes where it would be
    overloaded without, so that it loses no output: a time of tools that are idle for long moves the direct cost alone.

    *whole*: it takes steps only (a number of uses, the bound of a distribution), so that it has no elasticity (nan). *why* tells of ends at which
    nothing is known what is wrong there.
    """

    known: Input
    elasticity: float
    direct: float
    low_usd: float
    high_usd: float
    whole: bool
    why: str = ""

    @property
    def half_usd(self) -> float:
        """Half of the width that the fully loaded cost takes over the low end, the value and the high end; without bound where no unit is good at an
        end of the range, nan where the cost is not known at all."""
        if math.isnan(self.low_usd + self.high_usd):
            return math.nan if math.isnan(self.elasticity) else math.inf
        return (max(self.low_usd, 0.0, self.high_usd) - min(self.low_usd, 0.0, self.high_usd)) / 2

    @property
    def moves(self) -> bool:
        """Whether the cost depends on it."""
        return any(effect != 0 and not math.isnan(effect) for effect in (self.elasticity, self.direct, self.low_usd, self.high_usd))


def planned(recipe: Recipe, values: Iterable[tuple[Input, float]], given: Geometry) -> Plan:
    """The Plan of *recipe*, whose Geometry is *given*, with other *values* of some inputs, as much in demand."""
    changes = list(values)
    again = patched(recipe, changes)
    return settled(again, None if any(known.shapes for known, _ in changes) else given)


def swings(recipe: Recipe, of: Sequence[Input] | None = None, progress: Callable[[int], None] = lambda _: None) -> tuple[Swing, ...]:
    """One Swing for each input of *recipe*, or for each *of* some. Raises RecipeError where an end of a range is no value that may stand there.

    Of the Plan only the piece is made again that the input's value goes into, and prices alone move nothing but money, so that the closed
    form is asked again for all the rest.
    """
    found = inputs(recipe) if of is None else of
    if not found:
        return ()
    basis = Basis.of(recipe)
    base, tools = supplied(basis.plan, basis.closed).loaded, tools_held(basis.plan, basis.closed)
    made = []
    for known in found:
        made.append(_swing(known, basis, base, tools))
        progress(1)
    return tuple(made)


def with_value(basis: Basis, known: Input, value: float) -> tuple[Plan, ClosedForm]:
    """The Plan and its closed form, but for its times, with another *value* of one input, as ``planned`` has it."""
    return with_values(basis, [(known, value)])


def with_values(basis: Basis, values: Sequence[tuple[Input, float]]) -> tuple[Plan, ClosedForm]:
    """As ``with_value``, of several inputs at once."""
    spots = [spot for known, _ in values for spot in known.spots]
    within = frozenset(within_package(basis.recipe, spot)[0] for spot in spots) if basis.recipe.packages else frozenset[str]()
    pieces, shapes = frozenset(known.piece for known, _ in values), any(known.shapes for known, _ in values)
    return basis.at(Reread(patched(basis.recipe, values), pieces, shapes, within), timed=False)


def _swing(known: Input, basis: Basis, base: float, tools: Floats) -> Swing:
    """That of one input, where *base* is the fully loaded cost, and the line holds so many *tools*."""
    low, high = (_moved(supplied(*with_value(basis, known, end)).loaded - base) if end != known.value else 0.0 for end in (known.low, known.high))
    if known.value == 0:  # no relative change of nothing
        return Swing(known, 0.0, 0.0, low, high, False)
    try:
        plan, near = with_value(basis, known, known.value * (1 - STEP))
    except RecipeError:
        return Swing(known, float("nan"), float("nan"), low, high, True)
    scale = 1 - 1 / known.value if known.survival else 1.0  # of a chance to survive, the relative change is that of the loss
    loaded, direct = _relative(supplied(plan, near, tools).loaded, base), _relative(near.direct, basis.closed.direct)
    return Swing(known, _moved(scale * loaded), _moved(scale * direct), low, high, False)


def _relative(near: float, base: float) -> float:
    return (1 - near / base) / STEP if base else 0.0


def _moved(effect: float) -> float:
    return effect if math.isnan(effect) or abs(effect) > NOTHING else 0.0


def told(effect: float, decimals: int) -> float:
    """*effect* to four significant digits, and no more than so many *decimals*: what is the same on every machine."""
    return round(float(f"{effect:.{DIGITS}g}"), decimals) + 0.0  # no -0


WORDS: tuple[Provenance, ...] = ("published", "estimate", "choice", "unsourced")
"""On whose word a number stands, the best first."""


def resting(known: Sequence[Swing], of: str = "elasticity") -> dict[Provenance, float]:
    """Shares of the cost that rest on each of ``WORDS``: Σ |elasticity| of the inputs of that provenance / Σ |elasticity| of all.

    *of* is "elasticity" (of the fully loaded cost) or "direct". nan where nothing moves the cost.
    """
    weights = [(abs(getattr(one, of)), one.known.provenance) for one in known if not one.whole]
    total = math.fsum(weight for weight, _ in weights)
    return {word: math.fsum(weight for weight, own in weights if own == word) / total if total > 0 else math.nan for word in WORDS}


def _width(one: Swing) -> float:
    return told(one.half_usd, USD)


def _slope(one: Swing) -> float:
    return 0.0 if one.whole else told(abs(one.elasticity), ELASTIC)


def by_width(known: Sequence[Swing]) -> list[Swing]:
    """Those whose range moves the fully loaded cost, the widest first."""
    return sorted((one for one in known if _width(one) > 0), key=lambda one: (-_width(one), one.known.address))


def by_elasticity(known: Sequence[Swing]) -> list[Swing]:
    """Those that the fully loaded cost follows, the one of largest elasticity first."""
    return sorted((one for one in known if _slope(one) > 0), key=lambda one: (-_slope(one), one.known.address))


def unranged(known: Sequence[Swing]) -> list[Swing]:
    """Those that the cost follows most though nobody has said how sure they are: without a range, by elasticity."""
    return by_elasticity([one for one in known if not one.known.ranged])


def ranked(known: Sequence[Swing]) -> list[Swing]:
    """All that the cost depends on, by what matters: each at the better of its places in ``by_width`` and ``by_elasticity``, so that a number
    without a range stands where its elasticity puts it; at a tie the wider range first. Last come those that move the direct cost alone."""
    places = [{one.known.address: n for n, one in enumerate(order)} for order in (by_width(known), by_elasticity(known))]

    def place(one: Swing) -> tuple[float, float, str]:
        at = [order.get(one.known.address, math.inf) for order in places]
        return min(at), at[0], one.known.address

    return sorted((one for one in known if one.moves), key=place)
