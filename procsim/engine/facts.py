"""Plan in, what the engine asks of it again and again out: lists, which Python reads faster than arrays."""

from __future__ import annotations

from procsim.planning.plan import Plan
from procsim.planning.shifts import NO_START


class Facts:
    """By position of the route: *group_of*, *step_of*, *batch_keys*, *by_product* and the mean *shared* time of a run; by release stream: *products*
    (by which batch keys differ) and *remaining* work; by step: *same_tool*, of which *asked* are those whose tool is remembered; by tool group:
    what its tools and its queue are like."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        groups = plan.groups
        self.group_of: list[int] = plan.group_of.tolist()
        self.step_of: list[int] = plan.route.step.tolist()
        self.batch_keys: list[int] = plan.batch_key.tolist()
        kinds = sorted({stream.product for stream in plan.streams})
        self.products = [kinds.index(stream.product) * len(self.batch_keys) for stream in plan.streams]
        self.by_product: list[bool] = plan.batch_product.tolist()
        self.shared: list[float] = plan.times.shared(len(self.batch_keys))
        self.batches: list[bool] = [bool(b) for b in groups.batch_max]
        self.patience: list[int] = groups.wait_us.tolist()
        self.inline: list[bool] = [n > 1 for n in groups.inline.tolist()]
        self.fragile = [any(b.group == g and b.busy_clock for b in groups.breakdowns) for g in range(len(groups.names))]
        self.remaining: list[list[int]] = plan.discipline.remaining.tolist()
        self.same_tool: list[int] = plan.discipline.same_tool.tolist()
        self.asked = frozenset(plan.discipline.remembered)
        self.choosy = [any(self.same_tool[s] >= 0 for s, at in enumerate(plan.step_group.tolist()) if at == g) for g in range(len(groups.names))]
        self.preempts: list[bool] = plan.discipline.preempt.tolist()
        self.staged: list[bool] = groups.duty.staged.tolist()
        self.unlike = [choosy or setup is not None or (k >= 0 and groups.duty.shifts[k].at_end == NO_START)
                       for choosy, setup, k in zip(self.choosy, groups.duty.setups, groups.duty.shift.tolist(), strict=True)]
