"""Looks through the built documentation: every link within it leads somewhere, and nothing is asked of outside. ``make docs`` ends with it."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data", "audio": "src", "video": "src"}
"""Tags that a browser follows by itself."""


class Page(HTMLParser):
    """What a page names: its *anchors*, the *links* that a reader may follow, and what is *loaded* without asking."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in LOADED and LOADED[tag] in found and found.get("rel") != "canonical":
            self.loaded.append(found[LOADED[tag]])


def wrong(site: Path) -> list[str]:
    """Every link of the pages in *site* to a file or an anchor that is not there, and all that they load from outside, each with its page."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        found += [f"{name} loads {address}" for address in page.loaded if urlsplit(address).scheme not in ("", "data") or address.startswith("//")]
        for address in [*page.links, *page.loaded]:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https", "mailto", "data") or parts.netloc:
                found += [f"{name}: {address} is no address"] if parts.scheme.startswith("http") and "." not in parts.netloc else []
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = goal.exists() and (goal not in pages or unquote(parts.fragment) in pages[goal].anchors)
            found += [] if there else [f"{name}: {address} leads nowhere"]
    return found


if __name__ == "__main__":
    sys.exit("\n".join(wrong(Path(sys.argv[1]))) or 0)
