"""Looks for what nobody uses any more while nobody waits for an answer, and not in the midst of one."""

from __future__ import annotations

import gc
import threading

REST_S = 0.4
"""So long nothing has been asked for before all memory is looked through."""
MOST = 200
"""Answers after which it is looked through even if there has been no rest."""
NEVER = 1_000_000
"""Python looks through all memory by itself after so many looks at what is young, which is never."""


class Tidying:
    """Puts off what Python does at a moment of its own choosing, and takes as long as an answer."""

    def __init__(self) -> None:
        self._answers = 0
        self._rest: threading.Timer | None = None

    def begins(self) -> None:
        """Keeps out of it what is there by now and stays; from now on it is looked through in rests alone."""
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, NEVER)

    def works(self) -> None:
        """An answer begins."""
        if self._rest is not None:
            self._rest.cancel()

    def rests(self) -> None:
        """An answer is there."""
        self._answers += 1
        if self._answers >= MOST:
            self._looks()
            return
        self._rest = threading.Timer(REST_S, self._looks)
        self._rest.daemon = True
        self._rest.start()

    def _looks(self) -> None:
        self._answers = 0
        gc.collect()
