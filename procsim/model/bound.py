"""Describes a bound that a library puts on numbers of a recipe, wherever they stand."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.base import MOST, Model, Name, Text

Number = Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)]


class Bound(Model):
    """A bound on numbers of a recipe: what lies beyond *least* and *most* is refused, beyond the usual warned of.

    What a recipe leaves open is not looked at. Of several bounds that a number breaks the first one is told.
    """

    of: Annotated[list[Text], Field(min_length=1)]
    """The addresses of the numbers, with `*` for any name and `steps.*` for any step, or a figure worked out of several, such as `heat_flux`."""
    where: dict[Name, list[Text | bool]] = {}
    """Only numbers beside a field with one of these words count: `{roles: [solder]}`."""
    least: Number | None = None
    """Smaller numbers are refused."""
    most: Number | None = None
    """Larger numbers are refused."""
    usual_least: Number | None = None
    """Smaller numbers are warned of."""
    usual_most: Number | None = None
    """Larger numbers are warned of."""
    usual_among: list[Number] = []
    """Sizes in which the thing is made; any other is warned of."""
    or_zero: bool = False
    """0 is allowed as well, and stands for none."""
    what: Text
    """The message, with `{}` where the bound stands: `packages are {} wide`."""
    unit: Text = ""
    """The unit that the message puts behind the bound."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _says_it(self) -> Bound:
        if self.what.count("{}") != 1:
            raise ValueError(f"what is a sentence with {{}} once, where the bound stands, such as 'packages are {{}} wide' (got '{self.what}')")
        return self
