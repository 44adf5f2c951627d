"""Keeps pools of operators, whom tools call for stages of their runs, repairs and upkeep: first called, first served.

Those called at one instant are served in the order of its events. An operator whose shift ends finishes what he has begun.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.log import CALLS, REPAIRS, tell
from procsim.engine.rules.marks import draw
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import proceed
from procsim.engine.rules.words import NONE, NUMBER_BITS, UP


def there(line: Line, p: i64) -> i64:
    """Operators of pool *p* who are on duty, or finish what they have begun after that."""
    return max(line.pools[p].present, line.pools[p].busy)


def free(line: Line, p: i64, now: i64) -> bool:
    """Whether an operator of pool *p* may begin something; none does at the instant at which his shift ends."""
    pool = line.pools[p]
    return pool.busy < pool.present and (pool.shift == NONE or now < line.shifts[pool.shift].until)


def call(line: Line, p: i64, t: i64, now: i64) -> bool:
    """Whether an operator of pool *p* comes to tool *t* at once; if not, the tool waits for one."""
    pool, tool = line.pools[p], line.tools[t]
    pool.called += 1
    if free(line, p, now):
        pool.busy += 1
        pool.worked -= now
        return True
    if tool.told:
        tell(line, CALLS, tool.lot, t, now)
    pool.waiting += 1
    pool.waited -= now
    tool.calls, tool.ahead, tool.behind = p, pool.tail, NONE
    if pool.tail == NONE:
        pool.head = t
    else:
        line.tools[pool.tail].behind = t
    pool.tail = t
    return False


def withdraw(line: Line, t: i64, now: i64) -> None:
    """Tool *t* no longer waits for an operator."""
    tool = line.tools[t]
    pool = line.pools[tool.calls]
    if tool.ahead == NONE:
        pool.head = tool.behind
    else:
        line.tools[tool.ahead].behind = tool.behind
    if tool.behind == NONE:
        pool.tail = tool.ahead
    else:
        line.tools[tool.behind].ahead = tool.ahead
    tool.calls = tool.ahead = tool.behind = NONE
    pool.waiting -= 1
    pool.waited += now


def begin_repair(line: Line, t: i64, now: i64) -> None:
    """The repair or the upkeep of tool *t* begins."""
    tool = line.tools[t]
    if tool.told:
        tell(line, REPAIRS, NONE, t, now)
    takes = line.breaks[tool.broken].to_repair if tool.broken != NONE else line.upkeeps[tool.upkeep].takes
    push(line, now + draw(line, takes), UP, t << NUMBER_BITS, t, 0)


def serve(line: Line, p: i64, now: i64) -> None:
    """Operators of pool *p* who may begin something go to those who wait."""
    pool = line.pools[p]
    while pool.waiting > 0 and free(line, p, now):
        t = pool.head
        withdraw(line, t, now)
        pool.busy += 1
        pool.worked -= now
        if line.tools[t].down:
            begin_repair(line, t, now)
        else:
            line.tools[t].waits = 0
            line.tools[t].operator = p
            proceed(line, t, now)


def give_back(line: Line, p: i64, now: i64) -> None:
    """An operator of pool *p* is free again, and goes home where his shift is over."""
    pool = line.pools[p]
    if pool.busy > pool.present:
        pool.duty += now
    pool.busy -= 1
    pool.worked += now
    serve(line, p, now)


def let_go(line: Line, t: i64, now: i64) -> None:
    """The operator of tool *t* may go, if there is one."""
    tool = line.tools[t]
    if tool.operator != NONE:
        p, tool.operator = tool.operator, NONE
        give_back(line, p, now)


def change_shift(line: Line, p: i64, on: i64, now: i64) -> None:
    """A shift of pool *p* begins or ends."""
    pool = line.pools[p]
    before = there(line, p)
    pool.present = pool.count if on else 0
    pool.duty -= (there(line, p) - before) * now
    serve(line, p, now)


def count_from(line: Line, p: i64, now: i64) -> None:
    """Work of pool *p* is counted from here."""
    pool = line.pools[p]
    pool.worked, pool.duty, pool.waited = -pool.busy * now, -there(line, p) * now, -pool.waiting * now
    pool.called = 0
