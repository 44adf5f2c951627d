"""Gives numbers to the words of the rules: kinds of event, states of a tool, dispatch rules, what is noted, needed, or wrong.

Everything that rules handle is a whole number. Each is a Final, so that a compiler may write it into the code.
"""

from __future__ import annotations

from typing import Final

NONE: Final = -1
"""No lot, no tool, no group."""
NEVER: Final = -(2**62)
"""A time that does not come, as of ``planning.wip``."""
ALWAYS: Final = 2**62
"""More than any number of lots, later than any time."""

RESET: Final = 0
UP: Final = 1
DONE: Final = 2
DOWN: Final = 3
SHIFT: Final = 4
ARRIVE: Final = 5
TIMER: Final = 6
RELEASE: Final = 7
DISPATCH: Final = 8
"""Kinds of event, in the order in which they happen at one instant: what ends as its tool fails, or its shift ends, has ended in time."""
KIND_BIT: Final = 57
NUMBER_BITS: Final = 12
"""An event's key is its kind from KIND_BIT on, and the number of whom it concerns, which leaves room for as many streams as NUMBER_BITS hold: of
equal numbers a tool comes before a lot, and lots come in order of their streams. Numbers of lots that were in the line at time 0 are below 0."""
STREAMS: Final = 4094
"""Release streams, at most."""

PRODUCTIVE: Final = 0
STANDBY: Final = 1
ENGINEERING: Final = 2
SCHEDULED: Final = 3
UNSCHEDULED: Final = 4
NON_SCHEDULED: Final = 5
SETTING_UP: Final = 6
BLOCKED: Final = 7
INSIDE: Final = 8
STATES: Final = 9
"""What a tool does, as of ``lots.records``."""

FIFO: Final = 0
PRIORITY: Final = 1
SPT: Final = 2
EDD: Final = 3
LONGEST_REMAINING_WORK: Final = 4
CRITICAL_RATIO: Final = 5
LEAST_SETUP: Final = 6
"""Dispatch rules; from CRITICAL_RATIO on ranks move while lots wait."""
RULES: Final = 4
"""Rules that are compared in order, at most."""

SUSPEND: Final = 0
FINISH: Final = 1
NO_START: Final = 2
"""What becomes of work at the end of a shift, as of ``planning.shifts``."""
STAGES: Final = 4
"""Stages of a run: setup, load, work, unload."""

LEFT: Final = 0
LOST: Final = 1
TOGETHER: Final = 2
CUT_SHORT: Final = 3
WAY_OUT: Final = 4
KEPT: Final = 5
JOINED: Final = 6
LATE: Final = 7
SPOILED: Final = 8
"""What rules note for the books, as rows of NOTE numbers: what, the lot, and up to three more.

LEFT (when) and LOST lots are gone. TOGETHER (position, µs held, head of the run): the lot's run was not its own alone; CUT_SHORT: so was one that
a failure spoiled. WAY_OUT (position, µs) out of an in-line tool. KEPT (position, since, until) in a tool, JOINED (position, since, until) waiting
for other parts, LATE (limit, when, 1 if it left) over a limit of queue time, SPOILED (position, 1 if it was so by waiting).
"""
NOTE: Final = 5

LOTS: Final = 1
DRAWS: Final = 2
ROOM: Final = 4
BACK: Final = 8
ASK: Final = 16
WAY: Final = 32
"""What rules need from outside, as bits of ``clock.needs``: lots of a stream, draws of a law, room for notes, another way for a lot that goes
back; now and then, whether it is enough; and more of the way of lots that have come far."""
LEGS: Final = 32
"""Legs of its way that a lot knows beforehand, where routes are long (and lots do not go in parts): so it needs a small part of the room."""
LAST_LEGS: Final = 4
"""When it has no more of them before it, it needs to know more."""
EVENTS: Final = 4096
"""Events between two questions whether it is enough: some milliseconds, so that asking costs nothing and a stop is felt at once."""
NEWS: Final = 1
NEED: Final = 2
"""What is left after an event or a round: groups with news, or something that only the loop can do."""

TURNS_IN_A_CIRCLE: Final = 1
LOTS_IN_A_CIRCLE: Final = 2
DEADLOCK: Final = 3
OUT_OF_DRAWS: Final = 4
OUT_OF_NOTES: Final = 5
OUT_OF_EVENTS: Final = 6
"""What may go wrong, as ``clock.error``; ``clock.where`` is the stream or the draw."""
MOST_ROUNDS: Final = 10_000
"""Rounds of dispatching at one instant before the line is taken to turn in a circle."""
MOST_LOTS: Final = 100_000
"""Lots that may come and leave within one instant before a constant WIP is taken to turn in a circle."""

PANEL: Final = 10**11
"""Parts into which a panel is divided where panels are counted: with mean values there are fractions of panels."""
NEARLY: Final = 100
"""Parts of a panel by which a run may be too full or too empty: fractions of panels do not add up exactly."""

LOOKS: Final = 0
WAITED: Final = 1
DOING: Final = 2
ATTENDED: Final = 11
"""What work sampling counts of a group, as of ``lots.records``."""
