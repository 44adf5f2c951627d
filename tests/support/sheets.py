"""Reads workbooks as spreadsheets do: LibreOffice works out every formula anew, and openpyxl reads what it found."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

RECALCULATES = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""
"""LibreOffice's settings: always work out what a file holds, never trust its values."""


def edited(content: bytes, prices: Mapping[str, float]) -> bytes:
    """The workbook with other *prices* on its sheet of inputs, by address, and without any of its stored values."""
    book = load_workbook(BytesIO(content))
    inputs = book["Inputs"]
    places = {row[0].value: row[1] for row in inputs.iter_rows() if row[0].value}
    for address, value in prices.items():
        places[address].value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def recalculated(folder: Path, books: Mapping[str, bytes]) -> dict[str, Workbook]:
    """What LibreOffice makes of *books*, with values in the places of formulas. Skips the test where there is none."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice")
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(RECALCULATES)
    paths = [folder / f"{name}.xlsx" for name in books]
    for path, content in zip(paths, books.values(), strict=True):
        path.write_bytes(content)
    subprocess.run([office, f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "made"),
                    *map(str, paths)], check=True, capture_output=True, timeout=300)
    return {name: load_workbook(folder / "made" / f"{name}.xlsx", data_only=True) for name in books}


def column(sheet: Worksheet, head: str, key: str = "step") -> dict[str, object]:
    """The column under *head*, by what stands in that under *key*."""
    rows = list(sheet.iter_rows(values_only=True))
    at = next(n for n, row in enumerate(rows) if head in row and key in row)
    names, values = rows[at].index(key), rows[at].index(head)
    return {str(row[names]): row[values] for row in rows[at + 1 :] if row[names]}


def costs(book: Workbook) -> tuple[float, float]:
    """Direct and fully loaded cost as the summary has them with its inputs."""
    found = column(book["Summary"], "with the inputs", "cost per good unit")
    direct, loaded = (found[name] for name in ("direct", "fully loaded (with unused capacity)"))
    assert isinstance(direct, float)
    assert isinstance(loaded, float)
    return direct, loaded
