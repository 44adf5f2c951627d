"""Has one tab of a what-if page ask for far too much, through a real socket, and sees that no other one waits for it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from conftest import TINY

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from served import ENDLESS, OWN, Answered, Client, held, served

from procsim.serve import app
from procsim.serve.limits import Limits

ANSWER_S = 8.0
SOON_S = 1.5
"""What a small edit takes at most where nothing holds it up, also on a machine that is busy."""
HUGE = {"do": "insert", "step": "one", "side": "after", "yaml": f"{{id: {ENDLESS}, tool: a, time_h: 1}}"}
"""An edit that is never worked out, however fast the machine is."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "line.yaml").write_text(TINY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "worked", held)
        with served(folder / "line.yaml", limits=Limits(1, 5.0, 2, ANSWER_S)) as client:
            warm(client)
            yield client


def small(page: Client, tab: str, count: int) -> tuple[Answered, float]:
    begun = time.monotonic()
    answer = page.posts("/edit", {"tab": tab, "do": "set", "address": "tools.a.count", "value": str(count)})
    return answer, time.monotonic() - begun


def warm(page: Client) -> None:
    """Waits until both processes have read what they need, which takes long on a machine that is busy."""
    for _ in range(20):
        with ThreadPoolExecutor(2) as threads:
            if all(seconds < SOON_S for _, seconds in threads.map(lambda tab: small(page, tab, 2), ("a", "b"))):
                return


def test_a_huge_edit_holds_nobody_up_and_is_given_up(page: Client) -> None:
    """It is told so in words, with its bound; the other tab is answered all the while, and the same tab afterwards."""
    huge: list[Answered] = []
    thread = threading.Thread(target=lambda: huge.append(page.posts("/edit", {"tab": "a", **HUGE})))
    thread.start()
    time.sleep(0.3)
    took = []
    while thread.is_alive():
        answer, seconds = small(page, "b", 2 + len(took))
        assert answer.status == 200 and f"tools.a.count={2 + len(took)}" in answer.text
        took.append(seconds)
    assert len(took) > 5 and sorted(took)[len(took) // 2] < SOON_S, took
    assert huge[0].status == 503 and f"longer than the {ANSWER_S:g} s" in huge[0].text
    assert small(page, "a", 2)[0].status == 200


def test_what_its_page_has_left_is_given_up(page: Client) -> None:
    """A tab that is closed, or whose edit is stopped there, leaves nothing behind: as many as there are processes go, and the next is answered before
    the bound of what was left."""
    host, _, port = page.authority.rpartition(":")
    for tab in ("c", "d"):
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("POST", "/edit", urlencode({"tab": tab, **HUGE}), OWN)
        time.sleep(0.2)
        connection.close()
    answer, seconds = small(page, "e", 3)
    assert answer.status == 200 and seconds < ANSWER_S


def test_a_newer_edit_of_the_tab_takes_the_place_of_a_huge_one(page: Client) -> None:
    """What was asked for before has no answer any more, and is broken off."""
    huge: list[Answered] = []
    thread = threading.Thread(target=lambda: huge.append(page.posts("/edit", {"tab": "f", **HUGE})))
    thread.start()
    time.sleep(0.3)
    answer, seconds = small(page, "f", 4)
    thread.join()
    assert answer.status == 200 and "tools.a.count=4" in answer.text and huge[0].status == 204 and seconds < ANSWER_S
