"""Checks, before any work, that what a command is to write can be written, and replaces only what is procsim's."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

from procsim import report
from procsim.cli.prepare import wrong
from procsim.cli.show import console, progress
from procsim.planning.plan import Plan
from procsim.recipe.csv_files import WIP

MORE_TABLES = ("lots", "marginal_cost", "one_more_tool", "cost_by_volume", "cost_at_volume", "uncertainty", "uncertainty_drivers", "whatif",
               "by_category", "by_step", "waterfall", "yield_change", "load_change", "recipe_changes", "ranking", "pairs", "compare", "package",
               "heat", "curve")
MORE_PICTURES = ("uncertainty", "curve", "waterfall", "compare")
"""What a report may hold beside the tables and pictures of a run."""
DRAWN = b"drawn by procsim"
"""Stands near the beginning of every picture that ``draw`` writes (``figures.style``, which takes long to import)."""
SCHEMA = b'"title": "procsim recipe"'
"""Stands near the beginning of a schema of recipes."""
SAVED = frozenset(WIP) - {"product", "out_h", "done_by"}
"""Columns that a saved file of lots in the line has at least."""

@cache
def names() -> frozenset[str]:
    """Files that a report may hold."""
    from procsim.figures.of_report import PICTURES
    from procsim.tables.of_report import TABLES

    tables, pictures = (*TABLES, *MORE_TABLES), (*PICTURES, *MORE_PICTURES)
    return frozenset([*(f"{name}{ending}" for name in tables for ending in (".csv", ".parquet")),
                      *(f"{name}{ending}" for name in pictures for ending in (".svg", ".png")), report.RECORD, "report.xlsx", "index.html"])


Refusal = Callable[[Path], str]
"""Why what stands at a path must stay, or ""."""


def target(path: str | Path, option: str, refusal: Refusal, folder: bool = True) -> Path:
    """The real path of a *folder*, or a file, that *option* asks to be written at *path*; links are followed.

    Raises RecipeError where it cannot be written, or where *refusal* has something against it. Nothing is left behind.
    """
    try:
        real = Path(os.path.realpath(path))
        reason = _refused(real, refusal, folder)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
    except ValueError as error:
        reason = f"cannot be written: {error}"
    if reason:
        raise wrong(f"{option} {path}: {reason}")
    return real


def _refused(real: Path, refusal: Refusal, folder: bool) -> str:
    """Why nothing can be written at *real*, or "". Raises OSError where the system says so."""
    if os.path.lexists(real):
        if folder != real.is_dir():
            return "is a file, not a folder" if folder else "is a folder; name a file"
        if not folder and not real.is_file():
            return "is no regular file, and would be replaced by one"
        if reason := refusal(real):
            return reason
    elif not folder and not real.parent.is_dir():
        return f"there is no folder {real.parent}"
    if not folder and real.exists() and not os.access(real, os.W_OK):
        return "cannot be written: it is read-only"
    near = real if folder else real.parent
    while not near.exists():
        near = near.parent
    with tempfile.TemporaryDirectory(prefix=".procsim-", dir=near):
        return ""


def report_target(path: str | Path, option: str = "--out", named: bool = True) -> Path:
    """``target`` for a report. A folder that the user has *named* is to be new or empty, or to hold an earlier report."""
    return target(path, option, lambda folder: _no_report(folder, named))


def _no_report(folder: Path, named: bool) -> str:
    there = {one.name for one in folder.iterdir()}
    if named and not report.recorded(folder):
        if report.RECORD in there:
            return f"holds a {report.RECORD} that is no report's"
        if any(not name.startswith(".") and name != "lost+found" for name in there):
            return "is a folder with other things in it; name a new one, or that of an earlier report"
    known = report.listed(folder)
    taken = sorted(name for name in (there & names() if there else ()) if not (folder / name).is_file() or (known is not None and name not in known))
    return f"holds {taken[0]}, which procsim did not write there; name another folder, or give the file another name" if taken else ""


def wip_target(path: str, plan: Plan, variable: bool, reports: Iterable[Path]) -> Path:
    """``target`` for lots in the line of *plan*. Refused are a line whose lots could not be read again, and a file of one of the *reports*, whose
    folders they are."""
    if not variable:
        raise wrong("--save-wip needs variability: with --no-variability lots and panels are fractions")
    if plan.route.stretches:
        raise wrong("--save-wip is for lines whose lots stay whole: where parts of lots are is not told")

    def refusal(file: Path) -> str:
        return "" if _is_wip(file) else "is there already, and holds no lots that procsim saved; name a new file"

    return _beside_reports(path, "--save-wip", refusal, reports)


def events_target(path: str, reports: Iterable[Path]) -> Path:
    """``target`` for what happens in a run. Refused is a file of one of the *reports*, whose folders they are."""
    from procsim.experiments.event_file import COLUMNS

    def refusal(file: Path) -> str:
        return "" if _head(file) in ("", ",".join(COLUMNS)) else "is there already, and holds no events that procsim wrote; name a new file"

    return _beside_reports(path, "--events", refusal, reports)


def _beside_reports(path: str, option: str, refusal: Refusal, reports: Iterable[Path]) -> Path:
    """``target`` for a file that is none of the *reports*."""
    real = target(path, option, refusal, folder=False)
    for folder in reports:
        if real == folder or (real.parent == folder and (real.name in names() or real.name in (report.listed(folder) or ()))):
            raise wrong(f"{option} {path}: the report is written there; name another file")
    return real


def _head(file: Path) -> str:
    """The first line of the file *file*."""
    with file.open("rb") as opened:
        return opened.readline(2000).decode("utf-8-sig", "replace").strip()


def _is_wip(file: Path) -> bool:
    """Whether the file *file* is empty or begins as saved lots do."""
    head = _head(file)
    columns = next(csv.reader([head]), [])
    return not head or SAVED <= set(columns) <= set(WIP)


def schema_target(path: str) -> Path:
    """``target`` for the schema of recipes."""
    def refusal(file: Path) -> str:
        return "" if report.bears(file, SCHEMA) else "is there already, and is no schema of recipes; name a new file"

    return target(path, "--out", refusal, folder=False)


def pictures_target(path: str | Path, option: str, ours: Callable[[Path], set[str]]) -> Path:
    """``target`` for pictures, which join what is in the folder, where *ours* are written over."""
    def refusal(folder: Path) -> str:
        taken = sorted(pictured(folder) - ours(folder))
        return f"holds {taken[0]}, which procsim did not draw; name another folder" if taken else ""

    return target(path, option, refusal)


def pictured(folder: Path) -> set[str]:
    """What is in *folder* under names that ``draw`` gives."""
    return {one.name for one in folder.iterdir() if one.suffix in (".svg", ".png", ".gif")
            and (one.stem in ("sheet", "build", "passives") or one.name.startswith(("fig_", "step_")))}


def drawn(folder: Path) -> set[str]:
    """The pictures in *folder* that ``draw`` wrote."""
    return {name for name in pictured(folder) if report.bears(folder / name, DRAWN)}


def arrive(fresh: Path, path: str, aside: bool = False) -> bool:
    """The events that were written to the file *fresh* take their place at *path*; says so, or that there are none."""
    from procsim.experiments.event_file import take_place

    if fresh.exists():
        return put_down(path, partial(take_place, fresh), aside)
    console(error=True).print(f"error: {path}: the first replication was not finished, or there is no room; {path} was not written")
    return False


def put_down(path: str | Path, write: Callable[[Path], None], aside: bool = False) -> bool:
    """Has *write* write at *path*, and says that it is there (*aside*: on stderr); or why it is not, since what was printed before is no less true
    without it."""
    try:
        with progress(None, "writing"):
            write(Path(path))
    except OSError as error:
        console(error=True).print(f"error: {error.filename or path}: {error.strerror or error}; {path} was not written")
        return False
    console(error=aside).print(str(path))
    return True
