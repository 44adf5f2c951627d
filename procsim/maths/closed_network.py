"""Says what a closed queueing network of so many lots gives, and how long its lots wait, by mean value analysis.

A lot that comes to a station finds there what the network holds on average without it (the arrival theorem of Reiser and Lavenberg, JACM 27,
1980): it waits for those who wait, and, with the chance that all servers are busy, for one of these,

    wait = (waiting + ρ · busy) · service / servers        ρ = (ca² + ce²) / 2

One lot more at a time, with ρ = 1, this is exact where times are exponential, for any number of servers: the chance that all are busy is that of the
product form, by convolution of its terms (Buzen, CACM 16, 1973). With ρ = 0 nobody waits before a station is busy all the time, and the best case,
min(w/T0, rb), comes out exactly. Between them, and beyond, it is an estimate. Near the critical WIP lots have no room between one another, and
what they wait grows with the coefficient of variation and not with its square (a fit to simulations, as is ``ROOM``). Far above it K equal
bottlenecks lose (K - 1)·ρ lots' worth of work, as balanced lines do, so that one lot in K is met at work whatever varies.

No more than all others are before a lot, and no server works for more than all of the time: throughput is never above the best case nor below the
worst.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Floats

EXACT = 100
"""Lots up to which they are added one at a time; beyond, what the network holds without one lot is taken in proportion (Bard; Schweitzer 1979)."""
ROOM = 2.0
"""Lots more or less than the critical WIP that give half of the room in which variation counts by its square."""
NEAR, TURNS = 1e-9, 60
"""How near figures must be that agree, and how often they are tried at most."""
TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Network:
    """A network of G stations with R kinds of lots.

    *lots* (R,) are in it. *visits* (R, G) counts the visits of a lot with all of its parts, and *waits* (R, G) how often the lot waits, since its
    parts wait at the same time. *own* (R,) is the hours that a lot takes besides waiting in queues. At a station a run of *batch* (G,) lots keeps one
    of its *servers* (G,) for *service* (G,) hours; *spread* (G,) is (ca² + ce²) / 2. *missing* (G,) is the chance that an idle server is down, and
    *back* (G,) is how long it then stays down; *stopped* (G,) is the chance that all of them are down at once, and *until* (G,) for how long. A lot
    waits until so many others as are *awaited* (G,) make a batch; they come *apart* (G,) hours from
    one another where they come together, and otherwise as often as lots come.

    Stations behind the first *tools* are pools of operators; a run makes *calls* (G, G - tools) to each, which keep its server waiting, too. At most
    *most* (G,) lots can be at a station at a time; where there are more in the network, a share *others* (G,) of the lots that one finds there is not
    its own tool's."""

    lots: Floats
    visits: Floats
    waits: Floats
    own: Floats
    service: Floats
    batch: Floats
    servers: Floats
    spread: Floats
    missing: Floats
    back: Floats
    stopped: Floats
    until: Floats
    awaited: Floats
    apart: Floats
    tools: int
    calls: Floats
    most: Floats
    others: Floats

    @property
    def total(self) -> float:
        """The number of lots in the network."""
        return float(self.lots.sum())

    def load(self, rates: Floats, service: Floats | None = None) -> Floats:
        """The share of its servers that each station keeps busy, (G,), where so many lots of each kind go round an hour."""
        return np.asarray(rates @ self.visits / self.batch * (self.service if service is None else service) / self.servers)

    def limit(self) -> float:
        """The lots an hour, in the mix of ``lots``, that the most loaded station can take."""
        busiest = self.load(self.lots / self.total).max(initial=0.0)
        return float(1.0 / busiest) if busiest > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Round:
    """How often lots go round: *rates* (R,) lots an hour, and *wait* (R, G) hours of a visit, of pools of a call, besides those for the *forming*
    (G,) of its batch."""

    rates: Floats
    wait: Floats
    forming: Floats


def solve(net: Network) -> Round:
    """The round of all lots of *net*. Where nothing takes time they go round without end."""
    if not (net.own > 0).all():
        return _still(net, math.inf)
    return _one_by_one(net) if net.total <= EXACT else _at_once(net)


def _still(net: Network, rate: float) -> Round:
    """The round in which nobody waits and all kinds go round at the same *rate*."""
    return Round(np.full(len(net.lots), rate), np.zeros(net.visits.shape), np.zeros(len(net.service)))


def _one_by_one(net: Network) -> Round:
    """Adds one lot after the other, with all kinds in proportion; a lot of a kind that has few lots finds none of its own kind."""
    kinds, total = len(net.lots), round(net.total)
    rate, full = _all_busy(net, total)
    queued, found = np.zeros(net.visits.shape), _still(net, 0.0)
    for n in range(1, total + 1):
        left = np.maximum(n - np.eye(kinds) * (net.total / net.lots), 0.0) / max(n - 1, 1)  # of those of each kind, without the lot that comes
        service = _service(net, found.wait)
        busy = left @ (found.rates[:, None] * net.visits) / net.batch * service / net.servers
        busy = np.clip(np.where(net.servers > 1, _as_busy(net, busy, full[:, n - 1], rate[n - 1]), busy), 0.0, 1.0)
        found = _went(net, n, _wait(net, n, left @ queued, busy, service), service, found.forming)
        queued = found.rates[:, None] * net.visits * found.wait
    return found


def _service(net: Network, wait: Floats) -> Floats:
    """The hours that a run keeps a server, with those for which it waits for operators."""
    called = wait[:, net.tools :].max(axis=0, initial=0.0)
    return np.asarray(net.service + net.calls @ called)


def _as_busy(net: Network, load: Floats, full: Floats, rate: float) -> Floats:
    """The chance that all servers are busy at the stations' *load*, from the chance *full* in the product form, where *rate* lots go round an hour.
    """
    power = np.sqrt(2.0 * (net.servers + 1.0)) - 1.0  # as in Sakasegawa's formula
    usual = net.load(rate * net.lots / net.total)
    scaled = full * np.divide(load, usual, out=np.zeros_like(load), where=usual > 0) ** (power + 1.0)
    return np.where(np.arange(len(power)) < net.tools, scaled, load**power)


def _wait(net: Network, n: float, queued: Floats, busy: Floats, service: Floats) -> Floats:
    """The hours that a visit waits, (R, G), where *n* lots are in the network and the lot that comes finds so many *queued*."""
    slow = service / net.servers
    there = np.minimum(n, net.most)
    most = np.maximum(there / net.batch - net.servers, 0.0) * slow
    waiting = (queued / net.batch + _swing(net, n) * busy) * np.where(n > net.most, net.others, 1.0)
    idle = 1.0 - (1.0 - busy) * (1.0 - net.missing)
    power = np.sqrt(2.0 * (net.servers + 1.0)) - 1.0
    down = (idle**power - busy**power) * net.back / net.servers + (1.0 - busy) * net.stopped * net.until
    return np.asarray(np.minimum(waiting * slow, most) + down)


def _swing(net: Network, n: float) -> Floats:
    """The ρ of each station, (G,), as it counts with *n* lots in the network."""
    share, load = net.lots / net.total, net.load(net.lots / net.total)
    pace = float(load.max())
    gathers = net.awaited * np.minimum(pace / np.maximum(share @ net.visits, TINY), net.apart)
    critical = float(share @ (net.own + net.waits @ gathers)) / pace
    room = abs(n - critical)
    far = room / (room + ROOM)
    spread = net.spread / np.maximum(far + (1.0 - far) * np.sqrt(net.spread), TINY)
    busiest = load / load.max()
    always = math.sqrt(max(1.0 - critical / n, 0.0)) * min(max(n - critical, 0.0), 1.0) * busiest**3 / float((busiest**4).sum())
    return np.asarray(1.0 - (1.0 - spread) * (1.0 - always))


def _went(net: Network, n: float, wait: Floats, service: Floats, forming: Floats) -> Round:
    """Lots that wait so long, and for the *forming* of batches or little else, go round; those that no station has the time for wait at it
    instead."""
    lots = net.lots * n / net.total
    wait, takes, each = wait.copy(), net.own + (net.waits * wait).sum(axis=1), forming
    most, longest = net.awaited * np.where(net.awaited > 0, net.apart, 0.0), float(takes.max())
    for _ in range(TURNS if net.awaited.any() else 0):
        before, coming = each, lots / (takes + net.waits @ each) @ net.visits
        each = np.minimum(np.minimum(net.awaited / np.maximum(coming, TINY), most), longest)
        if float(np.abs(each - before).max()) <= NEAR * longest:
            break
    takes = takes + net.waits @ each
    for _ in range(2 * len(net.service)):
        load = net.load(lots / takes, service)
        worst = int(load.argmax())
        if load[worst] <= 1.0 + NEAR:
            break
        more = _longer(lots, takes, net.visits[:, worst] / net.batch[worst] * service[worst] / net.servers[worst], net.waits[:, worst])
        wait[:, worst] += more
        takes = takes + net.waits[:, worst] * more
    return Round(lots / takes, wait, each)


def _longer(lots: Floats, takes: Floats, work: Floats, waits: Floats) -> float:
    """The hours by which every visit to a station must wait longer so that it keeps up, if a lot brings it *work* hours each time that it goes round.
    """
    if len(lots) == 1:
        return float((lots[0] * work[0] - takes[0]) / waits[0])
    low, high = 0.0, float((lots * work).sum() / waits[work > 0].min())
    for _ in range(TURNS):
        more = (low + high) / 2
        low, high = (more, high) if float((lots / (takes + waits * more)) @ work) > 1.0 else (low, more)
    return high


def _at_once(net: Network) -> Round:
    """The round of so many lots that one lot less makes no difference but for the share that it is of them. Waiting then follows from the rate, which
    is found by halving, and the mix of kinds from how long each takes."""
    kinds, share, n = len(net.lots), net.lots / net.total, net.total
    found = _still(net, 0.0)
    for _ in range(TURNS if kinds > 1 else 1):
        low, high = 0.0, 1.0 / max(float(net.load(share).max()), TINY)
        high = min(high, n / float(share @ net.own))
        for _ in range(TURNS):
            rate = (low + high) / 2
            wait = np.tile(_of_rate(net, rate * share), (kinds, 1))
            low, high = (rate, high) if rate * float(share @ (net.own + (net.waits * wait).sum(axis=1))) < n else (low, rate)
        wait = np.tile(_of_rate(net, high * share), (kinds, 1))
        found = _went(net, n, wait, _service(net, wait), found.forming)
        mix = found.rates / found.rates.sum()
        if float(np.abs(mix - share).max()) < NEAR:
            break
        share = mix
    return found


def _of_rate(net: Network, rates: Floats) -> Floats:
    """The hours that a visit waits, (G,), at so many lots an hour."""
    n = net.total
    load = np.minimum(net.load(rates), 1.0)
    busy = np.where(net.servers > 1, load ** (np.sqrt(2.0 * (net.servers + 1.0)) - 1.0), load)
    each = _wait(net, n, np.zeros_like(load), busy, net.service)
    return np.asarray(each / np.maximum(1.0 - load * (1.0 - 1.0 / n), 1.0 / n))


def _all_busy(net: Network, total: int) -> tuple[Floats, Floats]:
    """What the product form gives with 0 to *total* lots: lots an hour, (total + 1,), and the chance that all servers of a station are busy, (G,
    total + 1), where it has more than one.

    The terms of a station, sⁿ / Π min(j, m), are scaled by powers of a rate near that of the network, so that no number is too large."""
    n, share = np.arange(total + 1), net.lots / net.total
    work = (share @ net.visits / net.batch * net.service)[: net.tools]
    there = float(share @ net.own)
    idle = max(there - float(work.sum()), 0.0)
    scale = min(net.limit(), total / (math.e * (idle + float(work.sum()))))

    def terms(hours: float, servers: Floats) -> Floats:
        return np.cumprod(np.concatenate([[1.0], scale * hours / servers]))

    def with_(one: Floats, two: Floats) -> Floats:
        return np.convolve(one, two)[: total + 1]

    own = [terms(float(w), np.minimum(n[1:], m)) for w, m in zip(work, net.servers, strict=False)]
    before = [terms(idle, n[1:].astype(float))]
    for each in own:
        before.append(with_(before[-1], each))
    full, after = np.zeros((len(net.servers), total + 1)), np.eye(1, total + 1)[0]
    for g in range(net.tools - 1, -1, -1):
        if net.servers[g] > 1:
            few = np.where(n < net.servers[g], own[g], 0.0)
            full[g] = np.clip(1.0 - with_(few, with_(before[g], after)) / before[-1], 0.0, 1.0)
        after = with_(own[g], after)
    rate = np.concatenate([[0.0], scale * before[-1][:-1] / before[-1][1:]])
    return rate, full


def slowed(found: Round, still: Round, net: Network, lost: float, up: float) -> Round:
    """*found*, or the round that results where all of *net* stands still in each outage, if that is faster. It goes as in *still* for a share *up* of
    the time, and each lot loses *lost* hours. A line does no worse than that, and no better where outages are long and rare."""
    rates = up / (1.0 / still.rates + lost)
    rates = np.minimum(rates / max(1.0, float(net.load(rates).max())), net.lots / net.own)
    if rates.sum() <= found.rates.sum():
        return found
    longer = (net.lots / rates - net.own) / np.maximum(net.lots / found.rates - net.own, TINY)
    return Round(rates, found.wait * longer[:, None], found.forming * float(longer.min()))
