"""Does the command ``serve``: opens the what-if page of a flow, until it is stopped."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

from procsim.cli.prepare import DONE, wrong
from procsim.cli.show import console
from procsim.recipe.source import SHIPPED, shipped

FIRST = "embodiment_1.yaml"
"""The flow that is opened where none is named and the folder has none."""


def serve_command(options: argparse.Namespace) -> int:
    """Says where the page is, opens it if that is asked for, and serves it."""
    from procsim.serve.limits import Limits
    from procsim.serve.start import Listening, started

    limits = Limits(options.simulations, options.simulation_s, options.answers, options.answer_s)
    where = Listening(options.host, options.port, options.token or "", limits, int(1_000_000 * options.max_body_mb), options.slow_s)
    with options.stop.may(), started(_flow(options.flow), where) as page:
        try:
            print(page.address, flush=True)
            console(error=True).print("the page of the flow; Ctrl-C ends it")
            if options.open:
                webbrowser.open(page.address)
            page.runs()
        except KeyboardInterrupt:
            pass
    return DONE


def _flow(named: str | None) -> Path:
    """The flow that is opened: of the folder flows, or of those that come with procsim, where none is named."""
    if named is not None:
        found = shipped(named)
        if found.is_dir():
            raise wrong(f"{named}: is a folder; name a recipe in it")
        return found
    own = sorted(Path("flows").glob("*.yaml")) if Path("flows").is_dir() else []
    return next((path for path in own if path.name == FIRST), own[0] if own else SHIPPED / FIRST)
