"""Says how each material is painted: the same in every picture, told apart by lightness and hatch as well as by hue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Paint:
    """Fill *colour* and *hatch* of a material."""

    colour: str
    hatch: str = ""

    @property
    def lightness(self) -> float:
        """From 0 (black) to 1 (white), as the eye weighs the three channels."""
        red, green, blue = (int(self.colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


KINDS: dict[str, dict[str, Paint]] = {
    "metals": {
        "copper": Paint("#C87137"), "clad_copper": Paint("#A85A2A", "///"), "aluminium": Paint("#D9DCE0"), "aluminium_alloy": Paint("#C3CAD3", "//"),
        "nickel_gold": Paint("#FFC800"), "gold": Paint("#B88600"), "solder": Paint("#717C88"), "ti_cu_seed": Paint("#5C2200"),
        "kovar": Paint("#B5AB90"), "nickel_copper": Paint("#D9A679"),
        "sputtered_copper": Paint("#E39A66", "..."), "zinc": Paint("#9FB0B8", "\\\\"),
    },
    "semiconductors, glass, ceramic, laminates": {
        "silicon": Paint("#A3BEDD"), "glass": Paint("#D8F0F5", "\\\\"), "ceramic": Paint("#F3E9DC", "///"), "organic_core": Paint("#C9CF9A", "---"),
        "polyethersulfone": Paint("#E3B98F", "\\\\"),
    },
    "dielectrics": {
        "polyimide": Paint("#F6E3A1"), "bcb": Paint("#EFEBC4", "///"), "porous_dielectric": Paint("#F6E3A1", "ooo"),
        "stress_buffer": Paint("#E4CE96", "\\\\\\"), "silicon_nitride": Paint("#6A3D9A"), "silicon_oxide": Paint("#BFA8DC"),
        "aluminium_nitride": Paint("#7D5BB0", "..."), "aluminium_oxide": Paint("#D6C6EC", "..."),
        "nitride_filled_sheet": Paint("#8E6BBF", "///"), "stop_oxide_sheet": Paint("#CDBBE6", "///"), "solder_mask": Paint("#1B7F5C"),
        "high_k_paste": Paint("#8A3B5E", "..."),
    },
    "filling": {
        "epoxy_mould": Paint("#4A4A52"), "polymer_fill": Paint("#77727F", "///"), "fill_oxide": Paint("#9B97A6", "///"),
        "underfill": Paint("#2F6DB5", "///"),
    },
    "resists and release": {
        "photoresist": Paint("#A4CE62"), "liquid_resist": Paint("#93BE55", "///"), "release_film": Paint("#F2C6D2", "xxx"),
        "heat_release_tape": Paint("#E8829B", "|||"), "plating_film": Paint("#D3E6C6", "\\\\"),
    },
    "adhesives, pastes, thermal interface": {
        "die_tape": Paint("#12B5B0", "|||"), "conductive_paste": Paint("#0E8E8A", "///"), "conductive_glue": Paint("#0A6A75", "///"),
        "resistor_paste": Paint("#7A4A68", "xxx"),
        "bond_film": Paint("#5FD0CB", "///"), "tim_gel": Paint("#9BE3DF", "||"), "lid_adhesive": Paint("#2BA8C4", "\\\\\\"),
        "polyimide_paste": Paint("#DDBB5C", "..."), "bcb_adhesive": Paint("#3FA7B5", "..."),
    },
}
"""Paint by kind of material. What is laid side by side in one package differs in lightness, so that a grey print still tells it apart."""

PAINTS = {name: paint for group in KINDS.values() for name, paint in group.items()}
_ORDER = {name: i for i, name in enumerate(PAINTS)}

_OTHERS = ("#D8B4A0", "#A3C4BC", "#E8D8E4", "#B8B08D", "#8C9EB2", "#CFE0B8", "#C7A6C9", "#F0D0B0")
_HATCHES = ("xx", "++", "oo", "||")
"""Of materials that are not written above; no written one has these hatches."""


SPELT = {"ti_cu_seed": "Ti/Cu seed", "nickel_gold": "nickel/gold", "nickel_copper": "nickel/copper", "bcb": "BCB", "bcb_adhesive": "BCB adhesive",
         "tim_gel": "TIM gel"}
"""Materials whose names are written otherwise than with blanks for underscores."""


def spelt(name: str) -> str:
    """*name* as words of a picture."""
    return SPELT.get(name, name.replace("_", " "))


def paint(name: str) -> Paint:
    """How *name* is painted; a material that is not in the dict gets one of 32 paints by its name."""
    if name in PAINTS:
        return PAINTS[name]
    number = crc32(name.encode())
    return Paint(_OTHERS[number % len(_OTHERS)], _HATCHES[number // len(_OTHERS) % len(_HATCHES)])


def in_order(names: Iterable[str]) -> list[str]:
    """*names* once each, kind by kind; those that are not in the dict come last, by name."""
    return sorted(set(names), key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
