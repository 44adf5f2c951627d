"""Describes a bound that a library puts on numbers of a recipe, wherever they stand."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.base import MOST, Model, Name, Text

Number = Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)]


class Bound(Model):
    """Numbers lie between *least* and *most*, and usually between *usual_least* and *usual_most*: what lies beyond the first is refused, beyond the
    second warned of.

    *of* are their addresses, in which ``*`` stands for any name and ``steps.*`` for any step, its process's numbers included; or one of the figures
    that are worked out of several numbers, such as ``heat_flux``. With *where* only numbers count beside which a field says one of some words,
    ``{roles: [solder]}``. With *or_zero* they may also be 0, which stands for none. *what* is what a message says, ``{}`` in it the bound
    (``packages are {} wide``: at least 1 mm), and *unit* is that of the numbers. What a recipe leaves open is not looked at. Of several bounds that a
    number breaks the first one is told.
    """

    of: Annotated[list[Text], Field(min_length=1)]
    where: dict[Name, list[Text | bool]] = {}
    least: Number | None = None
    most: Number | None = None
    usual_least: Number | None = None
    usual_most: Number | None = None
    or_zero: bool = False
    what: Text
    unit: Text = ""
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _says_it(self) -> Bound:
        if self.what.count("{}") != 1:
            raise ValueError(f"what is a sentence with {{}} once, where the bound stands, such as 'packages are {{}} wide' (got '{self.what}')")
        return self
