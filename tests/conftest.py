"""Holds what all tests share: the shipped flows, and a tiny line to edit."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

import found
import pytest
from browser import CHROMIUM, Tab, browser
from hypothesis import settings
from hypothesis import strategies as st
from lines import Write
from plain_flow import Flow, flows_in

from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe

settings.register_profile("steady", derandomize=True, deadline=None)  # no test is timed; the same examples each time; HYPOTHESIS_PROFILE=default looks further
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted((ROOT / "flows").glob("*.yaml"))
WHATIFS = sorted((ROOT / "flows" / "whatif").glob("*.yaml"))

LINE = """\
line:
  lot: {panels: 2, units_per_panel: 50}
  release: {every_h: 2}
  tools:
    a: {count: 1, price_usd: 100000}
    b: {count: 1, price_usd: 200000, operators: 0.5}
run: {horizon_h: 400, warmup_h: 100, replications: 3, seed: 7}
economics: {hours_per_year: 8000, practical_capacity: 0.8, labour_usd_per_h: 20, overhead: 0.1}
materials:
  paste: {price_usd_per_g: 0.5, density_g_cm3: 2}
steps:
  - {id: one, tool: a, time_h: {per_panel: 0.5}, yield: {panel: 0.99, unit: 0.98}, consumes: {paste: {per_unit: 0.01}}}
  - {id: look, op: inspect, tool: b, time_min: 20, coverage: 0.9, false_reject: 0.01}
  - {id: two, tool: a, time_min: 30, yield: {unit: 0.97}, consumes: {paste: {per_panel: 2}}}
  - {id: test, op: test, tool: b, time_min: 15, coverage: 0.95}
"""
TINY = LINE.replace("horizon_h: 400, warmup_h: 100, replications: 3", "horizon_h: 20, warmup_h: 0, replications: 1")
"""The same line, for tests that run it only to see what a command does."""


@cache
def loaded(path: Path) -> Recipe:
    """A shipped recipe as it is, read once for all tests."""
    return load(path)


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers as a recipe may hold them: 0, or large enough to reckon with."""
    return st.floats(low, high).map(lambda number: 0.0 if abs(number) < 1e-15 else number)


@pytest.fixture(autouse=True)
def _no_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said how wide tables are to be, whatever the workers of pytest have been told."""
    monkeypatch.delenv("COLUMNS", raising=False)


BLANK = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72"><metadata>%s</metadata></svg>\n'
"""A picture with nothing in it but who drew it."""


@pytest.fixture(autouse=True)
def _blank(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are put together, but written out blank, since writing is half of what a small report costs: but where a test is ``drawn``."""
    if request.node.get_closest_marker("drawn") is None:
        from matplotlib.figure import Figure

        from procsim.figures import style

        save = Figure.savefig

        def blank(figure: Figure, out: IO[bytes], format: str = "", **words: Any) -> None:
            if format != "svg":
                return save(figure, out, format=format, **words)
            printed(figure, out, words.get("metadata") or {})

        def printed(figure: Figure, out: IO[bytes], said: dict[str, str | None]) -> None:
            out.write(BLANK % str(said.get("Creator") or "").encode())

        monkeypatch.setattr(Figure, "savefig", blank)
        monkeypatch.setattr(style, "_printed", printed)


@pytest.fixture(autouse=True)
def _found(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Generator[None]:
    """What a test finds beside what it expects goes to who has started it, where that keeps a table of it."""
    found.taken()
    yield
    rows = found.taken()
    if request.config.getoption("--found") and found.wanted(request.node.nodeid):
        record_property("found", [list(row._replace(test=request.node.nodeid)) for row in rows])


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a recipe (or any file) into the test's own folder."""

    def make(text: str = LINE, name: str = "line.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> Path:
    """A folder of one's own in which commands are given, with the tiny line in it."""
    monkeypatch.chdir(tmp_path)
    write()
    return tmp_path


@pytest.fixture
def flow(tmp_path: Path) -> Callable[..., Flow]:
    """Makes a Flow of steps written as text."""
    return flows_in(tmp_path)


SKIPPED_ANYWHERE = "git does not know this folder"
"""The one reason for which a test may be skipped by continuous integration, too: its copy of the project need be no clone."""


def pytest_collection_finish() -> None:
    """What is there by now stays: it is not looked through for garbage again, nor is what tests make at every turn, which costs a tenth of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``make validate`` keeps what the tests against theory have found."""
    parser.addoption("--found", action="store_true", help="write what tests against theory find into tests/theory/found.csv")


class _Keeps:
    """Writes what a test has found as soon as it is over, wherever it ran, so that a run that is cut short keeps it; a test that fails has found nothing."""

    def __init__(self) -> None:
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Once for each part of a test; its last one has all that it told."""
        if report.failed:
            self.failed.add(report.nodeid)
        rows = [found.Row(*row) for name, value in report.user_properties if name == "found" for row in value]
        if report.when == "teardown" and rows and report.nodeid not in self.failed:
            found.write(rows)


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that starts the others writes."""
    if config.getoption("--found") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Keeps())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a test that is skipped, say for a tool that is not there, fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true" and SKIPPED_ANYWHERE not in str(report.longrepr):
        report.outcome, report.longrepr = "failed", f"skipped under CI=true, where everything is to be there: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests have said for a table of all of them, by ``record_property("row", …)``, also where they ran in workers."""
    passed_or_not = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    rows = sorted(str(value) for report in passed_or_not for name, value in report.user_properties if name == "row")
    for row in rows:
        terminalreporter.write_line(row.split("\t", 1)[1])


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A wide tab of headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.looks(1600)
        yield opened
