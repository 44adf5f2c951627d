"""The command line: the only place that prints and the only one that knows exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 done, 1 infeasible or failed, 2 wrong recipe or command, 3 ``--fail-if`` met, 70 our bug."""
    from procsim.cli.commands import run

    return run(list(sys.argv[1:] if arguments is None else arguments))
