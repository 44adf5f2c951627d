"""Tests that every alternative of the source documents is shown by some recipe, and that the documentation's table says which."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from conftest import PACKAGES, ROOT, WHATIFS, loaded

from procsim.cli import main
from procsim.errors import RecipeError
from procsim.studies.alternatives import found_in as alternatives

NAMED = {
    "[0026–0038]": [
        "1A: panel of copper", "1A: panel of aluminium alloy", "1A: adhesive tape", "1A: conductive paste",
        "1B: filling of epoxy", "1B: filling of polymer", "1B: planarized by grinding", "1B: planarized by etching",
        "1C: polyimide", "1C: BCB", "1C: porous dielectric", "1C: stress-buffer material",
        "1C: holes by photo via", "1C: holes by laser ablation", "1C: holes by plasma etching",
        "1D: wiring by sputtering", "1D: wiring by electroplating", "1D: wiring by electroless plating", "1D: vias filled with conductive glue first",
        "1G: solder mask", "1G: another insulator", "1H: solder ball", "1H: solder bump", "1H: gold bump", "1H: pin",
        "1I: mechanical cutting", "1I: laser cutting",
    ],
    "[0004]": ["for comparison: flip chip on a substrate with balls", "for comparison: flip chip on a substrate with pins"],
    "[0006]": ["for comparison: fan-in wafer-level package"],
    "[0027]": ["ground flush, without a polish"],
    "[0029]": ["the first dielectric, polyimide, fills between the dies; ground flat", "the first dielectric, polyimide, fills between the dies; etched flat"],
    "[0030]": ["wiring of sputtered copper"],
    "[0033]": ["1 wiring layer", "2 wiring layers", "3 wiring layers", "4 wiring layers", "6 wiring layers"],
    "[0039–0042]": ["2A–2C: cavities milled into the panel"],
    "[0040]": ["cavities by another machining: coining", "cavities of a depth per die"],
    "[0043]": ["both layers of an alloy"],
    "[0043–0047]": ["3A–3C: punched metal layer on a second one"],
    "[0048–0060]": [
        "4A: nitride, 2 µm", "4A: nitride, 10 µm", "4A: oxide, 2 µm",
        "4A: sheet filled with aluminium nitride, the usual 20 µm", "4A: sheet filled with oxide, 20 µm", "4A: sheet filled with nitride, 200 µm",
        "4B: filling of epoxy", "4B: filling of oxide", "4C: planarized and thinned by CMP", "4D: second metal panel",
        "4E: first substrate of metal", "4E: first substrate of another metal", "4E: first substrate of glass", "4E: first substrate of ceramic", "4E: first substrate of organic material",
        "4F: holes by laser", "4F: holes by plasma", "4F: holes by machine drilling",
        "4G: vias filled by the wiring", "4G: vias filled with conductive glue first",
    ],
    "[0049]": ["4A: aluminium nitride", "4A: aluminium oxide"],
    "[0057]": ["4I: second holes filled with conductive glue first"],
    "[0062]": ["5A: aluminium nitride", "5A: aluminium oxide"],
    "[0063]": ["5E: filling removed, then 1B"],
    "[0061–0066]": ["5A–5E: pads laid open"],
    "[0064]": ["first substrate of metal", "first substrate of another metal", "first substrate of glass", "first substrate of silicon", "first substrate of organic material",
               "no insulating layer"],
    "[0067]": ["power and ground bus"],
    "[0068]": ["FIG. 8: from device to device of one die through the thin film"],
    "[0069]": ["FIG. 9A, 9B: printed passive", "FIG. 10A: comb capacitor", "FIG. 10B: plate capacitor",
               "FIG. 10B: plate capacitor with an insulator of its own", "square spiral inductor", "FIG. 11A: spiral inductor", "FIG. 11B: solenoid",
               "FIG. 11C: toroid", "resistor", "wave-guide", "filter", "micro-electro-mechanical sensor"],
    "[0070]": ["FIG. 6: one die per package", "FIG. 7: several dies, the same", "FIG. 7: several dies, different"],
    "[0074]": ["first layer of silicon with etched openings", "system in package"],
    "claim 1": ["chip face down, stiffener and two heat sinks"],
    "claim 2": ["fins"],
    "claim 3": ["first heat sink of metal"],
    "claim 4": ["second heat sink of metal"],
    "claim 5": ["bumps"],
    "claim 6": ["underfill"],
    "claim 7": ["balls round the second heat sink", "a second heat sink wider than the chip"],
    "claim 8": ["one body"],
    "claim 9": ["second heat sink smaller than the chip"],
    "claim 10": ["matched expansion"],
    "claim 11": ["fins, with matched expansion"],
    "claim 12": ["first heat sink of metal, with matched expansion"],
    "claim 13": ["second heat sink of metal, with matched expansion"],
    "claim 14": ["bumps, with matched expansion"],
    "claim 15": ["underfill, with matched expansion"],
    "claim 16": ["balls round the second heat sink, with matched expansion"],
    "claim 17": ["one body, with matched expansion"],
    "claim 18": ["second heat sink in the central area", "second heat sink in the central area, with matched expansion"],
}
"""Alternatives by paragraph; a range of paragraphs is an embodiment's table, whose figure stands before the colon."""


def test_every_alternative_is_shown_by_a_recipe_and_no_other() -> None:
    """Nothing that the documents name is missing, and no file shows what they do not name."""
    shown = {f"{paragraph} {words}" for paragraph, words in alternatives(ROOT / "flows")}
    named = {f"{paragraph} {words}" for paragraph, listed in NAMED.items() for words in listed}
    assert sorted(named - shown) == [], "shown by no file"
    assert sorted(shown - named) == [], "named in no document"


@cache
def files_that_show() -> set[str]:
    """Files of the table that the command prints."""
    return {file for listed in alternatives(ROOT / "flows").values() for file in listed}


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda p: p.stem)
def test_every_recipe_says_what_it_shows(path: Path) -> None:
    """What it shows is its own, not that of the recipe it extends."""
    own = path.relative_to(ROOT / "flows").as_posix() in files_that_show()
    assert bool(loaded(path).document.shows) == own


def test_the_documentation_holds_the_table_that_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Between its two markers, line for line."""
    assert main(["alternatives"]) == 0
    printed = capsys.readouterr().out
    page = (ROOT / "docs" / "reference" / "alternatives.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- alternatives -->\n(.*?)<!-- end of alternatives -->", page, re.S)
    assert found is not None
    assert found[1].strip() == printed.strip()


def test_the_table_is_in_order_of_paragraphs(capsys: pytest.CaptureFixture[str]) -> None:
    """Claims after paragraphs, 9 before 10, in any folder that is named."""
    assert main(["alternatives", str(ROOT / "flows")]) == 0
    rows = [line.split(" | ")[:2] for line in capsys.readouterr().out.splitlines()[2:]]
    first = [row[0].strip("| ") for row in rows]
    assert first == sorted(first, key=lambda text: (text.startswith("claim"), [int(n) for n in re.findall(r"\d+", text)]))
    words = [row[1] for row in rows]
    assert words.index("FIG. 9A, 9B: printed passive") < words.index("FIG. 10A: comb capacitor")


def test_what_names_no_paragraph_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the place where it is written; so is what is not there, and a folder without recipes."""
    (tmp_path / "own.yaml").write_text('extends: flows:embodiment_1.yaml\nshows: ["something new"]\n', encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        alternatives(tmp_path)
    assert caught.value.problems[0].place is not None
    assert caught.value.problems[0].place.line == 2
    assert main(["alternatives", str(tmp_path)]) == 2
    assert main(["alternatives", str(tmp_path / "none")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "has no paragraph" in err
    assert "no such file or folder" in err
    (tmp_path / "empty").mkdir()
    assert main(["alternatives", str(tmp_path / "empty")]) == 2
    assert "holds no recipes" in capsys.readouterr().err
