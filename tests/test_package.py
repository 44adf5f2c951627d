"""Tests the installed package: the wheel holds every room and the shipped flows, and works in an environment without the source tree."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import ROOT
from served import Client

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def test_every_folder_is_packed() -> None:
    """The list of packages names every folder of the package and of the flows, and no other."""
    rooms = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "procsim").rglob("*.py")}
    flows = {".".join(("procsim", *path.parent.relative_to(ROOT).parts)) for path in (ROOT / "flows").rglob("*.yaml")}
    assert set(CONFIG["packages"]) == rooms | flows
    endings = {path.suffix for path in (ROOT / "flows").rglob("*") if path.is_file()}
    assert endings == {".yaml", ".csv", ".json"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed, with nothing else in it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    tree = folder / "tree"  # a build leaves folders beside the sources
    tree.mkdir()
    for name in ("procsim", "flows", "pyproject.toml", "README.md", "LICENSE"):
        subprocess.run(["cp", "-R", str(ROOT / name), str(tree)], check=True)
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(tree)], check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel)], check=True, capture_output=True)
    return folder / "site"


SCRIPT = """
import sys, procsim
from procsim.cli.commands import run
from procsim.recipe.source import SHIPPED
assert all(str(path).startswith(sys.argv[1]) for path in (procsim.__file__, SHIPPED)), SHIPPED
sys.exit(max(run(["estimate", flow]) for flow in ("flows:embodiment_1.yaml", "flows:whatif/qfn_wire_bonded.yaml")))
"""


def test_the_wheel_runs_the_shipped_flows(installed: Path, tmp_path: Path) -> None:
    """Outside the source tree, with the libraries it depends on and nothing else: the flows, their library and the estimate are all there."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(installed)], cwd=tmp_path, env={"PYTHONPATH": str(installed)},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("direct cost") == 4  # in the heading and above the categories of both


def test_the_wheel_serves_the_what_if_page(installed: Path, tmp_path: Path) -> None:
    """Its templates, style and script are in it; a flow that came with it is shown, and what is saved goes where the user stands."""
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    script = ("import sys; from procsim.cli.commands import run; from procsim.recipe.source import SHIPPED; "
              "assert str(SHIPPED).startswith(sys.argv[1]); sys.exit(run(['serve', 'flows:embodiment_1.yaml', '--simulation-s', '0.1']))")
    process = subprocess.Popen([sys.executable, "-c", script, str(installed)], cwd=tmp_path, env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin"},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        page = Client(process.stdout.readline().strip())
        assert "Load of the tools" in page.gets().text
        assert all(page.gets(f"/static/{name}").status == 200 for name in ("htmx.min.js", "page.js", "page.css", "icon.svg"))
        edit = {"flow": "flows:embodiment_1.yaml", "tab": "t", "set": "layer.repeat=3"}
        assert "<svg" in page.gets(f"/picture?{urlencode(edit)}", piece=True).text
        assert "Saved as three.yaml" in page.posts("/save", {**edit, "name": "three"}).text
        assert "flows:embodiment_1.yaml" in (tmp_path / "three.yaml").read_text(encoding="utf-8")
        assert "layer3" in page.gets("/?flow=three.yaml").text
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, process.stderr
    finally:
        process.kill()
        process.communicate()
