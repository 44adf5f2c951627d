"""Does the command ``report``: makes the page of an earlier run again, and the page over all runs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from csv import DictReader
from functools import partial
from pathlib import Path
from typing import Any

from procsim import report
from procsim.cli.prepare import DONE, INFEASIBLE, wrong
from procsim.cli.show import console, tell
from procsim.cli.targets import put_down

HOME = Path("reports")
"""Where runs go that nobody sends elsewhere."""
UNSAID = frozenset({"--quiet", "--json", "--markdown", "-v", "--verbose"})
TAKES = frozenset({"--out", "--jobs", "--engine", "--save", "--scheduler", "--max-wall-s"})
"""Options that say nothing of a result: alone, and with a value."""


def report_command(options: argparse.Namespace) -> int:
    """Makes the page of a report, or, of a folder that holds several, the page over them, without simulating."""
    folder = Path(options.folder)
    if not folder.is_dir():
        raise wrong(f"{folder}: is no folder")
    write = partial(_again, folder) if report.recorded(folder) else partial(_list, folder, True)
    name = folder / "index.html"
    if name.exists() and not report.bears(name, b"written by procsim"):
        raise wrong(f"{name}: is there already, and procsim did not write it")
    written = put_down(name, lambda _: write(), options.json)
    if options.json and written:
        from procsim.studies.result import Ready

        tell(Ready("report", str(name), {}))
    return DONE if written else INFEASIBLE


def _again(folder: Path) -> None:
    """The page of the report in *folder*, from what stands there."""
    from procsim.pages.page import NAME, page
    from procsim.studies.read_report import read_report

    found = read_report(folder)
    pictures = {f"{name}.svg": found.figure(name).svg for name in found.pictures}
    record = report.recorded(folder)
    facts = {**found.facts(), "kind": found.kind, "title": found.title, "files": record["files"]}
    report.save_file(folder / NAME, page(found.tables, pictures, facts))
    if NAME not in record["files"]:
        report.save_file(folder / report.RECORD, report.record_text({**record, "files": sorted([*record["files"], NAME])}))


def over_all(folder: Path) -> None:
    """Has the page over all runs name the one in *folder* too, where that is among them."""
    if HOME not in (folder.parent, folder.parent.parent):
        return
    try:
        _list(HOME, False)
    except OSError as error:
        console(error=True).print(f"warning: {HOME / 'index.html'} was not written: {error.strerror or error}")


def _list(home: Path, wanted: bool) -> None:
    """The page over the reports in *home* and in the folders there. Raises RecipeError where there are none and it is *wanted*."""
    from procsim.pages.index_page import Entry, index_page
    from procsim.pages.page import NAME, rendered

    folders = [one.parent for one in sorted([*home.glob("*/run.json"), *home.glob("runs/*/run.json")])]
    known = [(folder, record) for folder in folders if (record := report.recorded(folder))]
    if not known:
        if wanted:
            raise wrong(f"{home}: holds no report, and no folder with one")
        return
    name = home / NAME
    if not name.exists() or report.bears(name, b"written by procsim"):
        entries = [Entry(folder.relative_to(home).as_posix(), record, _summary(folder), (folder / NAME).is_file())
                   for folder, record in known]
        report.save_file(name, rendered(index_page(entries)))


def _summary(folder: Path) -> dict[str, float]:
    """The means in the summary of a report in *folder*, by figure; nothing where it has none."""
    try:
        with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
            return {row["metric"]: float(row["mean"] or "nan") for row in DictReader(file)}
    except (OSError, ValueError, KeyError):
        return {}


def said(options: argparse.Namespace) -> dict[str, Sequence[str]]:
    """The command as it is to be given for the same result: without where its output goes, and with the names of files that lie anywhere."""
    words, kept, skip = list(options.words), [], False
    for word in words:
        if skip:
            skip = False
        elif word in TAKES:
            skip = True
        elif word not in UNSAID and not any(word.startswith(f"{name}=") for name in TAKES):
            kept.append(Path(word).name if word.startswith("/") else word)
    return {"command": kept}


def write_report(made: Mapping[str, Any], files: Mapping[str, report.Content], record: Mapping[str, Any], folder: Path) -> None:
    """Writes a report with its page."""
    from procsim.pages.page import paged

    report.write(folder, made, paged(made, files, record), record)
    over_all(folder)
