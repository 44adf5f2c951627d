"""Looks after standard output and standard error: text gets out whatever the encoding, and a reader who leaves stops nothing."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import TextIO

PLAIN = {"\u202f": " ", "\u00a0": " ", "–": "-", "—": "-", "−": "-", "×": "x", "µ": "u", "μ": "u", "±": "+-", "→": "->", "≤": "<=", "≥": ">=",
         "∞": "inf", "·": "*", "…": "...", "²": "^2", "³": "^3", "°": "deg ", "’": "'", "‘": "'", "“": '"', "”": '"', "━": "-", "╸": "-", "╺": "-"}
"""What stands for a character where the encoding has none; else its number does."""


class Outlet(io.TextIOBase):
    """A text stream in front of *stream* that never raises: what its encoding lacks is written plainly, and what cannot be written is
    dropped and remembered in *error*. Without a stream, all is dropped."""

    def __init__(self, stream: TextIO | None, name: str) -> None:
        self.stream, self.name = stream, name
        self.error: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self.stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def fileno(self) -> int:
        if self.stream is None:
            raise io.UnsupportedOperation("fileno")
        return self.stream.fileno()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.stream is not None and self.error is None:
            try:
                self.stream.write(plain(text, self.encoding))
            except OSError as error:
                self.error = error
        return len(text)

    def flush(self) -> None:
        if self.stream is not None and self.error is None:
            try:
                self.stream.flush()
            except OSError as error:
                self.error = error

    @property
    def lost(self) -> str:
        """What of the output was lost, and why; "" where none was, or nobody wanted it."""
        if self.error is None or isinstance(self.error, BrokenPipeError) or self.error.errno == errno.EBADF:
            return ""
        where = ""
        with suppress(OSError):
            where = f" ({os.readlink(f'/proc/self/fd/{self.fileno()}')})"
        return f"{self.name}{where}: {self.error.strerror or self.error}"

    def give_up(self) -> None:
        """After an error: lets what the stream still holds go nowhere, so that Python can end in peace."""
        if self.error is not None and self.stream is not None:
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self.stream.fileno())
                os.close(nowhere)
            with suppress(OSError):
                self.stream.flush()


def plain(text: str, encoding: str) -> str:
    """*text* as *encoding* can say it; a byte of a file's name that is no text becomes ``\\xNN``."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_fitting(letter, encoding) for letter in text)
    return text


def _fitting(letter: str, encoding: str) -> str:
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return PLAIN.get(letter) or letter.encode("ascii", "backslashreplace").decode("ascii")
    return letter


@contextmanager
def outlets() -> Iterator[list[str]]:
    """Puts an Outlet before both standard streams. What of the output was lost is in the list once the block has ended."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _plug()
    out, err = Outlet(sys.stdout, "standard output"), Outlet(sys.stderr, "standard error")
    lost: list[str] = []
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield lost
        finally:
            out.flush()
            if out.lost:
                lost.append(out.lost)
                err.write(f"error: {out.lost}\n")
            err.flush()
            if err.lost:
                lost.append(err.lost)
            out.give_up()
            err.give_up()


def _plug() -> None:
    """Opens what is closed of the three standard files on nothing, lest a file of a report becomes one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
