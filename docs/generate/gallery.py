"""Writes the gallery: every package and every alternative, with its picture, cost and yield by the closed form, all in one process."""

from __future__ import annotations

from pathlib import Path

import procsim

ROOT = Path(__file__).resolve().parents[2]
FIGURES = {"cost_per_good_unit_direct": ("direct", "USD", "{:.3f}"), "cost_per_good_unit_loaded": ("fully loaded", "USD", "{:.3f}"),
           "yield": ("yield", "%", "{:.1%}"), "good_units_per_week": ("good packages a week", "", "{:,.0f}")}


def write(folder: Path, pictures: Path) -> None:
    """Writes gallery.md into *folder* and its pictures into *pictures*."""
    lines = ["# Gallery", "", "Every shipped package and every alternative of the source documents, finished, as it is mounted, with cost and yield by the closed form.", ""]
    for title, place in (("Packages", "flows"), ("Alternatives and what-ifs", "flows/whatif")):
        lines += [f"## {title}", ""]
        for path in sorted((ROOT / place).glob("*.yaml")):
            lines += _one(path, pictures)
    (folder / "gallery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _one(path: Path, pictures: Path) -> list[str]:
    try:
        found = procsim.estimate(path)
    except procsim.InfeasibleError as error:  # a line that is overloaded on purpose
        return [f"### {path.stem}", "", f"`{path.relative_to(ROOT)}` cannot keep up with its releases: {str(error).splitlines()[0]}.", ""]
    summary = found.summary.set_index("metric")["expected"]
    told = [text.format(summary[name]) + f" {unit}".rstrip().replace(" %", "") + f" {word}" for name, (word, unit, text) in FIGURES.items()
            if name in summary and summary[name] == summary[name]]
    recipe = found.recipe
    lines = [f"### {recipe.title}", "", f"`{path.relative_to(ROOT)}`: {', '.join(told)}.", "", " ".join((recipe.document.description or "").split()), ""]
    if "package" in found.pictures:
        name = f"package_{path.stem}.svg"
        (pictures / name).write_bytes(found.figure("package").svg)
        lines += [f"```{{image}} {pictures.name}/{name}", f":alt: cross-section of {recipe.title}", "```", ""]
    return lines
