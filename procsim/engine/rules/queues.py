"""Says who goes first. Lots wait in buckets of lots that are alike to the tools, each in order of all that does not move while they wait.

So a free tool compares the heads of buckets only, as many as there are setups, not as there are lots. Where the order within a bucket moves as well
(critical ratio) its lots are looked through.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.columns import Stop
from procsim.engine.rules.setups import change_time
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import CRITICAL_RATIO, EDD, FIFO, LEAST_SETUP, LONGEST_REMAINING_WORK, NONE, PRIORITY, RULES, SPT


def stop_of(line: Line, l: i64) -> Stop:
    """Where lot *l* is."""
    return line.stops[line.path[l][line.lots[l].leg]]


def rank(line: Line, rule: i64, l: i64, t: i64, now: i64) -> float:
    """The rank of lot *l* by *rule*, at tool *t* (NONE: of what does not move); the lowest goes first."""
    lot = line.lots[l]
    if rule == PRIORITY:
        return float(lot.priority)
    if rule == EDD:
        return float(lot.due)
    if rule == SPT:
        return float(line.work[l][lot.leg])
    stop = line.stops[line.path[l][lot.leg]]
    if rule == LONGEST_REMAINING_WORK:
        return float(-stop.remaining)
    if t == NONE:
        return 0.0
    if rule == LEAST_SETUP:
        return float(change_time(line, t, line.tools[t].setup, stop.setup))
    if rule == CRITICAL_RATIO:
        return float(lot.due - now) / float(max(stop.remaining, 1))
    return 0.0


def before(line: Line, g: i64, l: i64, t: i64, m: i64, u: i64, now: i64) -> bool:
    """Whether lot *l* (at tool *t*) goes before lot *m* (at *u*): by the first rule that tells them apart; then who was interrupted; then by turn."""
    group = line.groups[g]
    if group.ranked:
        for i in range(RULES):
            rule = group.rules[i]
            if rule == FIFO:
                break
            mine, other = rank(line, rule, l, t, now), rank(line, rule, m, u, now)
            if mine != other:
                return mine < other
    one, two = line.lots[l], line.lots[m]
    if (one.rest < 0) != (two.rest < 0):
        return one.rest >= 0
    return one.turn < two.turn


def join(line: Line, b: i64, l: i64) -> None:
    """Lot *l* waits in bucket *b* from now on."""
    clock, lot = line.clock[0], line.lots[l]
    line.groups[line.buckets[b].group].waiting += 1
    clock.turn += 1
    lot.turn = clock.turn
    stand(line, b, l, NONE, 0)


def stand(line: Line, b: i64, l: i64, t: i64, now: i64) -> None:
    """Lot *l* takes its place in bucket *b*, as of ``before`` at tool *t*."""
    bucket, lot, lots = line.buckets[b], line.lots[l], line.lots
    ahead = bucket.tail
    behind: i64 = NONE
    if line.groups[bucket.group].ranked or lot.rest >= 0:
        while ahead != NONE and before(line, bucket.group, l, t, ahead, t, now):
            ahead, behind = lots[ahead].ahead, ahead
    lot.bucket, lot.ahead, lot.behind = b, ahead, behind
    if ahead == NONE:
        bucket.head = l
    else:
        lots[ahead].behind = l
    if behind == NONE:
        bucket.tail = l
    else:
        lots[behind].ahead = l


def step_out(line: Line, l: i64) -> None:
    """Lot *l* stands in its bucket no longer."""
    lot, lots = line.lots[l], line.lots
    bucket = line.buckets[lot.bucket]
    if lot.ahead == NONE:
        bucket.head = lot.behind
    else:
        lots[lot.ahead].behind = lot.behind
    if lot.behind == NONE:
        bucket.tail = lot.ahead
    else:
        lots[lot.behind].ahead = lot.ahead
    lot.bucket = lot.ahead = lot.behind = NONE


def leave(line: Line, l: i64) -> None:
    """Lot *l* waits no longer."""
    line.groups[line.buckets[line.lots[l].bucket].group].waiting -= 1
    step_out(line, l)


def in_order(line: Line, b: i64, t: i64, now: i64) -> None:
    """Puts bucket *b* in order of ranks that move, as they are at tool *t* now."""
    l = line.buckets[b].head
    line.buckets[b].head = line.buckets[b].tail = NONE
    while l != NONE:
        follower = line.lots[l].behind
        stand(line, b, l, t, now)
        l = follower


def next_of(line: Line, l: i64) -> i64:
    """Lot *l*, or the first one behind it that was not passed over."""
    while l != NONE and line.lots[l].passed:
        l = line.lots[l].behind
    return l


def first_of(line: Line, b: i64, t: i64, now: i64) -> i64:
    """The lot of bucket *b* that goes first at tool *t*, of those not passed over, or NONE."""
    best = next_of(line, line.buckets[b].head)
    if best == NONE or line.groups[line.buckets[b].group].scans == 0:
        return best
    l = next_of(line, line.lots[best].behind)
    while l != NONE:
        if before(line, line.buckets[b].group, l, t, best, t, now):
            best = l
        l = next_of(line, line.lots[l].behind)
    return best
