"""Renders a page: one HTML file that holds its style and script, and allows itself nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from procsim.pages.content import Found, Page
from procsim.pages.run_page import run_page
from procsim.pages.study_page import study_page
from procsim.report import RECORD, Content

NAME = "index.html"
"""The file of a page, beside the tables that it shows."""
PARTS = re.compile(r"(\w[/._])(?=[a-z])")
"""Where a name may be broken: after a sign between two of its words."""
MARK = "written by procsim"
"""Stands near the beginning of every page."""


def paged(tables: Mapping[str, Any], files: Mapping[str, Content], record: Mapping[str, Any]) -> dict[str, Content]:
    """*files* and the page of what they, *tables* and the *record* tell. Tables that come in stretches are not on it."""
    names = sorted([*(f"{name}.csv" for name in tables), *files, RECORD])
    return {**files, NAME: page(tables, {name: svg for name, svg in files.items() if isinstance(svg, bytes)}, {**record, "files": names})}


def page(tables: Mapping[str, Any], files: Mapping[str, bytes], record: Mapping[str, Any]) -> bytes:
    """That page by itself; the *record* names all files of the report."""
    known = {name: _as_written(table) for name, table in tables.items() if hasattr(table, "columns")}
    pictures = {name.removesuffix(".svg"): svg for name, svg in files.items() if name.endswith(".svg")}
    facts = {key: value for key, value in record.items() if key not in ("kind", "title", "files")}
    names = [str(name) for name in record.get("files") or () if name != NAME]
    return page_of(Found(str(record["kind"]), str(record.get("title") or record.get("flow")), known, pictures, facts, names))


def _as_written(table: Any) -> Any:
    """*table* with as many digits as its file has, so that its page says the same when it is made of the file."""
    return table.assign(**{str(name): _column(table[name]) for name in table})


def _column(values: Any) -> Any:
    """A column with numbers as files have them: whole ones as well, and where nothing stands no number."""
    if values.dtype.kind in "fiu":
        return [float(f"{value:.10g}") for value in values.to_numpy(dtype=float, na_value=float("nan")).tolist()]
    return values.astype(object).where(values.notna(), "")


def page_of(found: Found) -> bytes:
    """The page of what was *found*, as it stands in its file: the same bytes for the same."""
    whole = found.kind in ("run", "estimate") and {"summary", "tools", "steps", "yield_by_step", "cost_by_step"} <= set(found.tables)
    return rendered(run_page(found) if whole else study_page(found))


def rendered(page: Page) -> bytes:
    """*page* as HTML."""
    style, script = _part("style.css"), _part("script.js")
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    text = _template().render(page=page, style=Markup(style), script=Markup(script), policy=policy, mark=MARK, markup=Markup)
    return text.encode("utf-8", "replace")


@cache
def _template() -> Template:
    environment = Environment(loader=FunctionLoader(_part), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["parted"] = _parted
    return environment.get_template("page.html")


@cache
def _part(name: str) -> str:
    """A file that belongs to every page."""
    return (files("procsim.pages") / "templates" / name).read_text(encoding="utf-8")


def _parted(text: str) -> Markup:
    """*text* that may be broken within long names, after their signs."""
    return Markup(PARTS.sub(r"\1<wbr>", str(escape(text))))


def _hash(text: str) -> str:
    """What a security policy calls a text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
