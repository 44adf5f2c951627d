"""Keeps the events that are to happen in a line in order: by time, at one instant by key, and of one key by who came first.

Compiled, ``Agenda`` is a heap of records; interpreted, ``Tuples`` does the same with what Python has, which is quicker there.
"""

from __future__ import annotations

from heapq import heappop, heappush

from mypy_extensions import i64

from procsim.engine.rules.words import ALWAYS


class Event:
    """What is to happen *when* and to *who*, unless its *stamp* is void by then; it was put down as number *order*."""

    __slots__ = ("key", "order", "stamp", "when", "who")

    def __init__(self) -> None:
        self.when: i64 = 0
        self.key: i64 = 0
        self.order: i64 = 0
        self.who: i64 = 0
        self.stamp: i64 = 0


def goes_before(one: Event, other: Event) -> bool:
    """Whether *one* event happens before the *other*."""
    if one.when != other.when:
        return one.when < other.when
    if one.key != other.key:
        return one.key < other.key
    return one.order < other.order


class Agenda:
    """The first *count* of *events* are to come, as a heap: each before the two at twice its place and on. The others are to be used again."""

    __slots__ = ("count", "events", "put_down")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.count: i64 = 0
        self.put_down: i64 = 0

    def put(self, when: i64, key: i64, who: i64, stamp: i64) -> None:
        """At *when* an event with *key* is to happen to *who*."""
        events, i = self.events, self.count
        if i == len(events):
            events.append(Event())
        one = events[i]
        one.when, one.key, one.order, one.who, one.stamp = when, key, self.put_down, who, stamp
        self.count = i + 1
        self.put_down += 1
        while i > 0:
            above = (i - 1) >> 1
            if not goes_before(one, events[above]):
                break
            events[i] = events[above]
            i = above
        events[i] = one

    def take(self) -> Event:
        """The first event, which is over; there is one. It is as it is until the next is put down."""
        events, n = self.events, self.count - 1
        self.count = n
        first, last = events[0], events[n]
        i: i64 = 0
        below: i64 = 1
        while below < n:
            if below + 1 < n and goes_before(events[below + 1], events[below]):
                below += 1
            if goes_before(last, events[below]):
                break
            events[i] = events[below]
            i = below
            below = 2 * i + 1
        events[i] = last
        events[n] = first
        return first

    def soonest(self) -> i64:
        """When the first event is to happen; ALWAYS where there is none."""
        return self.events[0].when if self.count else ALWAYS

    def key(self) -> i64:
        """The key of the first event; there is one."""
        return self.events[0].key


class Tuples(Agenda):
    """The same, as a heap of tuples."""

    __slots__ = ("heap",)

    def __init__(self) -> None:
        super().__init__()
        self.heap: list[tuple[i64, i64, i64, i64, i64]] = []
        self.events.append(Event())

    def put(self, when: i64, key: i64, who: i64, stamp: i64) -> None:
        """At *when* an event with *key* is to happen to *who*."""
        heappush(self.heap, (when, key, self.put_down, who, stamp))
        self.put_down += 1

    def take(self) -> Event:
        """The first event, which is over; there is one."""
        one = self.events[0]
        one.when, one.key, one.order, one.who, one.stamp = heappop(self.heap)
        return one

    def soonest(self) -> i64:
        """When the first event is to happen; ALWAYS where there is none."""
        return self.heap[0][0] if self.heap else ALWAYS

    def key(self) -> i64:
        """The key of the first event; there is one."""
        return self.heap[0][1]
