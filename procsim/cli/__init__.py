"""Is the command line: the only place that prints and the only one that knows exit codes."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 done, 1 infeasible or failed, 2 wrong recipe or command, 3 ``--fail-if`` met, 70 our bug, and 128 + the number
    of a signal that stopped it: 130 Ctrl-C, 143 SIGTERM."""
    if arguments is None:  # a program: what it reads stays, and is not to be looked through for cycles again and again, a tenth of its time
        gc.set_threshold(20_000, 50, 100)
    try:
        from procsim.cli.outlet import outlets
        from procsim.cli.stop import Stop

        with Stop() as stop, outlets() as lost:
            from procsim.cli.commands import run

            code = run(list(sys.argv[1:] if arguments is None else arguments), stop)
            if arguments is None:  # the program ends with this: a stop has nothing left to stop
                stop.forget()
    except KeyboardInterrupt:  # before there was a Stop
        print("interrupted; nothing was written", file=sys.stderr)
        return 128 + signal.SIGINT
    return code or int(bool(lost))
