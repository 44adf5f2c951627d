"""Defines what a study gives: tables by name, pictures on request, the same as JSON, and a folder of all of it."""

from __future__ import annotations

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from procsim import report
from procsim.maths.plain import plain
from procsim.studies.also import Also, drawn, parquets
from procsim.studies.record import made_of

if TYPE_CHECKING:
    import pandas as pd

    from procsim.recipe.recipe import Recipe

ROWS = 40
"""Rows of a table that a notebook shows at most."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as *svg*; a notebook shows it."""

    svg: bytes

    def _repr_svg_(self) -> str:
        return self.svg.decode()

    def save(self, path: Path | str) -> None:
        """Writes it into the file *path*. Raises OSError."""
        report.save_file(Path(path), self.svg)


class Result(ABC):
    """What a study found. Every table is an attribute by its name, such as ``result.summary``."""

    kind: ClassVar[str]
    """The name of the study, which is also that of its command."""

    @property
    @abstractmethod
    def title(self) -> str:
        """One line for a reader: of what this is the result."""

    @abstractmethod
    def _tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table by name, the main one first."""

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        """What draws each picture, as SVG, by its name."""
        return {}

    def drawers(self) -> Mapping[str, Callable[[], bytes]]:
        """What draws each picture, as SVG, by its name."""
        return self._pictures()

    def facts(self) -> Mapping[str, Any]:
        """What else there is to say, in plain values: how it was found, how often, with what seed."""
        return {}

    @property
    def recipes(self) -> Sequence[Recipe]:
        """The recipes that it is of, for its record."""
        return ()

    def attachments(self) -> Mapping[str, bytes]:
        """What ``save`` writes beside tables and pictures, by name."""
        return {}

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table by name, the main one first; made once."""
        return self._tables()

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of the pictures that ``figure`` draws."""
        return tuple(self._pictures())

    def figure(self, name: str) -> Picture:
        """The picture of that name. Raises KeyError where there is none."""
        known = self._pictures()
        if name not in known:
            raise KeyError(f"no picture '{name}'; there are {', '.join(known) or 'none'}")
        return Picture(known[name]())

    def __getattr__(self, name: str) -> pd.DataFrame:
        asked = not name.startswith("_") and name != "tables"  # which comes here where a table could not be made
        if asked and name in self.tables:
            return self.tables[name]
        known = f"; its tables are {', '.join(self.tables)}" if asked else ""
        raise AttributeError(f"{type(self).__name__} has no '{name}'{known}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def data(self) -> dict[str, Any]:
        """All of it in plain values, as ``--json`` prints it: *kind*, *title*, the facts, and each table as a list of rows. What is no number is
        null."""
        rows = {name: report.rows(table) for name, table in self.tables.items()}
        return {"procsim": version("procsim"), "schema": report.SCHEMA, "kind": self.kind, "title": self.title, **plain(self.facts()),
                "tables": rows}

    def json(self) -> str:
        """``data`` as JSON text."""
        return json.dumps(self.data(), indent=1, ensure_ascii=False, allow_nan=False)

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None, also: Collection[Also] = ()) -> None:
        """Writes the tables as CSV, the pictures as SVG, a page of all of it as index.html, and as run.json all of the tables, the facts and what
        else is to be put on *record*; *also* the tables as Parquet (where DuckDB is there), or the pictures as PNG. Raises OSError."""
        known = {**made_of(self.recipes), **self.facts()} if self.recipes else self.facts()
        self._write(folder, drawn(self._pictures(), also), {"kind": self.kind, "title": self.title, **known, **(record or {})}, also)

    def _write(self, folder: Path | str, pictures: Mapping[str, bytes], record: Mapping[str, Any], also: Collection[Also]) -> None:
        """Writes that, with the *pictures*. Raises OSError."""
        from procsim.pages.page import paged

        record = plain(record)
        files = paged(self.tables, {**pictures, **self.attachments(), **parquets(self.tables, also)}, record)
        report.write(Path(folder), self.tables, files, record)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def _repr_html_(self) -> str:
        first = next(iter(self.tables.values()), None)
        told = None if first is None else first.dropna(axis="columns", how="all")  # no column that is empty, such as intervals of a closed form
        shown = "" if told is None else told.to_html(index=False, max_rows=ROWS, border=0, na_rep="", float_format=lambda x: f"{x:.5g}")
        return f"<p><b>{html.escape(self.title)}</b></p>{shown}"


class Later(Mapping[str, "pd.DataFrame"]):
    """Tables by name, each made when it is asked for first."""

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        self._makers, self._made = makers, dict[str, "pd.DataFrame"]()

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Ready(Result):
    """What is there already: *tables*, *pictures* as SVG and *facts* under a *title*, of the study *kind*."""

    def __init__(self, kind: str, title: str, tables: Mapping[str, pd.DataFrame], pictures: Mapping[str, bytes] = MappingProxyType({}),
                 facts: Mapping[str, Any] = MappingProxyType({})) -> None:
        vars(self)["kind"] = kind  # its own, where other Results have that of their class
        self._title, self._found, self._drawn, self._facts = title, tables, pictures, facts

    @property
    def title(self) -> str:
        return self._title

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        return self._found

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        return {name: partial(bytes, svg) for name, svg in self._drawn.items()}

    def drawers(self) -> Mapping[str, Callable[[], bytes]]:
        """What draws each picture, as SVG, by its name."""
        return self._pictures()

    def facts(self) -> Mapping[str, Any]:
        return self._facts

