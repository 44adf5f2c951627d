"""Runs a sweep in its folder: makes the parts that are missing, here or elsewhere, and then the report of all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from procsim import report
from procsim.errors import Problem, RecipeError
from procsim.experiments.demand import outputs, unlike_outputs
from procsim.experiments.design import Design, chunks
from procsim.experiments.evaluate import Task, Wanted, lines
from procsim.experiments.origin import Origin, made_by, packed
from procsim.experiments.parts import STATE, Parts, identity, opened
from procsim.experiments.points import Evaluator
from procsim.experiments.workers import here, on_cluster
from procsim.pages.page import NAME, page
from procsim.studies.record import made_of
from procsim.studies.swept import SweepResult
from procsim.tables import sweep as tables

News = Callable[[int, int], None]
"""Is told how many points are done, and how many there are to do in this go, whenever some more are."""
CHUNK, MOST_PARTS = 50, 10_000
"""Points of a part in closed form (of one that is simulated there is one point), and parts at most."""

TABLE, PARQUET = "points.csv", "points.parquet"
REASONS = 3
"""Reasons that are told where no point has figures, at most."""


@dataclass(frozen=True)
class Sweep:
    """A sweep that can be run: the *flows*, their plans as they stand, the points of its *design*, and what is *wanted* of them. *said* is all
    that makes it this sweep and no other, *command* what was typed for it."""

    flows: tuple[Origin, ...]
    bases: tuple[Evaluator, ...]
    design: Design
    wanted: Wanted
    units: Mapping[str, str]
    drawn: tuple[str, ...]
    said: Mapping[str, Any]
    command: tuple[str, ...] = ()

    @property
    def usual_folder(self) -> Path:
        """Where it goes unless another folder is named."""
        names = "-".join(one.name.replace("/", "_") for one in self.flows)
        return Path("reports") / "runs" / f"{names[:80]}-sweep-{identity(self.said)}"

    @property
    def points(self) -> int:
        """Rows in all."""
        return len(self.design) * len(self.flows)

    @property
    def unlike(self) -> str:
        """What is to be said of flows whose outputs differ, so that costs do not compare as they may seem to."""
        return unlike_outputs([one.name for one in self.flows], outputs([base.plan for base in self.bases]))

    @cached_property
    def work(self) -> list[tuple[int, int, int]]:
        """(flow, first point, number of points) of each part; the same whoever makes them."""
        size = max(1 if self.wanted.replications else CHUNK, -(-self.points // MOST_PARTS))
        return list(chunks(len(self.design), len(self.flows), size))

    def run(self, out: Path | str | None, *, jobs: int = 1, scheduler: str = "", news: News = lambda *_: None) -> SweepResult:
        """Does what is not done yet, in the folder *out*; without one, all of it, and leaves nothing behind."""
        names, sets = tuple(one.name for one in self.flows), tuple(one.sets for one in self.flows)
        result = SweepResult(names, sets, self.design, self.wanted, self.units, self.drawn)
        if out is not None:
            return self._run(replace(result, folder=Path(out)), jobs, scheduler, news)
        with tempfile.TemporaryDirectory(prefix="procsim-") as place:
            made = self._run(replace(result, folder=Path(place), drawn=()), jobs, scheduler, news)
            return replace(result, kept=made.read)

    def _run(self, result: SweepResult, jobs: int, scheduler: str, news: News) -> SweepResult:
        assert result.folder is not None
        with opened(result.folder, self.said, [count for *_, count in self.work]) as parts:
            if not parts.done():
                self._complete(parts, jobs, scheduler, news)
                self._refuse_illegal(parts)
                self._report(parts, result)
            if report.recorded(parts.folder).get("sha256", {}).get(TABLE) != report.sha256(parts.folder / TABLE):
                raise RecipeError(Problem(f"{parts.folder / TABLE} has been changed since it was written; name another folder, or remove this one"))
            parts.clear()
        return result

    def _complete(self, parts: Parts, jobs: int, scheduler: str, news: News) -> None:
        """Makes the parts that are missing."""
        missing, stamps = parts.missing(), self._stamps()
        done, left = 0, sum(self.work[number][2] for number in missing)
        news(done, left)
        for number, text in self._worked(missing, jobs, scheduler):
            if self._stamps() != stamps:
                names = ", ".join(one.name for one in self.flows)
                raise RecipeError(Problem(f"{names}: a file was edited while its points were worked out; what was found before is kept, and what is "
                                          "edited is another sweep"))
            parts.put(number, text)
            done += self.work[number][2]
            news(done, left)

    def _worked(self, missing: Sequence[int], jobs: int, scheduler: str) -> Iterator[tuple[int, bytes]]:
        """(number, text) of each part that is *missing*, as they are done."""
        if not scheduler:
            return here(lines, missing, lambda number: self._task(number, self.flows), jobs)
        flows = [packed(one, base.recipe, self._files_named()) for one, base in zip(self.flows, self.bases, strict=True)]
        return on_cluster(lines, missing, lambda number: self._task(number, flows), scheduler)

    def _task(self, number: int, flows: Sequence[Origin]) -> Task:
        flow, first, count = self.work[number]
        cells = tuple(self.design.cells(i) for i in range(first, first + count))
        return Task(flows[flow], self.design.columns, cells, self.wanted, made_by())

    def _files_named(self) -> list[str]:
        """Files that points may name beside a recipe: libraries, and lots."""
        naming = [n for n, column in enumerate(self.design.columns) if any(_names_file(address) for address in column)]
        return sorted({self.design.cells(i)[n] for i in range(len(self.design)) for n in naming}) if naming else []

    def _stamps(self) -> list[tuple[int, int]]:
        """What the system says of every file of the flows; it changes when one is edited."""
        return [_stamp(path) for path in sorted({path for base in self.bases for path in base.recipe.all_files()})]

    def _refuse_illegal(self, parts: Parts) -> None:
        """Raises RecipeError where no point has figures."""
        told = dict[str, str]()
        for reason, at in tables.reasons(parts.text(), self.design.names):
            if not reason:
                return
            if len(told) < REASONS:
                told.setdefault(reason, at)
        raise RecipeError(*(Problem(f"no point of {self.points} has figures: at {at}: {reason}") for reason, at in told.items()))

    def _report(self, parts: Parts, result: SweepResult) -> None:
        """Writes the table, the same as Parquet where that can be had, the pictures and, last, the record: with it the sweep is done."""
        folder = parts.folder
        head = tables.head(["flow", *self.design.names, *self.wanted.columns])
        made = {TABLE: report.save_once(folder / TABLE, chain([head], parts.text()))}
        if written := tables.parquet(folder / TABLE, folder / PARQUET, result.words):
            made[PARQUET] = written
        found = {name: table for name, table in result.tables.items() if name != "points" and len(table)}
        made |= {f"{name}.csv": report.save_once(folder / f"{name}.csv", [report.encoded(report.csv(table))]) for name, table in found.items()}
        for name, draw in result._pictures().items():
            made[f"{name}.svg"] = report.save_once(folder / f"{name}.svg", [draw()])
        record = {**made_of([base.recipe for base in self.bases], placed=False), **result.facts(), "kind": result.kind, "title": result.title,
                  "flows": [base.recipe.resolved for base in self.bases], "with": [str(path) for path in self.bases[0].over],
                  "set": list(self.bases[0].sets), "warnings": [self.unlike] if self.unlike else [], "made_by": made_by(), "sha256": made,
                  **({"command": list(self.command)} if self.command else {}), "files": sorted([*made, STATE, NAME, report.RECORD])}
        pictures = {name: (folder / name).read_bytes() for name in made if name.endswith(".svg")}
        report.save_file(folder / NAME, page({"points": result.read, **found}, pictures, record))
        report.save_file(folder / report.RECORD, report.record_text(record))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _names_file(address: str) -> bool:
    return address.startswith("library.") or address.rpartition(".")[2] in ("schedule", "start_wip")
