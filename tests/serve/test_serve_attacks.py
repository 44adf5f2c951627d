"""Attacks a what-if page through a real socket: foreign hosts and pages, files outside the tree, what is too large, too slow or too much."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import TINY

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from served import OWN, Client, served

from procsim.cli import main
from procsim.serve.guard import HEADERS, Rules
from procsim.serve.limits import Limits

SLOW_S = 0.5
SAVED = {"flow": "line.yaml", "tab": "t", "set": "tools.a.count=2", "name": "mine"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tree")
    (made / "flows" / "whatif").mkdir(parents=True)
    (made / "flows" / "line.yaml").write_text(TINY, encoding="utf-8")
    (made / "secret.yaml").write_text(TINY, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Client]:
    with served(folder / "flows" / "line.yaml", slow_s=SLOW_S, limits=Limits(2, 5.0)) as client:
        yield client


@pytest.fixture(autouse=True)
def _nothing_is_written(folder: Path) -> Iterator[None]:
    """No attack writes or changes a file."""
    def look() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    before = look()
    yield
    assert look() == before


def raw(page: Client, text: bytes, wait: float = 10.0) -> bytes:
    """What comes back for these very bytes, until the other side closes."""
    host, _, port = page.authority.rpartition(":")
    with socket.create_connection((host, int(port)), wait) as made:
        found = b""
        with suppress(ConnectionError):  # who sends on where nobody reads is cut off
            made.sendall(text)
            while more := made.recv(1 << 16):
                found += more
        return found


def test_the_page_itself_is_let_in(page: Client) -> None:
    """By each of its names; every answer has the policy that lets no other script in, and is kept nowhere."""
    port = page.authority.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LocalHost:{port}"):
        answer = page.gets("/", Host=host, **{"Sec-Fetch-Site": "none"})
        assert answer.status == 200 and "Load of the tools" in answer.text
    for path in ("/", "/static/page.js", "/nothing", "/step"):
        headers = page.gets(path).headers
        assert {name.decode(): value.decode() for name, value in HEADERS}.items() <= headers.items() and "server" not in headers
    assert "'unsafe" not in headers["content-security-policy"]
    assert page.asks("HEAD", "/").status == 200 and page.asks("HEAD", "/").text == ""
    assert page.posts("/edit", {"do": "set", "address": "tools.a.count", "value": "2"}, Origin=page.address[:-1], **{"Sec-Fetch-Site": "same-origin"}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "[::1]", "127.0.0.1:{port}.evil.example", "", "0.0.0.0:{port}",
                                  "127.0.0.1:{port}@evil.example", "127.1:{port}", "2130706433:{port}"])
def test_a_foreign_host_is_refused(host: str, page: Client) -> None:
    """What a browser asks for under another name (DNS rebinding), or without a port."""
    answer = page.gets("/", Host=host.format(port=page.authority.rpartition(":")[2]))
    assert answer.status in (400, 421) and "good package" not in answer.text


def test_two_hosts_or_none_are_refused(page: Client) -> None:
    own = f"Host: {page.authority}\r\n".encode()
    for hosts in (b"", own * 2, own + b"Host: evil.example\r\n"):
        assert raw(page, b"GET / HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n").split()[1] in (b"400", b"421")
    answer = raw(page, b"GET http://evil.example/ HTTP/1.1\r\n" + own + b"Connection: close\r\n\r\n")
    assert answer.split()[1] == b"404"


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "https://{own}"}, {"Origin": "http://{own}.evil.example"},
                                     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])
def test_another_page_may_not_ask(headers: dict[str, str], page: Client) -> None:
    """Neither for a page, nor for a piece, nor to edit."""
    sent = {name: value.format(own=page.authority) for name, value in headers.items()}
    assert page.gets("/", **sent).status == page.gets("/simulated", True, **sent).status == page.posts("/edit", {"do": "undo"}, **sent).status == 403
    assert page.posts("/save", SAVED, **sent).status == 403


def test_an_edit_needs_what_only_the_page_sends(page: Client) -> None:
    """A form of another page has no header of its own; one that was followed from nowhere sends nothing either."""
    body = urlencode({"do": "undo"}).encode()
    form = {"Content-Type": OWN["Content-Type"]}
    assert page.asks("POST", "/edit", body, form).status == 403
    assert page.asks("POST", "/edit", body, {**form, "HX-Request": "false"}).status == 403
    assert page.asks("POST", "/edit", body, {**OWN, "Sec-Fetch-Site": "none"}).status == 403
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json", ""):
        assert page.asks("POST", "/edit", body, {**OWN, "Content-Type": kind}).status == 415
    assert page.gets("/step?step=one").status == 403
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "BREW"):
        assert page.asks(method, "/", None, OWN).status in (400, 405)


def test_an_address_writes_nothing(page: Client) -> None:
    """Whatever it says: only what is sent by the page saves."""
    for path in ("/save", "/edit", "/"):
        assert page.gets(f"{path}?{urlencode({**SAVED, 'do': 'save', 'over': 'yes'})}", True).status in (200, 405)


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/..%2f..%2fapp.py", "/static/%2e%2e/%2e%2e/secret.yaml", "/static/page.js%00", "/static//etc/passwd", "/../secret.yaml", "/secret.yaml", "/static/",
                                  "/static/..\\..\\secret.yaml"])
def test_no_other_file_is_served(path: str, page: Client) -> None:
    answer = raw(page, f"GET {path} HTTP/1.1\r\nHost: {page.authority}\r\nConnection: close\r\n\r\n".encode())
    assert answer.split()[1] in (b"404", b"400") and b"steps" not in answer


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/passwd", "whatif/../../secret.yaml", "..%2fsecret.yaml", "flows:../../etc/passwd", "file:///etc/passwd", "line.yaml\x00.yaml", "."])
def test_no_recipe_outside_the_tree_is_read(name: str, page: Client) -> None:
    """Neither as a flow, nor over one, nor used by a step, nor as a library or a list of lots."""
    for pairs in ({"flow": name}, {"with": name}):
        answer = page.gets(f"/?{urlencode(pairs)}")
        assert answer.status == 422 or "no recipe" in answer.text
    for pairs in ({"insert": f"after one {{use: {name!r}}}"}, {"set": f"library.tools={name}"}, {"set": f"line.start_wip={name}"}):
        answer = page.gets(f"/?{urlencode(pairs)}")
        assert "root:" not in answer.text and (answer.status == 422 or "cannot be built" in answer.text)


@pytest.mark.parametrize("name", ["../mine", "/tmp/mine", "a/b", ".mine", "mine.yaml", "MINE", "", "x" * 61, "..", "mine\x00", "mi\nne", "line\\..\\x"])
def test_nothing_is_saved_under_a_crooked_name(name: str, page: Client) -> None:
    answer = page.posts("/save", {**SAVED, "name": name})
    assert answer.status == 200 and ("is no name for a file" in answer.text or "no name" in answer.text)


def test_what_an_address_says_is_text(page: Client) -> None:
    """It never becomes part of the page as HTML, in whichever piece it is shown."""
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    for pairs in ({"set": f"a.b={bad}"}, {"remove": bad}, {"flow": bad}, {"set": f"one.time_h={bad}"}, {"tab": bad}, {"insert": f"after one {bad}"}):
        answer = page.gets(f"/?{urlencode(pairs)}")
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
    for pairs in ({"q": bad}, {"section": bad}, {"name": bad, "section": "tools"}):
        assert "<img src=x" not in page.gets(f"/fields?{urlencode(pairs)}", True).text
    assert "<img src=x" not in page.posts("/edit", {"do": "set", "address": bad, "value": bad}).text
    assert "\n" not in page.posts("/edit", {"do": "set", "address": "tools.a.count", "value": "2\r\nX-Evil: 1"}).headers.get("hx-push-url", "")
    assert "x-evil" not in page.posts("/edit", {"do": "set", "address": "tools.a.count", "value": "2\r\nX-Evil: 1"}).headers


def test_what_is_too_large_is_refused(page: Client) -> None:
    """A body over 1 MB, said or sent, a head over 64 kB, too many fields, edits or signs; a number without end, YAML that grows."""
    head = f"POST /edit HTTP/1.1\r\nHost: {page.authority}\r\nHX-Request: true\r\nContent-Type: {OWN['Content-Type']}\r\nConnection: close\r\n"
    assert raw(page, f"{head}Content-Length: 1000001\r\n\r\n".encode()).split()[1] == b"413"
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    assert raw(page, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17 + b"0\r\n\r\n").split()[1:2] in ([b"413"], [])
    assert raw(page, f"{head}Content-Length: {'9' * 400}\r\n\r\n".encode()).split()[1] in (b"400", b"413")
    assert raw(page, f"{head}Content-Length: -5\r\n\r\n".encode()).split()[1] in (b"400", b"413")
    assert raw(page, f"GET /?{'a' * 70_000} HTTP/1.1\r\nHost: {page.authority}\r\n\r\n".encode()).split()[1] == b"414"
    assert raw(page, f"GET / HTTP/1.1\r\nHost: {page.authority}\r\nX: {'a' * 600_000}\r\n\r\n".encode()).split()[1:2] in ([b"400"], [])
    assert page.posts("/edit", [("set", "a.b=1")] * 300).status == 413
    assert page.posts("/edit", [("do", "undo"), *[("set", f"a.b{n}=1") for n in range(150)]]).status == 422
    assert page.posts("/edit", {"do": "set", "address": "one.time_h", "value": "9" * 900_000}).status == 422
    laughs = "{a: &a [1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a], c: &c [*b,*b,*b,*b,*b,*b,*b,*b], d: &d [*c,*c,*c,*c,*c,*c,*c], e: [*d,*d,*d,*d,*d,*d,*d,*d]}"
    for value in (laughs, "[" * 5000, "1e999", "!!python/object/apply:os.system [true]"):
        answer = page.posts("/edit", {"do": "set", "address": "one.time_h", "value": value})
        assert answer.status == 200 and "cannot be built" in answer.text


def test_who_is_slow_is_not_waited_for(page: Client) -> None:
    """Neither for a head, nor for a body, nor while one dribbles; and others are answered meanwhile."""
    host, _, port = page.authority.rpartition(":")
    head = f"POST /edit HTTP/1.1\r\nHost: {page.authority}\r\nHX-Request: true\r\nContent-Type: {OWN['Content-Type']}\r\nContent-Length: 100\r\n"
    many = [socket.create_connection((host, int(port)), 10) for _ in range(20)]
    many[0].sendall(b"GET / HT")
    many[1].sendall(f"{head}\r\nab".encode())
    stop = threading.Event()

    def dribbles() -> None:
        for sign in "GET / HTTP/1.1\r\nX: " + "a" * 1000:
            if stop.wait(0.1):
                return
            try:
                many[2].sendall(sign.encode())
            except OSError:
                return

    thread = threading.Thread(target=dribbles)
    thread.start()
    begun = time.monotonic()
    assert page.gets("/static/page.css").status == 200 and time.monotonic() - begun < 2
    told = []
    for made in many:
        made.settimeout(20 * SLOW_S)
        found = b""
        try:
            while more := made.recv(1 << 16):
                found += more
        except ConnectionResetError:
            pass
        told.append(found)
        made.close()
    stop.set()
    thread.join()
    assert time.monotonic() - begun < 20 * SLOW_S and told[1].split()[1] == b"408"
    assert all(b"200" not in found for found in told)


def test_too_many_connections_are_closed(page: Client) -> None:
    """Those who sit there do not keep others out for long, and no more than so many are held."""
    host, _, port = page.authority.rpartition(":")
    many = [socket.create_connection((host, int(port)), 10) for _ in range(130)]
    try:
        time.sleep(0.1)
        shut = 0
        for made in many[100:]:
            made.settimeout(2 * SLOW_S)
            try:
                shut += made.recv(1) == b""
            except OSError:
                shut += 1
        assert shut >= 20
    finally:
        for made in many:
            made.close()
    end = time.monotonic() + 20
    while True:
        try:
            assert page.gets("/static/page.css").status == 200
            return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_two_hundred_edits_in_a_second(page: Client) -> None:
    """Of one tab: the last is answered, most before it are dropped, and another tab is answered as well."""
    answers: dict[int, tuple[int, str]] = {}

    def edits(numbers: range) -> None:
        for n in numbers:
            answer = page.posts("/edit", {"tab": "busy", "do": "set", "address": "one.time_h.per_panel", "value": f"0.{n + 100}"})
            answers[n] = answer.status, answer.text

    threads = [threading.Thread(target=edits, args=(range(k, 200, 8),)) for k in range(8)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    other = page.posts("/edit", {"tab": "calm", "do": "set", "address": "tools.a.count", "value": "3"})
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    assert other.status == 200 and "tools.a.count=3" in other.text
    assert len(answers) == 200 and {status for status, _ in answers.values()} <= {200, 204} and took < 30
    last = page.posts("/edit", {"tab": "busy", "do": "set", "address": "one.time_h.per_panel", "value": "0.6"})
    assert last.status == 200 and "one.time_h.per_panel=0.6" in last.text


def test_a_token_lets_in_and_nothing_else_does(folder: Path) -> None:
    """Whoever has the address that was printed gets a cookie, and the token out of the address; all else is refused."""
    token = "a" * 20
    with served(folder / "flows" / "line.yaml", token=token, host="127.0.0.1") as page:
        address, _, query = page.address.partition("?")
        client = Client(address)
        assert query == f"token={token}"
        for path in ("/", "/?token=", "/?token=wrong", f"/?token={token}&token=x", f"/static/page.js?token={token}", "/step"):
            assert client.gets(path).status == 401
        assert client.posts("/edit", {"do": "undo"}).status == 401
        assert client.gets("/", Cookie="procsim-1=" + token).status == client.gets("/", Cookie="=;;;\"").status == 401
        came = client.gets(f"/?token={token}&set=tools.a.count%3D2")
        assert came.status == 303 and came.headers["location"] == f"/?{urlencode({'set': 'tools.a.count=2'})}"
        cookie = came.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert client.gets("/", Cookie=cookie.partition(";")[0]).status == 200


def test_nobody_listens_elsewhere_without_a_token(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor with one that can be guessed."""
    flow = str(folder / "flows" / "line.yaml")
    for words, wrong in ((["--host", "0.0.0.0"], "others could get in"), (["--host", "192.0.2.1"], "others could get in"), (["--token", "short"], "must have 16"),
                         (["--host", "0.0.0.0", "--token", "with a blank in it"], "must have 16"), ([str(folder)], "is a folder")):
        assert main(["serve", *([] if words[0] == str(folder) else [flow]), *words]) == 2
        assert wrong in capsys.readouterr().err
    assert main(["serve", str(folder / "nothing.yaml")]) == 2 and main(["serve", flow, "--port", "70000"]) == 2
    wild = Rules.of("0.0.0.0", 80, token="x" * 16)
    assert wild.known("192.0.2.7:80") and wild.known("[2001:db8::1]:80") and not wild.known("evil.example:80") and not wild.known("192.0.2.7:81")
    assert not Rules.of("127.0.0.1", 80).known("192.0.2.7:80") and Rules.of("192.0.2.7", 80, "x" * 16).known("192.0.2.7:80")


def test_a_simulation_ends_when_a_newer_one_takes_its_place(page: Client) -> None:
    """Each tab has one, and two tabs do not disturb each other; what nobody may wait for is never begun."""
    one, two = ({"tab": tab, "set": "tools.a.count=2", "seen": "0"} for tab in ("one", "two"))
    newer = {"tab": "one", "set": "tools.a.count=3", "seen": "0"}
    texts = {}
    for name, pairs in (("one", one), ("two", two), ("newer", newer)):
        for _ in range(20):
            texts[name] = page.gets(f"/simulated?{urlencode(pairs)}", True).text
            if "hx-get" not in texts[name]:
                break
    assert all("1 replications of each" in text for text in texts.values()), texts
    over = page.gets(f"/simulated?{urlencode({'tab': 'x', 'set': 'line.release.every_h=0.1'})}", True).text
    assert "Not simulated: the line is overloaded." in over
