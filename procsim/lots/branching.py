"""Works out how the mean lot divides on its way and comes together again, from the share of lots that come to each position.

    coat  inspect ┬ strip~1  coat~1  inspect~1 ┬ strip~2  coat~2  inspect~2 ┬ pack
                  └────────────────────────────┴────────────────────────────┘      what fails takes the loop; the rest waits behind it

Where a loop holds a step that orders rework of its own, that step's loops stand in it, behind the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints

MOST = 64
"""Courses into which one may be taken apart."""


@dataclass(frozen=True, slots=True)
class Branching:
    """Over P positions: of what is on its way when it comes to position p, the share *visits* visits it; of these (where none visits it, of all)
    the share *again* takes the loop that *opens* behind it. So many loops *close* before it, or before the end, (P + 1,): what waited for them goes
    on with what comes out. *after* (P,) is the position at which lots failed that come to this one, else -1."""

    visits: Floats
    again: Floats
    opens: Bools
    closes: Ints
    after: Ints

    def there(self) -> Floats:
        """Share of all lots that visit each position, (P,)."""
        found = np.zeros(len(self.visits))
        hand: float = 1.0
        waiting: list[float] = []
        for p in range(len(found)):
            for _ in range(self.closes[p]):
                hand += waiting.pop()
            found[p] = hand * self.visits[p]
            if self.opens[p]:
                loop = float(self.again[p] * (found[p] if self.visits[p] > 0 else hand))
                waiting.append(hand - loop)
                hand = loop
        return found

    def moved(self, group_of: Ints) -> Floats:
        """Share of all lots that come to each position from another tool group than its own, (P,); *group_of* (P,) says which these are."""
        found = np.zeros(len(self.visits))
        hand = np.zeros(int(group_of.max(initial=-1)) + 2)  # by the group where lots were last; last: nowhere yet
        hand[-1] = 1.0
        waiting: list[Floats] = []
        for p, g in enumerate(group_of.tolist()):
            for _ in range(self.closes[p]):
                hand = hand + waiting.pop()
            come = hand * self.visits[p]
            found[p] = come.sum() - come[g] - come[-1]
            here = np.zeros_like(hand)
            here[g] = come.sum()
            whole = hand - come + here
            hand = self.again[p] * (here if self.visits[p] > 0 else hand) if self.opens[p] else whole
            if self.opens[p]:
                waiting.append(whole - hand)
        return found

    def apart(self, at: Bools) -> list[tuple[float, Branching]]:
        """The courses, with their chances, of which each passes any of the positions *at* or does not; all as one where there are more than
        ``MOST``."""
        found = [(1.0, self)]
        for p, loop in self.forks(at):
            split = []
            for chance, one in found:
                split += one._at_fork(p, loop, chance) if one.there()[p] > 0 else [(chance, one)]
            found = split
            if len(found) > MOST:
                return [(1.0, self)]
        return found

    def _at_fork(self, p: int, loop: bool, chance: float) -> list[tuple[float, Branching]]:
        """Of lots that come with a *chance*, those that visit p, or take the *loop* behind it, and those that do not."""
        found = []
        for taken in (0.0, 1.0):
            visits, again = self.visits.copy(), self.again.copy()
            share = again if loop else visits
            part = share[p] if taken else 1.0 - share[p]
            share[p] = taken
            found.append((chance * float(part), Branching(visits, again, self.opens, self.closes, self.after)))
        return found

    def forks(self, at: Bools) -> list[tuple[int, bool]]:
        """Where chance tells whether lots come to the positions *at*: the position, and whether it is its loop (else its visit) that some take."""
        found = set()
        for p in np.flatnonzero(at).tolist():
            found.add((p, False))
            while self.after[p] >= 0:
                p = int(self.after[p])
                found |= {(p, False), (p, True)}
        return sorted((p, loop) for p, loop in found if 0.0 < (self.again if loop else self.visits)[p] < 1.0)


def branching(after: Ints, there: Floats, failed: Floats) -> Branching:
    """The course of lots of which the shares *there* (P,) visit each position and the shares *failed* (P,) fail there; *after* as of ``Route``."""
    size = len(there)
    opens = np.append(after[1:], -1) == np.arange(size) if size else np.zeros(0, dtype=bool)
    closes = _closes(after)
    visits, again = np.zeros(size), np.zeros(size)
    hand: float = 1.0
    waiting: list[float] = []
    for p in range(size):
        for _ in range(closes[p]):
            hand += waiting.pop()
        visits[p] = min(there[p] / hand, 1.0) if hand > 0 else 0.0
        if opens[p]:
            source = there[p] if there[p] > 0 else hand
            again[p] = min(failed[p] / source, 1.0) if source > 0 else 0.0
            waiting.append(hand - float(failed[p]))
            hand = float(failed[p])
    return Branching(visits, again, opens, closes, after)


def _closes(after: Ints) -> Ints:
    """How many loops end before each position and the end, (P + 1,): all that stand in the loop of the position, or, on the main way, all."""
    found = np.zeros(len(after) + 1, dtype=np.int64)
    within: list[int] = []  # where the loops begin that the position stands in
    for p, behind in enumerate([*after.tolist(), -1]):
        if behind >= 0 and behind == p - 1:
            within.append(behind)
            continue
        while within and within[-1] != behind:
            within.pop()
            found[p] += 1
    return found
