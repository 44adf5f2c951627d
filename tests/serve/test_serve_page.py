"""Tests the what-if page in headless Chromium: what an engineer does with it, with the keyboard, at every width, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browser import LOOK, WIDE, Tab
from conftest import LINE

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from served import Client, served, tree

from procsim.experiments.points import Evaluator
from procsim.recipe.load import load
from procsim.serve.limits import Limits
from procsim.serve.shown import signed
from procsim.studies.whatif import whatif

NOW = "[...document.querySelectorAll('#five .now td')].map(cell => cell.childNodes[0].textContent.trim())"
HERO = "document.querySelector('.hero strong').textContent"
SAYS = "document.querySelector('#says').textContent"
IDLE = "!document.querySelector('#page .htmx-request') && !document.querySelector('#picture-run .runs')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tree(tmp_path_factory.mktemp("served"))
    (made / "line.yaml").write_text(LINE, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Client]:
    with served(folder / "embodiment_1.yaml", limits=Limits(1, 20.0)) as client:
        yield client


def said(tab: Tab) -> list[str]:
    """Messages of the console, but for htmx's own where a request gives way to a newer one."""
    return [text for text in tab.said if "htmx:sendAbort" not in text and "htmx:afterRequest" not in text]


def types(tab: Tab, selector: str, value: str) -> None:
    """Puts *value* into a field as somebody does who types it and goes on."""
    tab.until(f"document.querySelector({selector!r})")
    tab.tells(f"""(() => {{ const field = document.querySelector({selector!r}); field.focus(); field.value = {value!r};
      field.dispatchEvent(new Event('input', {{bubbles: true}})); field.dispatchEvent(new Event('change', {{bubbles: true}})); }})()""")


def presses(tab: Tab, selector: str) -> None:
    """Goes to a control and presses Enter, with the keyboard."""
    tab.until(f"document.querySelector({selector!r})")
    tab.tells(f"document.querySelector({selector!r}).focus()")
    for kind in ("keyDown", "keyUp"):
        tab.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r" if kind == "keyDown" else "")


def finds(tab: Tab, words: str, address: str) -> str:
    """Looks for a number; what is returned selects its field."""
    types(tab, ".find input", words)
    tab.until(f"document.querySelector('#hits input[aria-label=\"{address}\"]')")
    return f"#hits input[aria-label='{address}']"


def test_an_engineer_changes_breaks_overloads_saves_and_opens_again(tab: Tab, page: Client, folder: Path) -> None:
    """A die price, a third layer, a package that cannot be built, a line that is overloaded and its remedy, undo; saved, and opened again to the same
    figures, which are those of the file for procsim itself."""
    tab.visit(page.address)
    tab.until("document.querySelector('#picture svg')", 90)
    before = tab.tells(NOW)
    types(tab, finds(tab, "logic price", "product.dies.logic.price_usd"), "4")
    assert tab.until(f"{HERO}.startsWith('+') && {HERO}") == "+0.489" and "product.dies.logic.price_usd%3D4" in tab.tells("location.search")
    tab.until("document.querySelector('#hits .note').textContent.includes('was 3.56')")
    types(tab, "input[data-focus='layer.repeat']", "3")
    tab.until("document.querySelectorAll('.steps .head').length > 5 && document.querySelector('#listed').textContent.includes('layer3')")
    assert tab.tells(NOW) != before and tab.until("document.querySelector('#picture-run').textContent === '' && document.querySelector('#package').textContent.includes('new: layer3/plate')", 90)
    types(tab, finds(tab, "grind less", "grind.less_um"), "90")
    wrong = "would grind 30 µm into the active surface of logic"
    tab.until(f"{SAYS}.includes({wrong!r})")
    tab.until(f"document.querySelector('#hits .note').textContent.includes({wrong!r}) && document.querySelector('#edits .bad').textContent.includes({wrong!r})")
    presses(tab, "#says button")
    tab.until(f"!{SAYS}.includes('cannot be built')")
    types(tab, finds(tab, "release", "line.release.panels_per_week"), "1700")
    tab.until(f"{SAYS}.includes('overloaded') && document.querySelector('#loads tr.over')")
    presses(tab, "#says .warnings button")
    tab.until(f"!{SAYS}.includes('overloaded')")
    types(tab, "#edits form input[name=name]", "mine")
    presses(tab, "#edits form button")
    tab.until("document.querySelector('#saved a')")
    figures = tab.tells(NOW)
    tab.visit(page.address + "?flow=whatif/mine.yaml")
    assert tab.tells(NOW) == figures
    saved = Evaluator(load(folder / "whatif" / "mine.yaml")).at({}, True).figures()
    assert figures[0] == f"{saved['cost_per_good_unit_loaded']:.3f}" and said(tab) == []
    assert all(address.startswith(page.address) for address in tab.asked)


def test_steps_are_moved_removed_inserted_and_replaced_with_the_keyboard(tab: Tab, page: Client) -> None:
    """Each by its button, in the panel of a step; focus stays where the step went, undo takes one edit back, and what was open stays open."""
    tab.visit(page.address)
    ids = "[...document.querySelectorAll('.steps .id')].map(e => e.textContent)"
    before = tab.tells(ids)
    at = "details[data-key='step plasma']"
    presses(tab, f"{at} > summary")
    presses(tab, f"{at} button[aria-label='Move plasma down']")
    tab.until("document.querySelector('#edits').textContent.includes('move plasma after mould')")
    assert "cannot be built" in tab.tells(SAYS) or tab.tells(ids) != before
    presses(tab, "#lead .undo button")
    tab.until("document.querySelector('#lead .undo button').disabled")
    presses(tab, "details[data-key='step inspect_mould'] > summary")
    presses(tab, "details[data-key='step inspect_mould'] button[aria-label='Remove inspect_mould']")
    tab.until(f"!{ids}.includes('inspect_mould')")
    presses(tab, "details[data-key='step mould'] > summary")
    types(tab, "details[data-key='step mould'] textarea", "{id: again, op: bake, process: post_mould_cure}")
    tab.tells("document.querySelector(\"details[data-key='insert mould']\").open = true")
    presses(tab, "details[data-key='insert mould'] button:nth-of-type(2)")
    tab.until(f"{ids}.includes('again')")
    assert tab.tells("document.querySelector(\"details[data-key='step mould']\").open") and tab.tells(f"{ids}.indexOf('again') - {ids}.indexOf('mould')") == 1
    tab.tells("document.activeElement.blur()")
    tab.ask("Input.dispatchKeyEvent", type="keyDown", key="z", code="KeyZ", windowsVirtualKeyCode=90, modifiers=2)
    tab.until(f"!{ids}.includes('again')")
    assert said(tab) == []


def test_the_simulated_difference_is_that_of_the_command(tab: Tab, page: Client, folder: Path) -> None:
    """Grey until it comes, never blank, and in the end what procsim whatif finds on the same random numbers; two tabs do not disturb each other."""
    edit = {"tools.a.count": 2}
    tab.visit(f"{page.address}?{urlencode({'flow': 'line.yaml', 'set': 'tools.a.count=2'})}")
    tab.until("document.querySelector('#sim-run').textContent.includes('Simulated: 3 replications')", 90)
    row = whatif(folder / "line.yaml", edit).whatif.set_index("metric").loc["cost_per_good_unit_loaded"]
    cell = "document.querySelector('#sim td').textContent"
    assert tab.tells(cell).split()[0] == signed("", float(row["difference"])) and signed("", float(row["ci_low"])) in tab.tells(cell)
    tab.until("document.querySelector('#picture').textContent.split('nothing to draw').length === 2")  # in its own time
    shown = tab.tells("document.querySelector('#sim').textContent")
    types(tab, finds(tab, "a count", "tools.a.count"), "3")
    tab.until("document.querySelector('#sim-run .runs')")
    assert tab.tells("document.querySelector('#sim').textContent") == shown and tab.tells("getComputedStyle(document.querySelector('#sim td')).fontStyle") == "italic"
    tab.until(f"document.querySelector('#sim-run').textContent.includes('Simulated: 3') && document.querySelector('#sim').textContent !== {shown!r}", 90)


PLACES = """(all => all.slice(0, 1 + all.findIndex(e => e.closest('#hits [data-field]'))).map(e => e.getBoundingClientRect().top))(
  [...document.querySelectorAll('#figures .five, main section input, main section summary')].filter(e => e.getClientRects().length && !e.closest('#edits')))"""
"""How high the figures stand, and everything that can be pressed down to the first field that has been found."""
FOCUSED = "(e => e.getAttribute('aria-label') || e.id || e.textContent.trim())(document.activeElement)"
MESSAGE = "document.querySelector('#says').getBoundingClientRect()"


@pytest.mark.parametrize("width", [380, 900, 1600])
def test_a_message_moves_nothing_and_covers_nothing_that_is_in_use(width: int, tab: Tab, page: Client) -> None:
    """It comes in view wherever the page stands, beside the recipe where there is room; F8 goes to its button, and from there one comes back to where
    one was. What may be about to be pressed where it comes is still reached for a moment."""
    tab.looks(width)
    tab.visit(page.address)
    field = finds(tab, "panels per week", "line.release.panels_per_week")
    tab.until(f"{IDLE} && document.querySelector('#picture svg') && document.querySelector('[data-key=moving] .field')", 90)
    tab.tells(f"document.querySelector({field!r}).scrollIntoView({{block: 'center'}})")
    stood = tab.tells(PLACES)
    types(tab, field, "1700")
    assert tab.until(f"{SAYS}.includes('overloaded') && getComputedStyle(document.querySelector('#says')).pointerEvents") == "none"
    tab.until("getComputedStyle(document.querySelector('#says')).pointerEvents === 'auto'")
    now = tab.tells(PLACES)
    assert (now if width > 760 else now[-1:]) == pytest.approx(stood if width > 760 else stood[-1:], abs=1) and len(now) > 2
    top, bottom, left = tab.tells(f"(box => [box.top, box.bottom, box.left])({MESSAGE})")
    box = tab.tells(f"(box => [box.bottom, box.right])(document.querySelector({field!r}).getBoundingClientRect())")
    assert 0 < top < bottom <= 900 and (box[0] <= top or box[1] <= left)
    for kind in ("keyDown", "keyUp"):
        tab.ask("Input.dispatchKeyEvent", type=kind, key="F8", code="F8", windowsVirtualKeyCode=119)
    assert tab.tells(FOCUSED).startswith("Give the line what it lacks")
    presses(tab, "#says button")
    tab.until(f"!{SAYS}.includes('overloaded')")
    tab.until(f"document.activeElement === document.querySelector({field!r})")
    presses(tab, "#hits .note button")
    tab.until(f"document.activeElement === document.querySelector({field!r}) && document.querySelector({field!r}).value !== '1700'")
    tab.looks(1600)


def test_a_message_comes_out_of_the_way_of_what_it_would_cover(tab: Tab, page: Client) -> None:
    """On a phone, of a button at the end of the window: it is still reached for a moment, and then stands above the message."""
    tab.looks(380)
    tab.visit(page.address)
    tab.until(f"{IDLE} && document.querySelector('#picture svg') && document.querySelector('[data-key=moving] .field')", 90)
    tab.tells("document.querySelector(\"details[data-key='step mould'] > summary\").click()")
    button = "document.querySelector('button[aria-label=\"Remove mould\"]')"
    tab.until(button)
    tab.tells(f"{button}.focus()")
    tab.tells(f"scrollBy(0, {button}.getBoundingClientRect().bottom - innerHeight + 20)")
    tab.tells(f"{button}.click()")
    under = f"(box => document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === {button})({button}.getBoundingClientRect())"
    assert tab.until(f"{SAYS}.includes('cannot be built') && [{under}, {button}.getBoundingClientRect().bottom > {MESSAGE}.top]") == [True, True]
    tab.until(f"{button}.getBoundingClientRect().bottom < {MESSAGE}.top && document.activeElement === {button} && {under}")
    tab.looks(1600)


def test_a_die_price_is_found_before_that_of_a_die_bonder(tab: Tab, page: Client) -> None:
    """The package's own numbers come first."""
    tab.visit(page.address)
    finds(tab, "die price", "product.dies.logic.price_usd")
    assert tab.tells("document.querySelector('#hits input').getAttribute('aria-label')") == "product.dies.logic.price_usd"


def test_a_slider_makes_one_edit_and_going_back_undoes_it(tab: Tab, page: Client) -> None:
    """Text and slider are one number; the address follows, and so does the page when it is gone back in."""
    tab.visit(page.address)
    field = finds(tab, "logic price", "product.dies.logic.price_usd")
    slider = "#hits input[type=range]"
    for value in ("4", "5", "5.5"):
        types(tab, slider, value)
        tab.until(f"new URLSearchParams(location.search).get('set') === 'product.dies.logic.price_usd={value}'")
    assert tab.tells(f"document.querySelector({field!r}).value") == "5.5" and tab.tells("document.querySelectorAll('#edits .list li').length") == 1
    tab.until("!document.querySelector('#page .htmx-request')")
    presses(tab, "#hits .note button")
    tab.until("!document.querySelector('#edits .list')")
    assert tab.tells(f"[document.querySelector({field!r}).value, document.querySelector({slider!r}).value]") == ["3.56", "3.56"]
    types(tab, "input[data-focus='layer.repeat']", "3")
    tab.until("document.querySelector('#edits').textContent.includes('layer.repeat=3')")
    tab.tells("history.back()")
    tab.until("document.readyState === 'complete' && !document.querySelector('#edits .list') && !location.search.includes('layer')")


def test_a_saved_what_if_is_written_over_only_when_that_is_asked_for(page: Client, folder: Path) -> None:
    """The page asks before; the flow itself, a recipe of somebody else and an edit that cannot be built are not saved at all."""
    edit = {"flow": "line.yaml", "tab": "t", "set": "tools.a.count=2", "name": "more"}
    assert "Saved as whatif/more.yaml" in page.posts("/save", edit).text
    first = (folder / "whatif" / "more.yaml").read_bytes()
    assert "is there already" in page.posts("/save", {**edit, "set": "tools.a.count=3"}).text and (folder / "whatif" / "more.yaml").read_bytes() == first
    assert "Saved" in page.posts("/save", {**edit, "set": "tools.a.count=3", "over": "yes"}).text and (folder / "whatif" / "more.yaml").read_bytes() != first
    for pairs, wrong in (({"flow": "whatif/more.yaml"}, "cannot extend itself"), ({"name": "laser_vias", "over": "yes"}, "was not saved by procsim serve"),
                         ({"set": "tools.a.count=-1"}, "must be"), ({"set": ""}, "nothing to save")):
        answer = page.posts("/save", {**edit, **pairs})
        assert wrong in answer.text and "Saved" not in answer.text


STATES = {"as it is": (), "edited": (("set", "layer.repeat=3"), ("set", "product.dies.logic.price_usd=4")), "overloaded": (("set", "line.release.panels_per_week=1700"),),
          "broken": (("set", "product.dies.logic.price_usd=4"), ("set", "grind.less_um=90"), ("remove", "mould"))}


@pytest.mark.parametrize("name", STATES)
def test_the_page_reads_well_at_every_width_light_and_dark(name: str, tab: Tab, page: Client, tmp_path: Path) -> None:
    """No message on the console, nothing wider than the window, every text readable, headings in order, every picture and control named.
    Screenshots go to the folder that PAGES_SEEN names, if it does."""
    seen = Path(os.environ.get("PAGES_SEEN") or tmp_path)
    tab.visit(f"{page.address}?{urlencode(STATES[name])}")
    tab.until("document.querySelector('#picture svg') && document.querySelector('[data-key=moving] .field') && document.querySelector('#picture-run').textContent === ''", 90)
    presses(tab, "details[data-key='step mould_cure'] > summary")
    tab.until("document.querySelector(\"details[data-key='step mould_cure'] fieldset\")")
    for dark in (False, True):
        for width in (320, 380, 800, 1600):
            tab.looks(width, dark=dark)
            inside, window = tab.tells(WIDE)
            assert inside <= window, f"{width} px: {inside}"
            if os.environ.get("PAGES_SEEN"):
                tab.picture(seen / f"serve-{name.replace(' ', '-')}-{width}-{'dark' if dark else 'light'}.png")
            assert tab.tells(CUT) <= 1, f"{width} px: the five figures are cut off"
        assert tab.tells(LOOK) == []
    tab.looks(1600)
    assert tab.tells(LETTERS) >= 8
    levels = tab.tells("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1 and all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert tab.tells(NAMED) == [] and said(tab) == []


def test_an_edit_that_takes_long_can_be_stopped(tab: Tab, page: Client) -> None:
    """It says so, in view, and what is stopped leaves the page, and the field, as they were; the next edit follows."""
    tab.visit(page.address)
    types(tab, "input[data-focus='layer.repeat']", "100")
    tab.until("document.querySelector('#working button') && document.querySelector('#working').getBoundingClientRect().bottom <= innerHeight")
    presses(tab, "#working button")
    tab.until("!document.querySelector('#working').textContent")
    assert tab.tells("document.querySelector(\"input[data-focus='layer.repeat']\").value") == "2" and tab.tells("!document.querySelector('#edits .list')")
    types(tab, "input[data-focus='layer.repeat']", "3")
    tab.until("document.querySelector('#edits').textContent.includes('layer.repeat=3')")
    assert said(tab) == []


def test_a_server_that_is_gone_is_said_to_be_wherever_the_page_stands(tab: Tab, folder: Path) -> None:
    """And the field shows again what the state has."""
    with served(folder / "line.yaml") as page:
        tab.visit(page.address)
        field = finds(tab, "a count", "tools.a.count")
    tab.tells("scrollTo(0, document.body.scrollHeight)")
    types(tab, field, "7")
    tab.until("document.querySelector('#working').textContent.includes('does not answer any more')")
    top, bottom = tab.tells("(box => [box.top, box.bottom - innerHeight])(document.querySelector('#working').getBoundingClientRect())")
    assert top >= 0 >= bottom and tab.tells(f"document.querySelector({field!r}).value") == "1"


def test_a_screen_reader_has_a_name_for_everything(tab: Tab, page: Client) -> None:
    """Controls, tables, figures and regions, in the browser's own tree of what it reads out."""
    tab.visit(f"{page.address}?{urlencode(STATES['overloaded'])}")
    tab.until("document.querySelector('#picture svg')", 90)
    nodes = tab.ask("Accessibility.getFullAXTree")["nodes"]
    nameless = [node["role"]["value"] for node in nodes if not node.get("ignored") and node["role"]["value"] in ROLES and not node.get("name", {}).get("value")]
    assert nameless == [] and {"table", "figure", "button", "region"} <= {node["role"]["value"] for node in nodes if not node.get("ignored")}


CUT = "(five => five.scrollWidth - five.clientWidth)(document.querySelector('#figures .scroll'))"
"""Pixels of the five figures that are out of sight."""
LETTERS = "Math.min(...[...document.querySelectorAll('#picture svg text')].map(text => text.getBoundingClientRect().height).filter(height => height))"
"""How high the smallest letters round the section are, in pixels."""
ROLES = frozenset({"button", "textbox", "combobox", "slider", "searchbox", "spinbutton", "link", "image", "table", "region", "figure", "DisclosureTriangle"})
NAMED = """[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a, summary, [role=region], svg:not([aria-hidden])')].filter(e =>
  !(e.getAttribute('aria-label') || (e.labels && [...e.labels].some(l => l.textContent.trim())) || document.getElementById(e.getAttribute('aria-labelledby')) ||
    (['BUTTON', 'A', 'SUMMARY'].includes(e.tagName) && e.textContent.trim()))).map(e => e.outerHTML.slice(0, 120))"""
"""Controls and pictures that no screen reader could name."""
