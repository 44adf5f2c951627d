"""Tests that a reference names the steps that it should, and that nobody goes through all steps to find them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lines import Write

from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.names import Id, Names, Segment, segments


def named(reference: str, one: Id) -> bool:
    """What a reference means, in plain words: the leading segments of the step, each with the number of its repeat or without."""
    words = reference.split("/")
    return len(words) <= len(one) and all(word in (s.name, s.base) for word, s in zip(words, one, strict=False))


def written(one: Id) -> str:
    return "/".join(segment.name for segment in one)


WORDS = st.sampled_from(["a", "a1", "a2", "a11", "b", "b1", "", "1"])
SEGMENTS = st.one_of(WORDS.map(lambda word: Segment(word, word)), st.builds(lambda word, n: Segment(f"{word}{n}", word), WORDS, st.integers(1, 11)))
IDS = st.lists(st.lists(SEGMENTS, max_size=4).map(tuple), max_size=12)
REFERENCES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map("/".join), max_size=6)


def agrees(names: Names, row: list[Id], references: list[str]) -> None:
    """*names* finds in *row* what a look at each of its steps finds."""
    for reference in [*references, *map(written, row)]:
        found = [place for place, one in enumerate(row) if named(reference, one)]
        assert [*names.all(reference)] == found
        assert names.first(reference) == (found[0] if found else None)
        assert (reference in names) == bool(found)
        assert names.at(reference) == next((place for place in found if written(row[place]) == reference), None)
    assert names.any(references) == {place for place, one in enumerate(row) if any(named(reference, one) for reference in references)}


@given(IDS, REFERENCES)
def test_a_reference_names_what_a_look_at_every_step_finds(ids: list[Id], references: list[str]) -> None:
    """Of any ids, also some twice and some without segments."""
    agrees(Names.of(ids), ids, references)


@given(st.data(), IDS, REFERENCES)
def test_where_steps_come_and_go_the_others_keep_their_names(data: st.DataObject, ids: list[Id], references: list[str]) -> None:
    """One row after the other, each made of the one before, whose own answers stay as they were."""
    names, rows = Names.of(ids), [ids]
    kept = [names]
    for _ in range(3):
        row = rows[-1]
        ends = sorted(data.draw(st.lists(st.integers(0, len(row)), max_size=4, unique=True)))
        pieces = [(first, end, data.draw(IDS)) for first, end in zip(ends[::2], ends[1::2], strict=False)]
        after = [*row]
        for first, end, new in reversed(pieces):
            after[first:end] = new
        names = names.spliced(pieces)
        kept.append(names)
        rows.append(after)
    for one, row in zip(kept, rows, strict=True):
        agrees(one, row, references)


def test_segments_are_numbered_where_a_repeat_numbers_them() -> None:
    """Of an id and the same without numbers."""
    assert segments("layer2/coat", "layer/coat") == (Segment("layer2", "layer"), Segment("coat", "coat"))
    assert segments("layer2/coat") == (Segment("layer2", "layer2"), Segment("coat", "coat"))


def counted(work: Callable[[], Any]) -> int:
    """How many instructions of Python *work* comes to: the same on every machine, unlike the time that it takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


HEAD = """
line:
  lot: {{panels: 4}}
  release: {{every_h: 1000}}
{more}  tools: {{a: {{count: 40}}}}
run: {{horizon_h: 100, replications: 1}}
steps:
"""
LIMIT = "    q{n}: {{from: s{n}, to: t{n}, limit_h: 10, action: rework, rework: {{to: s{n}, limit: 1}}}}\n"
EACH = {
    "rework": "{{id: s{n}, {work}, rework: {{chance: 0.01, to: s{n}, limit: 1}}}}",
    "rework via": "{{id: s{n}, {work}, rework: {{chance: 0.01, via: [t{n}], limit: 1}}}}\n  - {{id: t{n}, {work}, rework_only: true}}",
    "sees": "{{id: s{n}, {work}, yield: {{unit: 0.999}}}}\n  - {{id: t{n}, {work}, op: inspect, coverage: 0.5, sees: [s{n}]}}",
    "same tool": "{{id: s{n}, {work}}}\n  - {{id: t{n}, {work}, same_tool_as: s{n}}}",
    "split and merge": "{{id: s{n}, {work}, split_lots: 2}}\n  - {{id: t{n}, {work}, rework: {{chance: 0.01, limit: 1}}}}\n"
                       "  - {{id: u{n}, {work}, merge_lots: true}}",
    "queue-time limit": "{{id: s{n}, {work}}}\n  - {{id: t{n}, {work}}}",
    "route": "{{id: s{n}, {work}}}",
    "plain": "{{id: s{n}, {work}}}",
}
"""Steps that speak of others, by what they do, and some that do not."""


def line_of(behaviour: str, times: int) -> str:
    """A line of that *behaviour*, so many *times*."""
    more = "  queue_time_limits:\n" + "".join(LIMIT.format(n=n) for n in range(times)) if behaviour == "queue-time limit" else ""
    route = ", route: [" + ", ".join(f"s{n}" for n in range(times)) + "]}" if behaviour == "route" else "}"
    head = HEAD.format(more=more).replace("every_h: 1000}", f"every_h: 1000{route}")
    return head + "".join(f"  - {EACH[behaviour].format(n=n, work='tool: a, time_min: 1')}\n" for n in range(times))


@pytest.mark.parametrize("behaviour", [behaviour if n % 2 == 0 else pytest.param(behaviour, marks=pytest.mark.long) for n, behaviour in enumerate(EACH)])
def test_four_times_the_steps_are_four_times_the_work(behaviour: str, write: Write) -> None:
    """A line of which each step speaks of another is read and planned with work in proportion to its steps."""
    paths = [write(line_of(behaviour, times), f"line{times}.yaml") for times in (8, 60, 240)]
    make(load(paths[0]))  # what is read once
    small, large = (counted(lambda path=path: make(load(path))) for path in paths[1:])
    assert large < 4.2 * small


CHANGES = {
    "set": "set: {{s{n}.time_min: 2}}",
    "remove": "remove: s{n}",
    "insert": "insert: [{{id: t{n}, tool: a, time_min: 1}}]\n    after: s{n}",
    "replace": "replace: s{n}\n    with: [{{id: t{n}, tool: a, time_min: 1}}]",
}
"""Edits of a step each."""


@pytest.mark.parametrize("verb", CHANGES)
def test_four_times_the_edits_of_four_times_the_steps_are_four_times_the_work(verb: str, write: Write) -> None:
    """No edit of one step goes through all others."""
    paths = []
    for times in (8, 60, 240):
        write(line_of("plain", 2 * times), f"plain{times}.yaml")
        edits = "".join(f"  - {CHANGES[verb].format(n=n)}\n" for n in range(times))
        paths.append(write(f"extends: plain{times}.yaml\nchanges:\n{edits}", f"{verb}{times}.yaml"))
    load(paths[0])
    small, large = (counted(lambda path=path: load(path)) for path in paths[1:])
    assert large < 4.2 * small
