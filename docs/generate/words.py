"""Writes the pages of words: what each column and figure of the output means, and the glossary."""

from __future__ import annotations

from pathlib import Path

from procsim.tables.meanings import SECTIONS
from procsim.tables.terms import TERMS


def write(folder: Path) -> None:
    """Writes columns.md and glossary.md into *folder*."""
    lines = ["# Columns and figures", "",
             "What each column and each figure of a table means. `procsim explain limited_by` says the same. `expected_` before a name is the closed form of it, `base_` and `edit_` "
             "are the flow as it is and with an edit, and `_ci_low`, `_ci_high`, `_se` and `_is` behind it are its interval, its standard error, and whether it is exact or an estimate.", ""]
    for where, section in SECTIONS.items():
        what = "figure" if where.startswith("figure") else "column"
        lines += [f"## {_plural(where)}", "", f"| {what} | meaning |", "|---|---|", *(f"| `{name}` | {meaning} |" for name, meaning in section.items()), ""]
    (folder / "columns.md").write_text("\n".join(lines), encoding="utf-8")
    told = ["# Glossary", "", *(line for words, meaning in TERMS.items() for line in (words, f": {meaning}", ""))]
    (folder / "glossary.md").write_text("\n".join(told), encoding="utf-8")


def _plural(where: str) -> str:
    """*where* as a heading: Columns of tables of cost."""
    first, _, rest = where.partition(" ")
    return f"{first.capitalize()}s {rest}"
