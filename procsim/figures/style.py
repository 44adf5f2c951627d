"""One colour per idea, in all figures; colour-blind-safe (Okabe and Ito 2008), and the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from warnings import catch_warnings, filterwarnings

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from procsim.figures.hatches import brief

COLOURS = {
    "die": "#0072B2", "panel": "#56B4E9", "material": "#009E73", "tooling": "#F0E442", "tool": "#E69F00", "labour": "#D55E00",
    "floor": "#CC79A7", "utilities": "#999999", "overhead": "#555555", "nre": "#8C6D31", "credit_for_scrap": "#000000", "indirect_labour": "#A63C06",
    "productive": "#009E73", "setup": "#F0E442", "standby": "#DDDDDD", "engineering": "#56B4E9", "scheduled_down": "#E69F00",
    "unscheduled_down": "#D55E00", "non_scheduled": "#999999",
    "unit": "#009E73", "false reject": "#F0E442", "lot": "#D55E00",
}
GREY = "#444444"
FAINT = "#595959"
"""What may be overlooked, and is read all the same."""
ACCENT = "#D6007F"
"""What is new."""
REMOVED = "#5A5A5A"
"""What is gone."""


DRAWN = "drawn by procsim"
"""What pictures say that are to be known again."""


NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""Characters that XML cannot hold, in UTF-8: a name may."""


RASTERS: ContextVar[dict[str, bytes] | None] = ContextVar("rasters", default=None)


@contextmanager
def rasters() -> Iterator[dict[str, bytes]]:
    """A block in which every figure that becomes SVG becomes a PNG as well: these, by the names of their files."""
    made: dict[str, bytes] = {}
    before = RASTERS.set(made)
    try:
        yield made
    finally:
        RASTERS.reset(before)


def svg(figure: Figure, salt: str, tight: bool = True, creator: str | None = None) -> bytes:
    """*figure* as SVG with real text and no date; *salt*, the picture's name, keeps ids of several figures apart. *tight* cuts white edges off,
    *creator* stands within."""
    out, said = BytesIO(), {"Date": None, "Creator": creator}
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "none", "font.family": "sans-serif"}), any_letters():
        if tight:
            figure.savefig(out, format="svg", metadata=said, bbox_inches="tight")
        else:
            _printed(figure, out, said)
    if (kept := RASTERS.get()) is not None:
        kept[f"{salt}.png"] = png(figure, tight)
    return NO_XML.sub("\ufffd".encode(), brief(out.getvalue()))


def _printed(figure: Figure, out: BytesIO, said: dict[str, str | None]) -> None:
    """Writes *figure* as SVG of its own size into *out*, once laid out: ``savefig`` would draw it twice."""
    canvas, layout = FigureCanvasSVG(figure), figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    canvas.print_svg(out, metadata=said)  # type: ignore[no-untyped-call]  # Matplotlib says no types of its backends
    figure.set_layout_engine(layout)


def png(figure: Figure, tight: bool = True) -> bytes:
    """*figure* as PNG that says ``DRAWN``."""
    out = BytesIO()
    with any_letters():
        figure.savefig(out, format="png", dpi=130, metadata={"Software": DRAWN}, bbox_inches="tight" if tight else None)
    return out.getvalue()


@contextmanager
def any_letters() -> Iterator[None]:
    """Letters that Matplotlib's font has not (Chinese, say) are no reason for a warning: an SVG holds them as text, which a browser shows."""
    with catch_warnings():
        filterwarnings("ignore", r"(?s).*Glyph \d+ .*missing from", UserWarning)
        filterwarnings("ignore", r"Matplotlib currently does not support", UserWarning)
        yield
