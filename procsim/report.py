"""Tables and figures in, a folder out: whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

Table = pd.DataFrame | Iterator[pd.DataFrame]
"""Whole, or in stretches of rows."""


def csv(table: pd.DataFrame, names: bool = True) -> str:
    """*table* as CSV: 10 significant digits, empty where there is no number, Unix line ends; *names* of columns first."""
    return str(table.to_csv(index=False, header=names, float_format="%.10g", lineterminator="\n"))


def save(path: Path, table: pd.DataFrame) -> None:
    """Writes *table* into the file *path* in one go, with all digits, so that it says exactly the same when it is read again."""
    content = str(table.to_csv(index=False, lineterminator="\n")).encode()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as fresh:
        fresh.write(content)
    Path(fresh.name).chmod(0o644)
    Path(fresh.name).replace(path)


def write(folder: Path, tables: Mapping[str, Table], files: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
    """Writes *tables* as CSV, *files* as they are and *record* as run.json into *folder*, which is replaced in one go. A table may come in
    stretches, which are written one after the other.

    Raises OSError where the folder cannot be written; what was there before then stays.
    """
    made = {f"{name}.csv": _stretches(table) for name, table in tables.items()}
    kept = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    put(folder, {**made, **files, "run.json": kept.encode()})


def _stretches(table: Table) -> Iterator[bytes]:
    """*table* as CSV, with one line of names."""
    for number, part in enumerate([table] if isinstance(table, pd.DataFrame) else table):
        yield csv(part, names=number == 0).encode()


def put(folder: Path, files: Mapping[str, bytes | Iterator[bytes]], add: bool = False) -> None:
    """Writes *files* into *folder*, which is replaced in one go; with *add*, what else is in it stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            with (fresh / name).open("wb") as file:
                file.writelines([content] if isinstance(content, bytes) else content)
        fresh.chmod(0o755)
        if add and folder.exists():
            for name in files:
                (fresh / name).replace(folder / name)
        else:
            _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, folder: Path) -> None:
    """Puts *fresh* where *folder* was."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / folder.name)
    try:
        fresh.rename(folder)
    except OSError:
        (old / folder.name).rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
