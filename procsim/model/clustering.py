"""Says how a recipe names a yield law, with the parameter that the law has."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from procsim.maths.yield_laws import LAWS
from procsim.model.base import Model, Positive, one_of

LawName = Annotated[str, one_of(LAWS)]


class Clustering(Model):
    """A yield law and its parameter."""

    law: LawName = "poisson"
    """The law that turns the mean number of faults into a yield: how unevenly faults fall on panels, from `poisson` (evenly) to `seeds` (in
    clusters)."""
    clustering: Positive | None = None
    """The α of negative_binomial: small is clustered (2 to 5 are usual), large comes to Poisson."""
    layers: Annotated[int, Field(ge=1, le=1000)] | None = None
    """The number of critical layers of bose_einstein, which share the faults out."""

    @model_validator(mode="after")
    def _parameter_of_law(self) -> Clustering:
        wanted = LAWS[self.law].parameter
        if wanted is not None and not self.shape:
            raise ValueError(f"law {self.law} needs {wanted}")
        for given in ("clustering", "layers"):
            if getattr(self, given) and given != wanted:
                able = [name for name, law in LAWS.items() if law.parameter == given]
                raise ValueError(f"law {self.law} knows no {given}; with it the law is {' or '.join(able)}")
        return self

    @property
    def shape(self) -> float:
        """The law's parameter; 0 where it has none."""
        wanted = LAWS[self.law].parameter
        return float((getattr(self, wanted) if wanted is not None else None) or 0)
