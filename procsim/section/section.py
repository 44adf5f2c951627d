"""Represents the cross-section: a ``Section`` is a row of ``Column``, each a stack of ``Slab``. Heights are in µm, areas in cm² per panel.

      street │ fan-out        gap │ die                     │ gap       fan-out │ street
             │ field bond via …   │ run  pad  field pad run │   … via bond field│
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from procsim.errors import Place, RecipeError

EPS = 1e-6
"""Heights closer than this (µm) are the same height."""
PANEL = "(panel)"
"""Who put the starting panel there: no step."""


@dataclass(frozen=True, slots=True)
class Slab:
    """One piece of *material* from *bottom* to *top*; *part* names what it belongs to (a die, a ready part, or the step that put a
    conformal film on), *face* which way a die looks, *by* the step that put it there last."""

    material: str
    bottom: float
    top: float
    part: str = ""
    face: str = ""
    pad: bool = False
    by: str = ""

    @property
    def thickness(self) -> float:
        return self.top - self.bottom

    def shifted(self, by: float) -> Slab:
        return Slab(self.material, self.bottom + by, self.top + by, self.part, self.face, self.pad, self.by)

    def signed(self, by: str) -> Slab:
        """The slab that the step *by* put there, unless it has one already."""
        return self if self.by else Slab(self.material, self.bottom, self.top, self.part, self.face, self.pad, by)


@dataclass(frozen=True, slots=True)
class Column:
    """A strip of the panel: its *region*, the *masks* it belongs to, the *net* it may carry, the *passive* it is a piece of, drawn
    *width* and real *area*."""

    region: str
    masks: frozenset[str]
    width: float
    area_cm2: float
    die: str = ""
    net: str = ""
    passive: str = ""
    stack: tuple[Slab, ...] = ()

    def holding(self, stack: Iterable[Slab]) -> Column:
        """The column with that *stack*."""
        return Column(self.region, self.masks, self.width, self.area_cm2, self.die, self.net, self.passive, tuple(stack))

    @property
    def top(self) -> float:
        """Height of the highest material; 0 where there is none."""
        return self.stack[-1].top if self.stack else 0.0

    def height(self) -> float:
        """Thickness of material in it, gaps left out."""
        return sum([s.top - s.bottom for s in self.stack])

    @property
    def surface(self) -> Slab | None:
        return self.stack[-1] if self.stack else None

    def plus(self, *slabs: Slab) -> Column:
        """The column with *slabs* on top; a slab of no thickness is left out, and one of the same kind as the top slab joins it."""
        stack = list(self.stack)
        for slab in slabs:
            if slab.thickness <= EPS:
                continue
            last = stack[-1] if stack else None
            if last and (last.material, last.part, last.face, last.pad) == (slab.material, slab.part, slab.face, slab.pad) and not slab.pad \
                    and abs(last.top - slab.bottom) <= EPS:
                stack[-1] = replace(last, top=slab.top, by=slab.by)
            else:
                stack.append(slab)
        return self.holding(stack)

    def cut(self, height: float) -> Column:
        """The column without everything above *height*."""
        return self.holding(s if s.top <= height + EPS else replace(s, top=height) for s in self.stack if s.bottom < height - EPS)


@dataclass(frozen=True, slots=True)
class Section:
    """The package at one moment: its *columns*, the wiring *layer* that comes next, the dies that are placed, and whether it is cut apart.

    *points* is true once balls, bumps or pins are on; *slug* names a second heat sink among them. *drawn* is true while a resist covers the next
    wiring layer, whose metal is still everywhere."""

    columns: tuple[Column, ...]
    layer: int = 1
    drawn: bool = False
    dies: tuple[str, ...] = ()
    singulated: bool = False
    points: bool = False
    slug: str = ""

    @property
    def top(self) -> float:
        return max([c.stack[-1].top if c.stack else 0.0 for c in self.columns], default=0.0)

    @property
    def bottom(self) -> float:
        return min((c.stack[0].bottom for c in self.columns if c.stack), default=0.0)

    def mask(self, name: str) -> str:
        """The name a recipe's mask has in the columns: vias and wiring are those of the layer being built."""
        return f"{name}{self.layer}" if name in ("via", "wiring") else {"ball": "bonding_pad"}.get(name, name)

    def inside(self, name: str) -> list[Column]:
        return [c for c in self.columns if self.mask(name) in c.masks]

    def signed(self, step: str) -> Section:
        """The section in which every slab that has no step yet is said to be put there by *step*."""
        fresh = ["" in [s.by for s in c.stack] for c in self.columns]
        if not any(fresh):
            return self
        return replace(self, columns=tuple([c.holding([s.signed(step) for s in c.stack]) if new else c
                                            for c, new in zip(self.columns, fresh, strict=True)]))

    def map(self, change: Callable[[Column], Column], where: Callable[[Column], bool] = lambda _: True) -> Section:
        return replace(self, columns=tuple([change(c) if where(c) else c for c in self.columns]))


OTHER_WAY = {"up": "down", "down": "up"}


def upside_down(section: Section, height: float, shift: float = 0.0) -> Section:
    """*section*, lifted by *shift*, turned over about the middle of *height*: left becomes right, too."""
    def turned(column: Column) -> Column:
        return replace(column, stack=tuple(replace(s, bottom=height - shift - s.top, top=height - shift - s.bottom, face=OTHER_WAY.get(s.face, ""))
                                           for s in reversed(column.stack)))

    return replace(section, columns=tuple(turned(column) for column in reversed(section.columns)))


def illegal(place: Place, step: str, why: str, mend: str = "") -> RecipeError:
    """The refusal of a step that cannot be built, with the reason and what would mend it."""
    return RecipeError.at(place, f"{step}: {why}" + (f"; {mend}" if mend else ""), step)


def surfaces(columns: Iterable[Column]) -> str:
    """The materials on top of *columns*, for a message."""
    return ", ".join(sorted({c.surface.material if c.surface else "nothing" for c in columns}))
