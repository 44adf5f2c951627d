"""Runs the compiled rules, on their own calendar."""

from __future__ import annotations

from collections.abc import Callable

from procsim.engine.fast.arrays import Arrays
from procsim.engine.fast.kernel import ready
from procsim.engine.rules import words
from procsim.engine.rules.requests import RUN
from procsim.engine.supply import Supply
from procsim.errors import StoppedError


class OnHeap:
    """Lets all happen in a line, and has its supply do what rules cannot. *faulty* says what is wrong, *over* whether it is enough.

    Before it runs and afterwards the line is what it is for SimPy, objects; in between it is arrays.
    """

    def __init__(self, over: Callable[[], bool]) -> None:
        self.over = over
        self.faulty: Callable[[int], Exception]

    def run(self, supply: Supply, horizon: int) -> None:
        """All that happens before *horizon* in the line that is served by *supply*."""
        self._ask()
        books = supply.books
        books.store = arrays = Arrays(books.objects, ready())
        try:
            while arrays.do(RUN, 0, horizon) and not arrays.clock.error:
                self._help(supply, arrays)
            books.collect()
        finally:
            books.write_all()
            books.store = books.objects
            arrays.give_back(supply.line, set(books.free))
        if arrays.clock.error:
            raise self.faulty(int(arrays.clock.now))

    def _help(self, supply: Supply, arrays: Arrays) -> None:
        """Does what rules cannot do."""
        clock = arrays.clock
        while clock.needs and not clock.error:
            if clock.needs & words.ASK:
                clock.needs &= ~words.ASK
                self._ask()
            supply.serve(int(clock.now))

    def _ask(self) -> None:
        """Raises StoppedError where it is enough."""
        if self.over():
            raise StoppedError("stopped before the horizon")
