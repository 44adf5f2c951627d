"""Says which lots may run together, and until when they wait for more: a run is a lot and its mates.

A run may start with *least* panels; when the next lot no longer fits into *most*; or, with fewer, once its first member has waited for
*patience*. Guests, who wait in a bucket of their own, run with any lots of their stop, of each product no more than there is room for, and alone
where nobody else waits.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.queues import before, next_of, stop_of
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NEARLY, NONE


def alone(line: Line, b: i64) -> bool:
    """Whether no others wait than the guests of bucket *b*."""
    group = line.groups[line.buckets[b].group]
    for host in range(group.first_bucket, group.stop_bucket):
        if line.buckets[host].guests == b and next_of(line, line.buckets[host].head) != NONE:
            return False
    return True


def fits_in(line: Line, l: i64) -> bool:
    """Whether there is room for one more of the product of lot *l*, if it is a guest; it then is taken."""
    stop = stop_of(line, l)
    if stop.guests < 0:
        return True
    if line.guests[stop.kind] >= stop.guests:
        return False
    line.guests[stop.kind] += 1
    return True


def gather(line: Line, b: i64, t: i64, now: i64) -> i64:
    """The first lot of a run of bucket *b*, and its guests, that may start now at tool *t*, its mates behind it; NONE if all must wait. The
    group's *due* is when patience ends next."""
    bucket = line.buckets[b]
    group = line.groups[bucket.group]
    for i in range(len(line.guests)):
        line.guests[i] = 0
    guest: i64 = NONE if bucket.guests == NONE else next_of(line, line.buckets[bucket.guests].head)
    host = next_of(line, bucket.head)
    first: i64 = NONE
    last: i64 = NONE
    panels: i64 = 0
    oldest = now
    full = False
    while host != NONE or guest != NONE:
        if guest == NONE or (host != NONE and before(line, bucket.group, host, t, guest, t, now)):
            l, host = host, next_of(line, line.lots[host].behind)
        else:
            l, guest = guest, next_of(line, line.lots[guest].behind)
        if (bucket.guests != NONE or bucket.visiting) and not fits_in(line, l):
            continue
        lot = line.lots[l]
        more = panels + line.fills[l][lot.leg]
        if more > group.most + NEARLY:
            full = True
            break
        panels, lot.mate = more, NONE
        oldest = min(oldest, lot.arrived)
        if first == NONE:
            first = l
        else:
            line.lots[last].mate = l
        last = l
    if full or panels >= group.least - NEARLY:
        return first
    return first if patience_over(line, bucket.group, oldest, now) else NONE


def patience_over(line: Line, g: i64, oldest: i64, now: i64) -> bool:
    """Whether a lot that has waited since *oldest* waits for company no longer; else the group's *due* says until when."""
    group = line.groups[g]
    if group.patience < 0:
        return False
    due = oldest + group.patience
    if now >= due:
        return True
    if group.due < 0 or due < group.due:
        group.due = due
    return False
