"""Writes folders and files whole or not at all, and leaves alone what procsim did not write."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from procsim.report.text import encoded

if TYPE_CHECKING:
    import pandas as pd

try:
    import fcntl
except ImportError:  # Windows has no such locks: two writers there may meet
    fcntl = None  # type: ignore[assignment]

Content = bytes | Iterator[bytes] | Callable[[Path], bytes]
"""Of a file: whole, in stretches, or what is made of the files that stand in the folder by then."""
RECORD = "run.json"
"""The file of a report that lists the others under ``files``."""
Ours = Callable[[Path], Collection[str] | None]
"""Names of the files in a folder that procsim wrote; None where that is not known."""
LOCK_S = 30.0
"""So long a writer waits for another one in the same place; moving a report in takes milliseconds."""


def save_file(path: Path, content: bytes) -> None:
    """Writes *content* into the file *path* in one go; a link is followed. Raises OSError with the file's name."""
    path = Path(os.path.realpath(path))
    fresh = path.with_name(f".{path.name[:100]}-{_token()}")
    try:
        _fill(fresh, [content])
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def save_once(path: Path, content: Iterable[bytes]) -> str:
    """Writes *content* into the file *path*, which is new or holds the very same already, in one go. Returns its SHA-256. Raises OSError,
    FileExistsError where the file holds something else."""
    path = Path(os.path.realpath(path))
    fresh = path.with_name(f".{path.name[:100]}-{_token()}")
    try:
        _fill(fresh, content)
        return move_once(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def move_once(fresh: Path, path: Path) -> str:
    """Moves the file *fresh* to *path*, as ``save_once`` writes."""
    made = sha256(fresh)
    if path.exists() and (not path.is_file() or sha256(path) != made):
        raise FileExistsError(errno.EEXIST, "is there already, and holds something else", str(path))
    fresh.replace(path)
    return made


def sha256(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(path: Path, table: pd.DataFrame) -> None:
    """Writes *table* into the file *path* in one go, with all digits, so that it says exactly the same when it is read again."""
    save_file(path, encoded(str(table.to_csv(index=False, lineterminator="\n"))))


def put(folder: Path, files: Mapping[str, Content], ours: Ours, clear: bool = True) -> None:
    """Writes *files* into *folder*, so that none of them is seen half done. Of what is in the folder *ours* are written over and, with *clear*,
    removed where they are not among *files*; all else stays. A link is followed.

    The folder is exchanged for a new one in one go where it holds nothing else. Where it does, or cannot be renamed (a mount point, say), the
    files are moved in one by one, the record of a report out first and in last.
    Raises OSError where that cannot be done, FileExistsError where a file that is not *ours* is in the way.
    """
    folder = Path(os.path.realpath(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = _room(folder)
    try:
        for name, content in files.items():
            _fill(fresh / name, content if isinstance(content, Iterator) else [content(fresh) if callable(content) else content])
        with _alone(folder.parent):
            _place(fresh, folder, ours, clear)
    except OSError as error:
        error.filename = str(error.filename or folder).replace(str(fresh), str(folder))
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _room(folder: Path) -> Path:
    """A new folder on the file system of *folder*: beside it where it can be exchanged for *folder*, else in it."""
    inside = folder.is_dir() and (os.path.ismount(folder) or not os.access(folder.parent, os.W_OK | os.X_OK))
    home, stem = (folder, ".procsim") if inside else (folder.parent, f".{folder.name[:100]}")
    fresh = home / f"{stem}-{_token()}"
    fresh.mkdir()
    return fresh


def _token() -> str:
    """Part of a name that nobody else chooses."""
    return os.urandom(6).hex()


def _fill(path: Path, content: Iterable[bytes]) -> None:
    """Writes a new file. Raises OSError with its name, which writing alone leaves out."""
    try:
        with path.open("wb") as file:
            file.writelines(content)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def _place(fresh: Path, folder: Path, ours: Ours, clear: bool) -> None:
    """Moves what is in *fresh* to *folder*."""
    if not folder.exists():
        fresh.rename(folder)
        return
    names, there = ({one.name for one in where.iterdir()} for where in (fresh, folder))
    known = ours(folder)
    for name in sorted(names & there):
        if not (folder / name).is_file() or (known is not None and name not in known):
            raise FileExistsError(errno.EEXIST, "is there already, and procsim did not write it", str(folder / name))
    gone = {name for name in known or () if name in there and (folder / name).is_file()} if clear else set()
    if clear and there - gone <= names and fresh.parent == folder.parent and not _inside(folder) and _exchanged(fresh, folder):
        _leave(fresh, folder, gone | names)
    else:
        _move_in(fresh, folder, names, gone - names)


def _inside(folder: Path) -> bool:
    """Whether this process, and so perhaps the shell that it came from, stands in *folder*."""
    with suppress(OSError):
        return Path(os.path.realpath(".")).is_relative_to(folder)
    return False


def _move_in(fresh: Path, folder: Path, names: Collection[str], gone: Collection[str]) -> None:
    """Moves the files *names* from *fresh* into *folder* one by one and removes those that are *gone*. By then they are on its file system."""
    near = folder / f".procsim-{_token()}"
    near.mkdir()
    try:
        for name in names:
            shutil.move(fresh / name, near / name)
        if RECORD in names:
            (folder / RECORD).unlink(missing_ok=True)
        for name in gone:
            (folder / name).unlink()
        for name in sorted(names, key=lambda name: (name == RECORD, name)):
            (near / name).replace(folder / name)
    finally:
        shutil.rmtree(near, ignore_errors=True)


def _leave(old: Path, folder: Path, gone: Collection[str]) -> None:
    """Removes the files *gone* from a folder that another one has taken the place of; what has come into it in the meantime moves there."""
    for name in gone:
        (old / name).unlink(missing_ok=True)
    for left in old.iterdir():
        left.rename(folder / left.name)
    old.rmdir()


def _exchanged(one: Path, other: Path) -> bool:
    """Lets two folders change places in an instant. False where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    one.chmod(stat.S_IMODE(other.stat().st_mode))
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other writers out of *folder*, waiting for those that are in it; where it cannot be locked, nobody is kept out.

    Raises OSError where another writer does not end."""
    try:
        held = os.open(folder, os.O_RDONLY) if fcntl is not None else -1
    except OSError:
        held = -1
    try:
        until = time.monotonic() + LOCK_S
        while held >= 0 and not _locked(held):
            if time.monotonic() > until:
                raise OSError(errno.EAGAIN, "another procsim writes there, and does not end", str(folder))
            time.sleep(0.01)
        yield
    finally:
        if held >= 0:
            os.close(held)


def _locked(held: int) -> bool:
    """Whether there is nobody else to wait for."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without such locks
        return True
    return True


def bears(file: Path, mark: bytes) -> bool:
    """Whether *mark* stands near the beginning of a regular file."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return mark in opened.read(8192)
