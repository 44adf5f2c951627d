"""Starts the server of the what-if page, says where it is, and keeps it until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from procsim.errors import Problem, RecipeError
from procsim.experiments.processes import foreseen
from procsim.serve.guard import WILD, Rules, loopback
from procsim.serve.limits import USUAL, Limits

LEAST_TOKEN = 16
"""Signs that a token has at least."""
MISSING = "procsim serve needs starlette and uvicorn, which are not installed: pip install 'procsim[serve]'"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server listens, with what *token* it is opened, and its *limits*: of simulations, and of what a request may be."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str = ""
    limits: Limits = USUAL
    most_bytes: int = 1_000_000
    slow_s: float = 10.0


def checked(where: Listening) -> None:
    """Raises RecipeError where others could get in without a token, or with one that can be guessed."""
    if not where.token and not loopback(where.host):
        raise RecipeError(Problem(f"--host {where.host}: others could get in; give a --token that they are to have, of {LEAST_TOKEN} signs or more"))
    if where.token and not (len(where.token) >= LEAST_TOKEN and where.token.isascii() and all(s.isalnum() or s in "-_" for s in where.token)):
        raise RecipeError(Problem(f"--token: must have {LEAST_TOKEN} letters, digits, - or _ at least"))


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is ready to be served at an *address*."""

    address: str
    _server: Any
    _bound: socket.socket

    def runs(self) -> None:
        """Serves it until it is stopped: by ``stops`` or, in the main thread, by Ctrl-C."""
        with suppress(KeyboardInterrupt):
            self._server.run(sockets=[self._bound])

    def stops(self) -> None:
        """Has ``runs``, in another thread, come to an end."""
        self._server.should_exit = True


@contextmanager
def started(flow: Path, where: Listening) -> Iterator[Served]:
    """The page of *flow*, ready to be served. Raises RecipeError where the flow cannot be built, where nobody may listen so, and where what it takes
    is not installed; OSError where the port is taken."""
    checked(where)
    try:
        import uvicorn

        foreseen("procsim.serve.works")
        from procsim.serve.app import application, site_of
        from procsim.serve.slow import Impatient
    except ModuleNotFoundError as error:
        raise RecipeError(Problem(MISSING)) from error
    site = site_of(flow, where.limits)
    bound = _bound(where)
    port = bound.getsockname()[1]
    app = application(site, Rules.of(where.host, port, where.token, where.most_bytes, where.slow_s))
    protocol = type("Impatient", (Impatient,), {"seconds": where.slow_s})
    config = uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_level="critical", access_log=False, server_header=False,
                            proxy_headers=False, timeout_keep_alive=30, timeout_graceful_shutdown=1, limit_concurrency=200)
    server = uvicorn.Server(config)
    try:
        yield Served(_address(where, port), server, bound)
    finally:
        bound.close()
        site.ends()


def _bound(where: Listening) -> socket.socket:
    """A socket at the host and port; at one that is free where no port is said."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((where.host, where.port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise OSError(error.errno, f"cannot listen at {where.host}, port {where.port}: {error.strerror or error}") from None
    return made


def _address(where: Listening, port: int) -> str:
    """What to open in a browser."""
    host = socket.gethostname() if where.host in WILD else f"[{where.host}]" if ":" in where.host else where.host
    return f"http://{host}:{port}/" + (f"?{urlencode({'token': where.token})}" if where.token else "")
