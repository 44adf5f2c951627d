"""Tests what is answered to an edit that is written wrongly: how it is written, in the words of who wrote it where they tell."""

from __future__ import annotations

import pytest
from conftest import LINE
from lines import Write, problems_of

from procsim.recipe.verb_forms import all_forms

INSERT, REPLACE = "insert is written insert: [NEW STEPS], after: STEP", "replace is written replace: STEP, with: [NEW STEPS]"
STEPS = "[{id: new, tool: a, time_min: 1}]"


@pytest.mark.parametrize(("change", "answer"), [
    ("{set: one.time_min, to: 7}", "2:31: error: unknown word 'to' beside set: set is written set: {one.time_min: 7}"),
    ("{set: one.time_min}", "set is written set: {one.time_min: VALUE} (got the text 'one.time_min')"),
    ("{set: one.time_min = 7}", "set is written set: {one.time_min: 7}"),
    ("{set: [one.time_min, 7]}", "set is written set: {ADDRESS: VALUE} (got a list)"),
    ("{set: {address: one.yield.unit, value: 0.9}}", "set is written set: {one.yield.unit: 0.9}"),
    ("{one.time_min: 7}", "'one.time_min' is an address and no verb: set is written set: {one.time_min: 7}"),
    ("{one.attended: true}", "set is written set: {one.attended: true}"),
    ("{set: {one: {time_min: 7}}}", "'one' is not an address; set is written set: {one.time_min: 7}"),
    ("{set: {tools: {a: {count: 7}}}}", "set is written set: {tools.a.count: 7}"),
    ("{set: {one/time_min: 7}}", "did you mean 'one.time_min'?"),
    ("{set: {'one.time_min ': 7}}", "has blanks around it; write one.time_min"),
    ("{set: {a.count: 7}}", "no step or section 'a'; did you mean 'tools.a.count'?"),
    ("{set: {paste.price_usd_per_g: 7}}", "did you mean 'materials.paste.price_usd_per_g'?"),
    ("{set: {steps.one.time_min: 7}}", "without 'steps.': one.time_min"),
    ("{remove: {id: one}}", "remove names a step (got a mapping); remove is written remove: one"),
    ("{remove: xyz}", "no step 'xyz'; there are one, look, two, test"),
    ("{remove: one, after: two}", f"'after' goes with insert: {INSERT}"),
    ("{insert: {id: new, tool: a, time_min: 1}, after: one}", f"the new steps of insert are a list (got a mapping); {INSERT}"),
    (f"{{insert: {STEPS}}}", f"insert goes with before or after, one of them; {INSERT}"),
    (f"{{insert: {STEPS}, at: one}}", f"unknown word 'at' beside insert; {INSERT}"),
    (f"{{insert: {STEPS}, befor: one}}", f"unknown word 'befor' beside insert; did you mean 'before'?; {INSERT}"),
    ("{insert: [], after: one}", f"insert has no steps to put in; {INSERT}"),
    ("{replace: one}", f"replace goes with 'with': the steps to put there; {REPLACE}"),
    (f"{{replace: one, by: {STEPS}}}", f"unknown word 'by' beside replace; {REPLACE}"),
    (f"{{replace: [one], with: {STEPS}}}", f"replace names a step (got a list); {REPLACE}"),
    ("{with: []}", f"'with' goes with replace: {REPLACE}"),
    ("{Set: {one.time_min: 7}}", "unknown verb 'Set'; did you mean 'set'?"),
    ("{give: one}", f"unknown verb 'give'; a change is one of {all_forms()}"),
    ("[set, one.time_min, 7]", f"a change is one of {all_forms()} (got a list)"),
    ("{}", f"a change is one of {all_forms()} (got nothing)"),
])
def test_an_edit_is_answered_with_how_it_is_written(change: str, answer: str, write: Write) -> None:
    """Every wrong edit is told with its place, and with the form, or the address, that was meant."""
    write(LINE, "base.yaml")
    assert answer in "\n".join(map(str, problems_of(write(f"extends: base.yaml\nchanges: [{change}]\n", "v.yaml"))))
