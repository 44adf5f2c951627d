"""Defines the mistakes that every part of procsim raises when the user is wrong, each of them one readable line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written: *file*, 1-based *line* and *column*, and the source line as *text*."""

    file: str
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: *message*, the *place* it was written and the *address* an edit would use to reach it."""

    message: str
    place: Place | None = None
    address: str = ""

    def __str__(self) -> str:
        where = ""
        if self.place is not None:
            file = self.place.file
            if len(file) > ECHO:
                file = _cut(file, WORD) if file.startswith("--") else f"…{file[-WORD:]}"
            where = f"{file}:{self.place.line}:{self.place.column}: " if self.place.line else f"{file}: "
        line = f"{where}error: {_cut(short(self.message), MESSAGE)}" + (f"  [{short(self.address)}]" if self.address else "")
        return line if self.place is None or not self.place.text.strip() else f"{line}\n{self._echo(self.place)}"

    @staticmethod
    def _echo(place: Place) -> str:
        """The source line, or of a long one what stands about the mistake, and a caret under it."""
        gutter, text, at = f"{place.line:>5} | ", re.sub(r"[\x00-\x1f\x7f]", " ", place.text.rstrip()), max(place.column - 1, 0)
        first = max(min(at - ECHO // 2, len(text) - ECHO), 0)
        before, after = "…" if first else "", "…" if first + ECHO < len(text) else ""
        shown = before + text[first + len(before):first + ECHO - len(after)] + after
        return f"{gutter}{shown}\n{' ' * (len(gutter) + at - first)}^"


ECHO = 180
"""Characters of a source line that an error shows; with what stands before them no more than 200."""
WORD = 100
"""Characters of what was written that an error repeats in one piece."""


MESSAGE = 1000
"""Characters of a message, which may list names, at most."""


def _cut(text: str, most: int) -> str:
    """*text* of at most so many characters."""
    return text if len(text) <= most else f"{text[:most]}…"


def short(text: str) -> str:
    """*text* on one line, with what it quotes, and every word in it, cut to ``WORD`` characters."""
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    text = re.sub(rf"'([^']{{{WORD}}})[^']+'", r"'\1…'", text) if len(text) > WORD else text
    return re.sub(rf"(\S{{{WORD}}})\S+", r"\1…", text) if len(text) > WORD else text


class RecipeError(Exception):
    """The recipe or an edit is wrong: carries every *problem* found, not only the first (exit code 2)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    @classmethod
    def at(cls, place: Place | None, message: str, address: str = "") -> RecipeError:
        """One problem at one place."""
        return cls(Problem(message, place, address))


class InfeasibleError(Exception):
    """The recipe is sound but its line cannot run as planned: overload, starvation, deadlock (exit code 1)."""


class StoppedError(BaseException):
    """Work was called off before it was done: time is up, or the user said stop. Like KeyboardInterrupt it is no Exception, so that nobody
    who expects faults takes it for one."""


class BalanceError(AssertionError):
    """Units, money or tool hours do not balance: a fault of procsim, never of the recipe (exit code 70)."""


TIMES = ("s", "min", "h")
"""Units that one and the same time may be written in, at the end of its key."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint that ends an error line: ``; did you mean 'x'?``, or nothing when no *known* word is near; of a time without its unit, each unit."""
    near = get_close_matches(word, known := list(known), n=1, cutoff=0.6)
    if not near:
        return ""
    bare, _, unit = near[0].rpartition("_")
    said = unit in TIMES and word.endswith(f"_{unit}")
    alike = [] if said else [f"{bare}_{other}" for other in TIMES if unit in TIMES and f"{bare}_{other}" in known]
    return f"; did you mean {' or '.join(repr(one) for one in alike or near)}?"
