"""Refuses arguments of a Python call that would have no effect beside the others, and says which of them would make them work."""

from __future__ import annotations

from procsim.errors import Problem, RecipeError


def refuse_idle(works: bool, otherwise: str, **given: bool) -> None:
    """Raises RecipeError for each argument that was *given*, by its name, unless what it is for *works*; *otherwise* says what that is."""
    if told := [Problem(f"{name} {otherwise}") for name, said in given.items() if said and not works]:
        raise RecipeError(*told)


def refuse_unsimulated(works: bool, otherwise: str, replications: int | None, seed: int | None, jobs: int = 1) -> None:
    """The same of what all simulations take."""
    refuse_idle(works, f"is of simulations{otherwise}", replications=replications is not None, seed=seed is not None, jobs=jobs != 1)
