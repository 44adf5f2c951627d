"""Says what a page shows: a flow, what-ifs laid over it, and edits, all of which stand in the page's address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from procsim.errors import Place, Problem, RecipeError
from procsim.recipe.source import read_text
from procsim.recipe.tree import Node, is_range

MOST_EDITS, MOST_SIGNS, MOST_OVER = 100, 12_000, 10
"""Edits of a state, signs of all of them (an address holds 64 kB), and what-ifs laid over a flow, at most."""
VERBS = ("set", "remove", "insert", "replace", "move")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit as the address of a page has it: a *verb* and its *text*.

    ======= ====================== =================================
    verb    text                   for example
    ======= ====================== =================================
    set     ADDRESS=VALUE          ``layer.repeat=3``
    remove  STEP                   ``inspect_mould``
    insert  before|after STEP YAML ``after mould {id: again, …}``
    replace STEP YAML              ``grind {id: grind, …}``
    move    STEP before|after STEP ``plasma before inspect_dies``
    ======= ====================== =================================
    """

    verb: str
    text: str

    @property
    def label(self) -> str:
        """What errors name as the place of what this edit wrote: of a ``set`` the option of the command line."""
        return f"--set {self.text}" if self.verb == "set" else f"{self.verb} {self.text}"

    @property
    def place(self) -> Place:
        return Place(self.label)

    @property
    def address(self) -> str:
        """What it acts on: an address, or a step."""
        if self.verb == "set":
            return self.text.partition("=")[0].strip()
        words = self.text.split(maxsplit=2)
        return (words[1] if self.verb == "insert" and len(words) > 1 else words[0]) if words else ""

    @property
    def value(self) -> str:
        """What a ``set`` sets."""
        return self.text.partition("=")[2].strip()

    @property
    def moves_a_number(self) -> bool:
        """Whether it puts nothing but a number somewhere, which no step and no method hangs on."""
        if self.verb != "set" or self.address.endswith(".repeat") or self.address.split(".")[0] == "library":
            return False
        try:
            node = read_text(self.value, self.label)
        except RecipeError:
            return False
        return (isinstance(node.value, int | float) and not isinstance(node.value, bool)) or is_range(node)

    def words(self, count: int) -> list[str]:
        """Its text in so many words, the last of which may be YAML. Raises RecipeError where there are fewer."""
        found = self.text.split(maxsplit=count - 1)
        if len(found) < count:
            raise RecipeError(Problem(f"'{self.text}' says too little: {FORMS[self.verb]}", self.place))
        return found

    def steps(self, yaml: str) -> Node:
        """The list of steps that *yaml*, a part of it, says. Raises RecipeError."""
        node = read_text(yaml, self.label)
        return node if isinstance(node.value, tuple) else Node((node,), node.place)


FORMS = {"remove": "remove STEP", "insert": "insert after STEP {id: …, …}", "replace": "replace STEP {…}", "move": "move STEP after STEP"}
"""How the verbs that need more than a word are written."""


@dataclass(frozen=True, slots=True)
class State:
    """The *flow* by the name that its tree has for it, the what-ifs *over* it, and the *edits* in the order in which they were made."""

    flow: str
    over: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def query(self) -> str:
        """It, as it stands behind the question mark of an address."""
        return urlencode(self.pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """It, as names and values of a form."""
        return [("flow", self.flow), *(("with", name) for name in self.over), *((edit.verb, edit.text) for edit in self.edits)]

    @property
    def base(self) -> State:
        """The flow without any edit; what is laid over it is an edit, too."""
        return State(self.flow)

    @property
    def edited(self) -> bool:
        return bool(self.over or self.edits)

    def split(self) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
        """The edits up to the last that may change steps or methods, and the numbers set after it."""
        last = max((n for n, edit in enumerate(self.edits, 1) if not edit.moves_a_number), default=0)
        return self.edits[:last], self.edits[last:]

    @property
    def shape(self) -> str:
        """A name for its steps and methods: two states of one name differ in numbers alone."""
        return hashlib.sha256(replace(self, edits=self.split()[0]).query.encode()).hexdigest()[:16]

    def value(self, address: str) -> str | None:
        """What the last edit of *address* set there; None where none did."""
        return next((edit.value for edit in reversed(self.edits) if edit.verb == "set" and edit.address == address), None)

    def after(self, edit: Edit) -> State:
        """It, after one more *edit*. One that sets what an earlier one has set takes its place, if only such stand between."""
        for n in range(len(self.edits) - 1, -1, -1):
            before = self.edits[n]
            if before.verb != "set" or edit.verb != "set":
                break
            if before.address == edit.address:
                return replace(self, edits=(*self.edits[:n], edit, *self.edits[n + 1:]))
        return replace(self, edits=(*self.edits, edit))

    def reset(self, address: str) -> State:
        """It, without what sets *address*."""
        return replace(self, edits=tuple(edit for edit in self.edits if edit.verb != "set" or edit.address != address))

    def undone(self) -> State:
        """It, before the last edit; without any, before the last what-if was laid over."""
        return replace(self, edits=self.edits[:-1]) if self.edits else replace(self, over=self.over[:-1])

    def without(self, number: int) -> State:
        """It, without one of its edits, which are counted from 0."""
        return replace(self, edits=tuple(edit for n, edit in enumerate(self.edits) if n != number))


def state_of(pairs: Iterable[tuple[str, str]], flow: str) -> State:
    """The state that an address or a form says; *flow* is that of a page that names none. Raises RecipeError where it says more than may be."""
    found = list(pairs)
    edits = tuple(Edit(name, text.strip()) for name, text in found if name in VERBS and text.strip())
    over = tuple(dict.fromkeys(text for name, text in found if name == "with" and text))
    _within(edits, over)
    return State(next((text for name, text in found if name == "flow" and text), flow), over, edits)


def _within(edits: Sequence[Edit], over: Sequence[str]) -> None:
    if len(edits) > MOST_EDITS or len(over) > MOST_OVER:
        raise RecipeError(Problem(f"a page has {MOST_EDITS} edits and {MOST_OVER} what-ifs at most (got {len(edits)} and {len(over)})"))
    if (signs := sum(len(edit.text) for edit in edits)) > MOST_SIGNS:
        raise RecipeError(Problem(f"the edits of a page have {MOST_SIGNS} signs at most (got {signs}); save them as a what-if"))
    for edit in edits:
        if any((ord(sign) < 32 and sign not in "\n\t") or "\ud800" <= sign <= "\udfff" for sign in edit.text):
            raise RecipeError(Problem("holds signs that are no text", Place(edit.verb)))
