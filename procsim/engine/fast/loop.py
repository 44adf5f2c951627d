"""Runs the compiled rules, on their own calendar."""

from __future__ import annotations

from collections.abc import Callable

from procsim.engine.draws import ToolDraws
from procsim.engine.events import Watch
from procsim.engine.fast.arrays import Arrays
from procsim.engine.fast.kernel import ready
from procsim.engine.fast.running import RUN
from procsim.engine.fast.supply import DRAWS_AT_ONCE, ArrayBooks, ArraySupply
from procsim.engine.rules import words
from procsim.engine.rules.state import Line
from procsim.engine.sources import Source
from procsim.errors import StoppedError
from procsim.lots.records import Block
from procsim.maths.arrays import Ints
from procsim.planning.plan import Plan


class OnHeap:
    """Lets all happen in the *line*, and has its *supply* do what rules cannot. *faulty* says what is wrong, *over* whether it is enough.

    Before it runs and afterwards the line is what it is for SimPy, objects; in between it is arrays.
    """

    def __init__(self, over: Callable[[], bool]) -> None:
        self.over = over
        self.line: Line
        self.books: ArrayBooks
        self.supply: ArraySupply
        self.faulty: Callable[[int], Exception]

    def supplied(self, plan: Plan, line: Line, draws: ToolDraws, stops: list[Ints], sources: list[Source], sink: Callable[[Block], None],
                 watch: Watch | None) -> tuple[ArrayBooks, ArraySupply]:
        """The books and the supply of the *line* of *plan*, which it will run; *watch* is nobody."""
        self.line, self.books = line, ArrayBooks(plan, line, sources, sink)
        self.supply = ArraySupply(plan, line, draws, stops, sources, self.books, watch)
        return self.books, self.supply

    def run(self, horizon: int) -> None:
        """All that happens before *horizon*."""
        self._ask()
        supply, books, act = self.supply, self.books, ready()
        arrays = Arrays(self.line, {"drawn": DRAWS_AT_ONCE, "memory": supply.memories, "clocks": supply.clocks})
        address = arrays.addresses.ctypes.data
        supply.act = lambda what, who, when: int(act(address, what, who, when))
        supply.arrays = books.arrays = arrays
        books.runs = True
        try:
            while supply.act(RUN, 0, horizon) and not arrays.clock.error:
                self._help(arrays)
            books.collect()
        finally:
            supply.arrays, books.runs = None, False
            arrays.give_back(self.line, set(books.free))
        if arrays.clock.error:
            raise self.faulty(int(arrays.clock.now))

    def _help(self, arrays: Arrays) -> None:
        """Does what rules cannot do."""
        clock = arrays.clock
        while clock.needs and not clock.error:
            if clock.needs & words.ASK:
                clock.needs &= ~words.ASK
                self._ask()
            self.supply.serve(int(clock.now))

    def _ask(self) -> None:
        """Raises StoppedError where it is enough."""
        if self.over():
            raise StoppedError("stopped before the horizon")
