"""Writes the gallery: every package and every alternative, with its picture, cost and yield by the closed form, all in one process."""

from __future__ import annotations

from pathlib import Path

from generate.recipes import ROOT, built_of, recipe_of

import procsim
from procsim.figures import section, style
from procsim.figures.cells import finished
from procsim.figures.finer import finer, known_of
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import METRICS

FIGURES = {"cost_per_good_unit_direct": ("direct", "USD", "{:.3f}"), "cost_per_good_unit_loaded": ("fully loaded", "USD", "{:.3f}"),
           "yield": ("yield", "", "{:.1%}"), "good_units_per_week": ("good packages a week", "", "{:,.0f}")}
Drawn = list[tuple[object, str]]
"""What was drawn, and the heading that it stands under."""


def write(folder: Path, pictures: Path) -> None:
    """Writes gallery.md into *folder* and its pictures into *pictures*."""
    lines = ["# Gallery", "", "Every shipped package and every alternative of the source documents, finished, as it is mounted, with cost and yield by the closed form. "
             "Where an edit changes the line, or prices, and not the package, the picture stands once.", ""]
    drawn: Drawn = []
    for title, place in (("Packages", "flows"), ("Alternatives and what-ifs", "flows/whatif")):
        found = [_one(path, pictures, drawn) for path in sorted((ROOT / place).glob("*.yaml"))]
        lines += [f"## {title}", "", *_table([row for row, _ in found]), *(line for _, more in found for line in more)]
    (folder / "gallery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(rows: list[list[str]]) -> list[str]:
    """All of a section side by side, each with where it stands below."""
    heads = ["", *(f"{word}, {unit}" if unit else word for word, unit, _ in FIGURES.values())]
    return [f"| {' | '.join(cells)} |" for cells in (heads, ["---", *["---:"] * len(FIGURES)], *(row for row in rows if row))] + [""]


def _one(path: Path, pictures: Path, drawn: Drawn) -> tuple[list[str], list[str]]:
    """The cells of one recipe in the table, and its part of the page."""
    try:
        found = procsim.estimate(recipe_of(path))
    except procsim.InfeasibleError as error:  # a line that is overloaded on purpose
        return [], [f"### {path.stem}", "", f"`{path.relative_to(ROOT)}` cannot keep up with its releases: {str(error).splitlines()[0]}.", ""]
    summary = {metric.name: metric.expected(found.closed) for metric in METRICS if metric.name in FIGURES}
    texts = {name: _text(text, summary[name]) for name, (_, _, text) in FIGURES.items()}
    told = [" ".join(filter(None, (texts[name], unit, word))) for name, (word, unit, _) in FIGURES.items() if texts[name] != "–"]
    row = [f"{{ref}}`{found.recipe.title} <{path.stem}>`", *texts.values()]
    recipe = found.recipe
    lines = [f"({path.stem})=", f"### {recipe.title}", "", f"`{path.relative_to(ROOT)}`: {', '.join(told)}.", "",
             " ".join((recipe.document.description or "").split()), ""]
    return row, lines if recipe.document.product is None else [*lines, *_picture(path, pictures, drawn)]


def _text(form: str, value: float) -> str:
    """*value* as it is written; – where there is none."""
    return form.format(value).replace(",", "\N{NARROW NO-BREAK SPACE}").replace("%", "\N{NO-BREAK SPACE}%") if value == value else "–"


def _picture(path: Path, pictures: Path, drawn: Drawn) -> list[str]:
    """The package, or where it has been drawn."""
    recipe = recipe_of(path)
    known = known_of(recipe)
    looks = (built_of(path)[-1].after, known)
    for other, name in drawn:
        if other == looks:
            return [f"It looks like {{ref}}`{name} <{name}>`.", ""]
    drawn.append((looks, path.stem))
    name = f"package_{path.stem}.svg"
    (pictures / name).write_bytes(picture(recipe))
    return [f"```{{figure}} {pictures.name}/{name}", f":alt: cross-section of {recipe.title}", "",
            f"{_words(recipe.title)}, finished.", "```", ""]


def picture(recipe: Recipe) -> bytes:
    """The finished package of *recipe* as SVG."""
    last = finished(finer(recipe), known_of(recipe))
    draw = section.package if last.after.singulated else section.claim
    return style.svg(draw(recipe.title, last), "package", tight=False)


def _words(title: str) -> str:
    """What a *title* says behind its number."""
    said = title.partition(": ")[2] or title
    return said[:1].upper() + said[1:]
