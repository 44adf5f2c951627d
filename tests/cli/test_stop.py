"""Tests how a command is stopped: what is finished is kept whenever the stop comes, time bounds the whole command, and no process is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import LINE, ROOT, TINY
from lines import Write

from procsim.cli import main, simulate
from procsim.cli.stop import Stop
from procsim.errors import InfeasibleError, StoppedError
from procsim.experiments.processes import processes
from procsim.experiments.replicate import gather
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.report import record
from procsim.tables import of_report

TWO = TINY.replace("replications: 1", "replications: 2")
ENDLESS = LINE.replace("horizon_h: 400", "horizon_h: 2000000").replace("every_h: 2", "every_h: {exponential: {mean: 2}}")
RUN = ["run", "line.yaml", "--quiet", "--jobs", "1", "--out", "out"]

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")


@pytest.fixture
def here(here: Path, write: Write) -> Path:
    """The same with two short replications."""
    write(TWO)
    return here


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Signals as a terminal has them: tests that run in the background ignore Ctrl-C, and so do the programs that they start."""
    old = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number in old:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number, handler in old.items():
        signal.signal(number, handler)


def send(*numbers: int) -> None:
    """Sends signals to this very process."""
    for number in numbers:
        os.kill(os.getpid(), number)


def endless(*_: object) -> None:
    """Takes for ever."""
    while True:
        sum(range(1000))


# blocks -----------------------------------------------------------------------------------------------------------------


def test_a_signal_is_raised_only_where_the_command_may_stop() -> None:
    """Elsewhere it is remembered, and raised where the next block begins; many signals are one."""
    with Stop() as stop:
        send(signal.SIGINT, signal.SIGINT)
        assert stop.asked == "interrupt"
        with pytest.raises(KeyboardInterrupt), stop.may():
            pytest.fail("the block was entered")
    with Stop() as stop:
        with pytest.raises(KeyboardInterrupt), stop.may():
            send(signal.SIGTERM)
        send(signal.SIGINT, signal.SIGTERM)
        assert stop.code == 143
        assert stop.unless("it", lambda: 1, 0) == 0
        assert stop.missing == "it left out: interrupted"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_block_ends_when_its_time_is_up() -> None:
    """Whatever it does; outside of blocks time stops nothing."""
    with Stop() as stop:
        stop.within(0.2)
        with pytest.raises(StoppedError), stop.may():
            endless()
        assert stop.asked == "time"
        time.sleep(0.05)
        with pytest.raises(StoppedError), stop.may():
            pytest.fail("the block was entered")
    with Stop() as stop:
        with pytest.raises(StoppedError), stop.may(time.monotonic() + 0.05):
            time.sleep(10)
        assert stop.asked == ""


def test_what_others_have_taken_over_or_ignore_stays_theirs() -> None:
    """nohup, and a program around procsim with handlers of its own."""
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stop() as stop:
            send(signal.SIGHUP)
            assert not stop.asked
    finally:
        signal.signal(signal.SIGHUP, old)


# commands ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["after simulating", "while tables are made", "while pictures are drawn", "while the report is written"])
def interrupted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ctrl-C twice at some moment after the simulation."""
    names = {"after simulating": (simulate, "finished"), "while tables are made": (of_report, "tables_of"), "while pictures are drawn": (simulate, "_pictures"),
             "while the report is written": (record, "put")}
    where, name = names[request.param]
    real = getattr(where, name)

    def interrupts(*arguments: object, **named: object) -> object:
        found = real(*arguments, **named) if name != "_pictures" else {}
        send(signal.SIGINT, signal.SIGINT)
        return found

    if name != "_pictures":
        monkeypatch.setattr(simulate, "_pictures", lambda *_: {})
    monkeypatch.setattr(where, name, interrupts)
    return str(request.param)


def test_ctrl_c_after_the_simulation_loses_nothing_of_it(here: Path, interrupted: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The results are printed, the report is there with all replications, and the exit code is 130."""
    assert main(RUN) == 130
    out, err = capsys.readouterr()
    assert "cost_per_good_unit_loaded" in out
    assert "Traceback" not in err
    record = json.loads((here / "out" / "run.json").read_text())
    assert record["replications"] == 2
    assert (here / "out" / "summary.csv").exists()
    assert record["stopped"] == ("interrupt" if interrupted != "while the report is written" else "")


@pytest.mark.parametrize("command", [["run", "line.yaml"], ["check", "line.yaml"], ["draw", "line.yaml"], ["curve", "line.yaml"]], ids=lambda c: c[0])
def test_ctrl_c_while_modules_are_loaded_is_no_traceback(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                                         command: list[str]) -> None:
    """A line, exit code 130, nothing written."""
    from procsim.cli import commands

    real = commands.parse

    def parse(arguments: list[str]) -> object:
        send(signal.SIGINT)
        return real(arguments)

    monkeypatch.setattr(commands, "parse", parse)
    assert main(command) == 130
    assert capsys.readouterr().err == "interrupted; nothing was written\n"
    assert [p.name for p in here.iterdir()] == ["line.yaml"]


class Clock:
    """A clock that may be put forward, so that a test of what time bounds takes none, however busy the machine is."""

    shift = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.shift

    def put_forward(self, seconds: float) -> Callable[..., None]:
        """What takes for ever, of which so many *seconds* go by at once, as the alarm then tells."""
        def takes(*_: object) -> None:
            self.shift += seconds
            send(signal.SIGALRM)
            endless()

        return takes


def test_time_bounds_what_comes_before_and_after_the_simulation_too(here: Path, monkeypatch: pytest.MonkeyPatch,
                                                                    capsys: pytest.CaptureFixture[str]) -> None:
    """What takes for ever is left out and named: the swings of the cost, which may take half of the time, and the pictures; not the results."""
    clock = Clock()
    with monkeypatch.context() as patch:
        patch.setattr("procsim.cli.stop.time", clock)
        patch.setattr(simulate, "swings", clock.put_forward(60_000))
        patch.setattr(simulate, "_pictures", clock.put_forward(60_000))
        assert main([*RUN, "--max-wall-s", "100000"]) == 0
    assert clock.shift == 120_000
    assert "provenance, the pictures, the workbook left out: time is up" in capsys.readouterr().err
    record = json.loads((here / "out" / "run.json").read_text())
    assert (record["replications"], record["stopped"]) == (2, "time")
    assert "pictures" in record["left_out"]
    monkeypatch.setattr(simulate, "prepared", endless)
    assert main([*RUN, "--max-wall-s", "0.2"]) == 1
    assert "no replication was finished within 0.2 s" in capsys.readouterr().err


def test_one_step_of_the_engine_that_takes_long_is_broken_off(here: Path) -> None:
    """Ten million units, each with a time of its own, on one processor: the time is up in the middle of a draw."""
    (here / "line.yaml").write_text("""\
line: {lot: {panels: 10000, units_per_panel: 1000}, release: {every_h: 50000}, tools: {a: {count: 1}}}
run: {horizon_h: 500000, replications: 8}
steps: [{id: one, tool: a, time_s: {per_unit: {exponential: {mean: 0.01}, each: true}}}]
""")
    for jobs in ("1", "2"):
        begun = time.monotonic()
        assert main(["run", "line.yaml", "--quiet", "--jobs", jobs, "--max-wall-s", "1"]) == 1
        assert time.monotonic() - begun < 60


# processes --------------------------------------------------------------------------------------------------------------


def children(group: int) -> list[int]:
    """Living processes of a process group."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, pgrp = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state not in "ZX":
            found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), pytest.param(signal.SIGHUP, 129, marks=pytest.mark.long)])
def test_no_process_outlives_its_parent(here: Path, number: int, code: int) -> None:
    """Workers and what started them end, and let go of the pipe, however the parent ends; after SIGTERM it says that nothing was finished."""
    (here / "line.yaml").write_text(ENDLESS)
    run = subprocess.Popen([sys.executable, "-m", "procsim", "run", "line.yaml", "--jobs", "2"], cwd=here, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    until = time.monotonic() + 60
    while len(children(run.pid)) < 5 and time.monotonic() < until:  # parent, tracker, fork server, two workers
        time.sleep(0.1)
    time.sleep(0.3)
    os.kill(run.pid, number)
    err = run.communicate(timeout=30)[1]
    assert run.returncode == code
    assert "Traceback" not in err
    assert ("interrupted; nothing was written" in err) == (number != signal.SIGKILL)
    while children(run.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert children(run.pid) == []


def test_a_worker_that_is_killed_is_told_plainly(here: Path) -> None:
    """As where memory runs out: exit code 1 with the reason, not a fault of procsim; other workers do not wait for ever."""
    (here / "line.yaml").write_text(ENDLESS)
    plan = make(load(here / "line.yaml"))

    def run() -> None:
        with processes(2) as pool:
            assert pool is not None
            os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
            gather([plan], [(0, 0), (0, 1)], executor=pool)

    with pytest.raises(InfeasibleError, match="a worker process was killed"):
        run()


def test_what_is_finished_is_kept_however_gathering_ends(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption after the first replication, on processes and without: it is in the harvest."""
    plan = make(load(here / "line.yaml"))

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    for jobs in (1, 2):
        with processes(jobs) as pool:
            harvest = gather([plan], [(0, n) for n in range(40)], executor=pool, progress=stop)
        assert harvest.stopped == "interrupt"
        assert 1 <= len(harvest.of(0)) < 40


def test_workers_that_do_not_listen_are_ended() -> None:
    """A process that is at something long does not keep a command that is to stop, whatever still waits for it."""
    def run() -> None:
        with processes(2) as pool:
            assert pool is not None
            for _ in range(9):
                pool.submit(time.sleep, 60)
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run()
    assert time.monotonic() - begun < 30


def test_a_stop_that_falls_into_a_destructor_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed of it, and the block ends soon after."""
    class Ends:
        def __del__(self) -> None:
            send(signal.SIGINT)
            for _ in range(1000):
                pass

    def waits() -> None:
        Ends()
        time.sleep(2)

    with Stop() as stop, stop.may(), pytest.raises(KeyboardInterrupt):
        waits()
    assert capsys.readouterr().err == ""


def test_workers_never_get_a_ctrl_c() -> None:
    """Not even while they import: it is held from before they begin, so that none of them prints where it was."""
    with processes(2) as pool:
        assert pool is not None
        held = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
        assert signal.SIGINT in held
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
