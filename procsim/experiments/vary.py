"""Reads what is varied and how: axes of a design, each one or more addresses that take their values together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from procsim.errors import Problem, RecipeError

MOST_POINTS = 1_000_000
"""Points that one study has at most."""
MOST_VALUES = 100_000
"""Values of one axis, at most."""


@dataclass(frozen=True, slots=True)
class Axis:
    """*addresses* that take one of *values* (as ``--set`` has them) together."""

    addresses: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """What heads its column: the addresses with commas between."""
        return ",".join(self.addresses)


@dataclass(frozen=True, slots=True)
class Span:
    """*addresses* that take one value between *low* and *high* together, spread evenly, or, with *log*, by factors."""

    addresses: tuple[str, ...]
    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """The value at *share* of the way from low (0) to high (1)."""
        if self.log:
            return math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        return self.low + share * (self.high - self.low)

    @property
    def name(self) -> str:
        return ",".join(self.addresses)


def axis(text: str) -> Axis:
    """``ADDRESS=1,2,3``, ``ADDRESS=0.5..2:7`` (7 values from 0.5 to 2) or ``ADDRESS=log:1e3..1e6:4``; several addresses, with commas between, move
    together. Raises RecipeError where it says none of these."""
    addresses, value = _halves(text)
    if ".." in value:
        spread, colon, count = value.rpartition(":")
        if not colon or not count.strip().isdecimal() or not 2 <= int(count) <= MOST_VALUES:
            raise _wrong(text, "a range says how many values it has, 2 at least: 0.5..2:7")
        ends = _span(addresses, spread, text)
        return Axis(addresses, tuple(number_text(ends.at(i / (int(count) - 1))) for i in range(int(count))))
    values = tuple(parted(value, ","))
    if not values or not all(values):
        raise _wrong(text, "there is nothing between two commas, or behind =")
    if len(values) > MOST_VALUES:
        raise _wrong(text, f"an axis has {MOST_VALUES} values at most")
    if twice := next((value for n, value in enumerate(values) if value in values[:n]), ""):
        raise _wrong(text, f"{twice} is there twice")
    return Axis(addresses, values)


def span(text: str) -> Span:
    """``ADDRESS=0.5..2`` or ``ADDRESS=log:1e3..1e6``. Raises RecipeError where it says neither."""
    addresses, value = _halves(text)
    return _span(addresses, value, text)


def points(axes: Sequence[Axis]) -> Iterator[dict[str, str]]:
    """Every point of the grid of *axes*, the last axis fastest."""
    for values in product(*(one.values for one in axes)):
        yield {address: value for one, value in zip(axes, values, strict=True) for address in one.addresses}


def size(axes: Sequence[Axis]) -> int:
    """Points of the grid."""
    return math.prod(len(one.values) for one in axes)


def from_mapping(vary: Mapping[str, object]) -> list[Axis]:
    """Axes from Python: ``{"layer.repeat": [1, 2, 3], "tools.exposure.count": "1..4:4"}``. Raises RecipeError."""
    return [axis(f"{address}={value}") if isinstance(value, str) else
            Axis(tuple(part.strip() for part in address.split(",")), tuple(_text(one) for one in value))  # type: ignore[attr-defined]
            for address, value in vary.items()]


def _halves(text: str) -> tuple[tuple[str, ...], str]:
    names, equals, value = text.partition("=")
    addresses = tuple(part.strip() for part in names.split(","))
    if not equals or not all(addresses):
        raise _wrong(text, "it says ADDRESS=VALUES, such as layer.repeat=1,2,3")
    if len(set(addresses)) < len(addresses):
        raise _wrong(text, "it names one address twice")
    return addresses, value.strip()


def _span(addresses: tuple[str, ...], value: str, text: str) -> Span:
    log = value.startswith("log:")
    low, dots, high = value.removeprefix("log:").partition("..")
    try:
        ends = float(low), float(high)
    except ValueError:
        raise _wrong(text, "a range goes from a number to a number: 0.5..2") from None
    if not dots or not all(map(math.isfinite, ends)) or not ends[0] < ends[1]:
        raise _wrong(text, "a range goes from a lower number to a higher one")
    if log and ends[0] <= 0:
        raise _wrong(text, "a range by factors begins above 0")
    return Span(addresses, *ends, log)


def parted(text: str, by: str) -> Iterator[str]:
    """*text* at each sign *by* that stands in no brackets and no quotes, without the blanks round each part."""
    depth, quote, at = 0, "", 0
    for i, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "[{(":
            depth += 1
        elif sign in "]})":
            depth -= 1
        elif sign == by and depth == 0:
            yield text[at:i].strip()
            at = i + 1
    yield text[at:].strip()


def number_text(value: float) -> str:
    """Twelve digits, which no step of a grid needs more of; whole where it is whole."""
    return str(int(value)) if value == round(value) and abs(value) < 1e15 else f"{value:.12g}"


def _text(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value)


def _wrong(text: str, why: str) -> RecipeError:
    return RecipeError(Problem(f"--vary {text[:100]}: {why}"))


def refuse_set(axes: Iterable[Axis | Span], sets: Sequence[str]) -> None:
    """Raises RecipeError for each of the edits *sets*, as ``--set`` has them, of an address that one of *axes* moves: it would do nothing."""
    moved = {address for one in axes for address in one.addresses}
    told = [Problem(f"--set {text} has no effect, since {address} is varied: leave one of them out")
            for text in sets if (address := text.partition("=")[0].strip()) in moved]
    if told:
        raise RecipeError(*told)
