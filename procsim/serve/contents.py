"""Gathers what the pieces of a page show."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from procsim.errors import RecipeError
from procsim.maths.numerals import number
from procsim.recipe.inputs import used_entries
from procsim.recipe.plain import as_yaml, plain_of
from procsim.recipe.recipe import Recipe
from procsim.serve import shown as words_of
from procsim.serve.answer import Answer
from procsim.serve.doing import Done
from procsim.serve.fields import Field, Fields, base_of
from procsim.serve.steps import key_of, rows
from procsim.serve.tree import Tree
from procsim.serve.written import command_of, recipe_of, yaml_of

FOUND = 40
"""Fields that a search shows, at most."""
SECTIONS = (("product", "The package"), ("line", "Lots, release and line"), ("run", "The run"), ("economics", "Money"))
"""Sections that are shown whole, and their headings."""
ENTRIES = (("tools", "Tools"), ("processes", "Methods"), ("materials", "Materials"), ("parts", "Parts"))
"""Sections whose entries are shown one by one."""


@dataclass
class Contents:
    """What pages over a *tree* show."""

    tree: Tree
    _fields: dict[int, tuple[Recipe, Fields]] = field(default_factory=dict)
    _costs: words_of.Costs = field(default_factory=words_of.Costs)

    def whole(self, answer: Answer, tab: str) -> dict[str, Any]:
        """The whole page."""
        flows = self.tree.names
        return {**self._changed(answer, tab or secrets.token_urlsafe(9)), **self.recipe(answer), "flows": flows, "title": answer.title,
                "whatifs": [name for name in self.tree.whatifs(answer.state.flow) if name not in answer.state.over], "note": None}

    def after(self, answer: Answer, tab: str, made: Done, listed: bool) -> dict[str, Any]:
        """The pieces that an edit changes; the recipe is among them where it is *listed* anew."""
        note = self._note(answer, made)
        found = {**self._changed(answer, tab), "listed": listed, "note": note,
                 "whatifs": [name for name in self.tree.whatifs(answer.state.flow) if name not in answer.state.over]}
        return {**found, **self.recipe(answer)} if listed else found

    def _changed(self, answer: Answer, tab: str) -> dict[str, Any]:
        """What any edit changes."""
        figures = words_of.figures(answer)
        yaml, command = self._texts(answer)
        by_category, by_step = words_of.costs(answer, self._costs)
        return {"state": answer.state, "tab": tab, "figures": figures, "sentence": words_of.sentence(answer, figures), "answer": answer,
                "milliseconds": words_of.milliseconds(answer), "categories": by_category, "by_step": by_step,
                "loads": words_of.loads(answer), "problems": [str(problem) for problem in answer.problems], "yaml": yaml, "command": command,
                "left_out": len(answer.state.edits) - len(answer.shown.edits), "overloads": answer.overloads, "remedies": answer.remedies,
                "idle": answer.idle,
                "edits": [(n, edit, [str(problem) for problem in answer.told(edit)]) for n, edit in enumerate(answer.state.edits)],
                "warnings": list(answer.point.plan.warnings), "saved_in": self.tree.saved_in.name}

    def _texts(self, answer: Answer) -> tuple[str, str]:
        """The YAML and the command that do the same; nothing where an edit says too little to be written."""
        state = answer.state
        try:
            yaml = yaml_of(self.tree, state, self.tree.target("edited"), answer.title, lambda fewer: recipe_of(self.tree, fewer))
            return yaml, command_of(self.tree, state, yaml)
        except RecipeError:
            return "", ""

    def recipe(self, answer: Answer) -> dict[str, Any]:
        """The steps and sections of the recipe."""
        recipe = answer.flow.recipe
        fields = self._of(recipe)
        listed = {section: [name for name in fields.named(section) if name in used] for section, used in used_entries(recipe).items()}
        lists = [name for name in self._price_lists() if name]
        at = {key_of(edit.address): str(problem) for edit in answer.state.edits if edit.verb != "set" for problem in answer.told(edit)}
        return {"rows": rows(recipe), "sections": SECTIONS, "entries": [(key, head, listed[key]) for key, head in ENTRIES], "at_step": at,
                "price_lists": lists, "price_list": answer.state.value("library.economics") or "", "answer": answer}

    def step(self, answer: Answer, name: str, only: bool) -> dict[str, Any]:
        """The panel of a step: the verbs, and the fields of all that it hangs on."""
        recipe = answer.flow.recipe
        row = next((row for row in rows(recipe) if row.id == name), None)
        if row is None:
            raise RecipeError.at(None, recipe.no_step(name[:100]))
        step = next(step for step in recipe.draft.steps if step.id == name)
        fields = self._of(recipe, answer)
        address = row.id if only else base_of(step)
        groups = [("This step says itself" if row.id == address else f"Every {address} says itself", fields.of_step(step, address))]
        node = step.node
        if process := node.text("process"):
            groups.append((f"Method {process}, wherever it is used", _numbers_first(fields.of_section("processes", process))))
        if row.tool:
            groups.append((f"Tool {row.tool}", _numbers_first(fields.of_section("tools", row.tool))))
        materials = [material for key in ("material", "adhesive") if (material := node.text(key))]
        groups += [(f"Material {material}", fields.of_section("materials", material)) for material in materials]
        ways = {way: (side if only or row.id == address else _based(recipe, side)) for way, side in (("up", row.up), ("down", row.down))}
        return {"row": row, "address": address, "only": only, "several": row.id != row.base, "ways": ways, "yaml": _again(recipe, name),
                "others": [(other.id, _again(recipe, other.id)) for other in rows(recipe)][:200],
                "groups": [(head, self._shown(found, answer)) for head, found in groups if found], "state": answer.state}

    def fields(self, answer: Answer, words: Mapping[str, str]) -> dict[str, Any]:
        """The fields of a section, an entry, or a search."""
        fields = self._of(answer.flow.recipe, answer)
        if "q" in words:
            found = fields.found(words["q"][:100], FOUND)
            none = "No address holds these words." if words["q"].strip() else ""
        else:
            section, name = words.get("section", "")[:40], words.get("name", "")[:100]
            found, none = fields.of_section(section, name), "Nothing is said there."
            found = _numbers_first(found) if name else found
        return {"fields": self._shown(found, answer), "none": none, "full": "q" in words, "swings": {}}

    def moving(self, answer: Answer, moving: Sequence[tuple[str, float]] | None) -> dict[str, Any]:
        """The fields that move the cost most; None where that took too long."""
        if moving is None:
            none = "To find that out takes longer here than a page may ask for; procsim sensitivity does."
            return {"fields": [], "none": none, "full": True, "swings": {}}
        fields = self._of(answer.flow.recipe, answer)
        found = [one for address, _ in moving if (one := fields.at(address)) is not None]
        swings = {address: f"± {number(usd, 2)} USD over its range" for address, usd in moving}
        return {"fields": self._shown(found, answer), "none": "No number with a range moves the cost.", "full": True, "swings": swings}

    def metrics(self, answer: Answer) -> tuple[str, ...]:
        """The figures that are shown."""
        return tuple(one.metric for one in words_of.figures(answer))

    def unsimulated(self, answer: Answer) -> dict[str, Any]:
        """Why nothing is simulated."""
        refusal = "the line is overloaded." if answer.overloads else answer.refusal
        why = "" if not answer.state.edited else "Not simulated: " + ("the edits cannot be built." if answer.problems else refusal)
        return {"metrics": self.metrics(answer), "each": {}, "found": None, "why": why, "runs": False}

    def _note(self, answer: Answer, made: Done) -> dict[str, Any] | None:
        """What stands below the field or the step that was edited last."""
        if not made.target:
            return None
        problems = [str(problem) for problem in (answer.told(made.edit) if made.edit else ()) or (answer.problems if made.edit else ())]
        found = self._of(answer.flow.recipe, answer).at(made.target)
        if found is None:
            step = next((one.id for one in answer.flow.recipe.draft.steps if made.target in (one.id, base_of(one))), made.target)
            return {"field": None, "key": key_of(step), "problem": "\n".join(problems)}
        shown = self._shown([found], answer)[0]
        return {"field": replace(shown, problem="\n".join(problems)), "key": shown.key, "problem": "\n".join(problems)}

    def _shown(self, found: Iterable[Field], answer: Answer) -> list[Field]:
        """Fields with what the page's edits have put there, and what is wrong about it."""
        state = answer.state
        wrong = {edit.address: "\n".join(str(problem) for problem in answer.told(edit)) for edit in state.edits if edit.verb == "set"}
        given = {edit.address: edit.value for edit in state.edits if edit.verb == "set"}
        return [replace(one, value=given[one.address], edited=True, problem=wrong.get(one.address, "")) if one.address in given
                else replace(one, edited=one.value != one.was) for one in found]

    def _of(self, recipe: Recipe, answer: Answer | None = None) -> Fields:
        """The fields of *recipe*, kept for the next request; with *answer*, over those of its flow without edits."""
        kept = self._fields.get(id(recipe))
        if kept is None:
            before = answer.before.recipe if answer is not None else None
            made = Fields(recipe, self._of(before) if before is not None and before is not recipe else None)
            if answer is None:
                return made
            while len(self._fields) >= 20:
                self._fields.pop(next(iter(self._fields)), None)
            kept = self._fields[id(recipe)] = (recipe, made)
        return kept[1]

    def _price_lists(self) -> list[str]:
        """The price lists that the tree has: libraries of economics."""
        folder = self.tree.folder / "library"
        return [f"library/{path.name}" for path in sorted(folder.glob("economics*.yaml"))] if folder.is_dir() else []


def _numbers_first(found: Sequence[Field]) -> list[Field]:
    """Fields of an entry of a library: numbers with a range first, then other numbers, then words."""
    return sorted(found, key=lambda one: (not one.ranged, not one.numeric))


def _based(recipe: Recipe, step: str) -> str:
    return next((base_of(one) for one in recipe.draft.steps if one.id == step), "") if step else ""


def _again(recipe: Recipe, name: str) -> str:
    """A step as one would write it, with an id that none has."""
    step = next(step for step in recipe.draft.steps if step.id == name)
    known = {one.segments[-1].name for one in recipe.draft.steps if one.segments}
    short = next(new for n in range(2, 2002) if (new := f"{name.rpartition('/')[2]}_{n}") not in known)
    return as_yaml({**plain_of(step.node.without("fig", "apart_fig", "source")), "id": short})

