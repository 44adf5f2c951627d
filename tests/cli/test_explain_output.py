"""Tests that the command line says what the words of the output mean: every column and figure that any command writes has a meaning."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, TINY
from lines import Write

import procsim
from procsim.cli import main
from procsim.results.metrics import DUE, LOST, METRICS, PRICE, SKIPPED, WEAK
from procsim.studies.result import Result
from procsim.tables.meanings import SECTIONS, known_words, meanings
from procsim.tables.terms import TERMS


@pytest.mark.parametrize(("word", "told"), [
    ("limited_by", "What keeps the group from doing more"), ("fan_out", "How many bonding points lie outside"), ("tool group", "Identical machines"),
    ("available", "Share of the clock that is left for work"), ("needed", "Fewest tools"), ("batch forming", "Waiting of lots for others"),
    ("fully loaded cost", "and the cost of unused capacity"), ("MTBF", "between failures"), ("expected_queue_h", "In closed form. Hours that a lot waits"),
    ("base_step_yield", "Of the flow as it is."), ("mu_star_se", "Standard error of mu_star"), ("passive_coil_inductance", "Inductance of the passive"),
])
def test_a_word_of_the_output_is_explained(word: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """However it is written, as one word or as several."""
    assert main(["explain", *word.split()]) == 0
    assert told in capsys.readouterr().out
    assert main(["explain", word, "--json"]) == 0
    assert any(told in row["meaning"] for row in json.loads(capsys.readouterr().out)["tables"]["explain"])


def test_a_word_that_is_none_is_told_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest first."""
    assert main(["explain", "limitd", "by"]) == 2
    assert "did you mean 'limited_by'" in capsys.readouterr().err


def test_every_column_of_the_committed_tables_and_every_figure_is_explained() -> None:
    """Of all six packages."""
    tables = {file: [*csv.reader(file.read_text(encoding="utf-8").splitlines())] for file in sorted((ROOT / "reports").glob("*/*.csv"))}
    heads = {name for rows in tables.values() for name in rows[0]}
    figures = {row[0] for file, rows in tables.items() if file.name == "summary.csv" for row in rows[1:]}
    metrics = {one.name for one in (*METRICS, *DUE, *WEAK, *SKIPPED, *LOST, *PRICE)}
    assert len(heads) > 100 and len(figures) > 50
    assert [name for name in sorted(heads | figures | metrics) if not meanings(name)] == []


def test_every_column_of_every_study_is_explained(write: Write) -> None:
    """But for columns that have an address, or a flow, for a name."""
    line, other = write(TINY, "line.yaml"), write(TINY.replace("per_panel: 0.5", "per_panel: 0.4"), "other.yaml")
    for found in _studies(line, other):
        for name, table in found.tables.items():
            unknown = [head for head in map(str, table.columns) if "." not in head and head.split(",")[0] not in ("line", "other", "tools_added")
                       and not meanings(head)]
            assert not unknown, (found.kind, name)


def _studies(line: Path, other: Path) -> Iterator[Result]:
    yield procsim.run(line, replications=2)
    yield procsim.estimate(line)
    yield procsim.check(line)
    yield procsim.show(line)
    yield procsim.whatif(line, set={"tools.a.count": 2}, replications=2)
    yield procsim.compare([line, other], replications=2)
    yield procsim.curve(line, loads=[0.4, 0.5], replications=2)
    yield procsim.sweep([line, other], {"materials.paste.price_usd_per_g": [0.1, 0.2]})
    yield procsim.size(line, max_load=0.7)
    yield procsim.breakeven(line, other, "materials.paste.price_usd_per_g=0.1..0.2", replications=0)
    yield procsim.sensitivity(line)
    yield procsim.optimise(line, minimise="cost_per_good_unit_loaded", choose=["tools.a.count=1,2"], replications=2)
    yield procsim.alternatives_of(line)


def test_every_meaning_is_a_sentence_and_stands_once() -> None:
    """No name has two meanings in tables of one sort of thing, and each ends with a full stop."""
    names = [name for section in SECTIONS.values() for name in section]
    assert sorted(names) == sorted(set(names))
    assert all(text.endswith(".") and text[0].isupper() | (not text[0].isalpha()) for section in (*SECTIONS.values(), TERMS) for text in section.values())
    assert all(meanings(word) for word in known_words())
