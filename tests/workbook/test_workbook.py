"""Tests the workbook: what LibreOffice works out of it equals the tables, other prices move it as the closed form says, and texts stay texts."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from conftest import LINE, ROOT
from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook
from sheets import column, costs, edited, recalculated

from procsim.results.price_lines import is_price
from procsim.studies.estimate import EstimateResult, estimate
from procsim.studies.run import RunResult, run

FLOWS = ROOT / "flows"
PRICES: dict[str, dict[str, float]] = {
    "die": {"product.dies.logic.price_usd": 8},
    "material": {"materials.polyimide.price_usd_per_l": 900, "materials.epoxy_mould.price_usd_per_kg": 10},
    "part": {"parts.copper_panel.price_usd_per_m2": 500, "parts.solder_ball.price_usd": 1e-4},
    "tool": {"tools.tester.price_usd": 3_000_000, "tools.exposure.price_usd": 0},
    "wages and floor": {"economics.labour_usd_per_h": 60, "economics.floor_usd_per_m2_year": 2500, "economics.electricity_usd_per_kwh": 0.3},
    "masks": {"processes.expose_resist.tooling_usd": 30_000},
}
ALL = {address: value for one in PRICES.values() for address, value in one.items()}
SIMPLE = {"materials.paste.price_usd_per_g": 2.0, "tools.a.price_usd": 5e5, "economics.labour_usd_per_h": 80}
NASTY = ("=HYPERLINK(\"http://x.example\")", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "<script>alert(1)</script>", "\tx", "http://x.example")


@pytest.fixture(scope="module")
def found() -> EstimateResult:
    return estimate(FLOWS / "embodiment_1.yaml")


@pytest.fixture(scope="module")
def simulated() -> RunResult:
    return run(yaml.safe_load(LINE))


@pytest.fixture(scope="module")
def books(found: EstimateResult, simulated: RunResult, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workbook]:
    """The workbooks that the tests look at, through LibreOffice in one go."""
    whole, line = found.attachments()["report.xlsx"], simulated.attachments()["report.xlsx"]
    made = {"as it is": edited(whole, {}), "all": edited(whole, ALL), "line": edited(line, {}), "line, other prices": edited(line, SIMPLE)}
    return recalculated(tmp_path_factory.mktemp("books"), made)


@pytest.fixture(scope="module")
def books_by_kind(found: EstimateResult, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workbook]:
    """A workbook with other prices of each kind alone."""
    whole = found.attachments()["report.xlsx"]
    return recalculated(tmp_path_factory.mktemp("kinds"), {name: edited(whole, prices) for name, prices in PRICES.items()})


@pytest.mark.parametrize(("name", "result"), [("as it is", "found"), ("line", "simulated")])
def test_the_cost_sheet_adds_up_to_the_tables(name: str, result: str, books: dict[str, Workbook], request: pytest.FixtureRequest) -> None:
    """Every step, every category and both totals are those of the CSV files, after LibreOffice has worked out every formula anew."""
    tables = request.getfixturevalue(result).tables
    sheet = books[name]["Cost sheet"]
    for head, of in (("total", "cost_per_good_unit_usd"), ("tool", "tool_usd"), ("material", "material_usd"), ("overhead", "overhead_usd")):
        cells = column(sheet, head)
        for step, usd in tables["cost_by_step"].set_index("step")[of].items():
            assert (cells[step] or 0) == pytest.approx(usd, abs=1e-9)
    summary = tables["summary"].set_index("metric")["mean"]
    direct, loaded = costs(books[name])
    assert (direct, loaded) == pytest.approx((summary["cost_per_good_unit_direct"], summary["cost_per_good_unit_loaded"]), abs=1e-9)
    yielded = [value for value in column(sheet, "yielded cost").values() if isinstance(value, float)]
    assert yielded[-1] == pytest.approx(direct, rel=1e-9)


def hold_to_the_closed_form(book: Workbook, prices: dict[str, float]) -> None:
    closed = estimate(FLOWS / "embodiment_1.yaml", set=prices).closed
    assert costs(book) == pytest.approx((closed.direct, closed.loaded), rel=1e-9)


def test_a_workbook_begins_with_what_was_found(found: EstimateResult) -> None:
    """Its first sheet says it under the title; what tools and losses are counted in stands on their sheets."""
    book = load_workbook(BytesIO(found.attachments()["report.xlsx"]))
    of = found.tables["summary"].set_index("metric")["mean"]
    said = str(book["Summary"]["A2"].value)
    assert said.startswith(f"A good package costs {of['cost_per_good_unit_loaded']:.3f} USD") and f"{100 * of['yield']:.1f} % of what is started" in said
    assert "USD per good unit" in str(book["Tools"]["A2"].value) and "shares are of all lost units" in str(book["Losses"]["A2"].value)


def test_other_prices_move_the_cost_as_the_closed_form_says(books: dict[str, Workbook]) -> None:
    """Prices of every kind changed at once: the sheet says what ``estimate --set`` says."""
    hold_to_the_closed_form(books["all"], ALL)


@pytest.mark.long
@pytest.mark.parametrize("name", PRICES)
def test_prices_of_one_kind_move_the_cost_as_the_closed_form_says(name: str, books_by_kind: dict[str, Workbook]) -> None:
    """Each kind alone, so that no two errors make one another good."""
    hold_to_the_closed_form(books_by_kind[name], PRICES[name])


def test_prices_move_what_a_run_found(books: dict[str, Workbook]) -> None:
    """Of a run the sheet holds what was simulated, and moves by the closed form's share of it: within what the two differ."""
    again = run(yaml.safe_load(LINE), set=SIMPLE)
    summary = again.tables["summary"].set_index("metric")["mean"]
    assert costs(books["line, other prices"])[0] == pytest.approx(summary["cost_per_good_unit_direct"], rel=0.01)


def test_every_price_may_be_changed(found: EstimateResult, books: dict[str, Workbook]) -> None:
    """All inputs that are prices have a row that moves the cost; the rest stand below, as values."""
    from procsim.recipe.inputs import inputs

    addresses = list(column(books["as it is"]["Inputs"], "value", "address"))
    split = addresses.index("other inputs, which are values here")
    assert set(addresses[:split]) == {one.address for one in inputs(found.recipe) if is_price(one)}
    assert "economics.practical_capacity" in addresses[split:]


def test_stored_values_are_those_of_the_formulas(found: EstimateResult, books: dict[str, Workbook]) -> None:
    """Who reads the file without working it out (a script, a preview) reads the same."""
    stored = load_workbook(BytesIO(found.attachments()["report.xlsx"]), data_only=True)
    for sheet in stored:
        there = books["as it is"][sheet.title]
        for row, again in zip(sheet.iter_rows(values_only=True), there.iter_rows(values_only=True), strict=False):
            for one, other in zip(row, again, strict=False):
                if isinstance(one, int | float) and not isinstance(one, bool):
                    assert other == pytest.approx(one, rel=1e-9, abs=1e-12)


def test_the_same_report_has_the_same_bytes(found: EstimateResult) -> None:
    """No date, no order that changes: also not of the files inside."""
    one, two = found.attachments()["report.xlsx"], EstimateResult(found.recipe, found.plan, found.closed).attachments()["report.xlsx"]
    assert one == two
    with zipfile.ZipFile(BytesIO(one)) as inside:
        assert {entry.date_time[0] for entry in inside.infolist()} == {1980}
        assert b"2000-01-01" in inside.read("docProps/core.xml")


def test_names_and_notes_are_texts(tmp_path: Path) -> None:
    """Whatever a name or a source begins with, no cell of it is a formula or a link."""
    line = yaml.safe_load(LINE)
    line["name"] = NASTY[0]
    line["steps"][0]["note"] = NASTY[1]
    for step, text in zip(line["steps"], NASTY[3:], strict=False):
        step["source"] = text
    line["materials"]["paste"]["source"] = NASTY[1]
    result = estimate(line, inputs=True)
    result.save(tmp_path / "out")
    book = load_workbook(tmp_path / "out" / "report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {NASTY[1]} <= {cell.value for cell in cells}
    assert any(str(cell.value).startswith("=HYPERLINK") and cell.data_type == "s" for cell in cells)
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert formulas
    assert not [text for text in formulas if "HYPERLINK" in text or "cmd" in text]
    assert not [cell for cell in cells if cell.hyperlink]


def test_a_line_without_prices_has_a_workbook_too(tmp_path: Path) -> None:
    """What costs nothing has tools and yields."""
    free = {"line": {"lot": {"panels": 1}, "release": {"every_h": 1}, "tools": {"saw": {"count": 1}}}, "run": {"horizon_h": 100},
            "steps": [{"id": "cut", "tool": "saw", "time_min": 45}]}
    estimate(free).save(tmp_path / "out")
    assert load_workbook(tmp_path / "out" / "report.xlsx").sheetnames[:3] == ["Summary", "Tools", "Yield"]


def test_who_asks_for_no_workbook_loads_no_library_for_it(tmp_path: Path) -> None:
    """Neither for it, nor for Parquet."""
    (tmp_path / "line.yaml").write_text(LINE)
    code = "import sys; from procsim.cli import main; main(['estimate', 'line.yaml']); sys.exit(bool({'xlsxwriter', 'duckdb', 'matplotlib'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
