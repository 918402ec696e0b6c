"""Clients that others generate from the document, doing the README's tour."""

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from testing.real_server import PASSWORD, RealServer, running

HERE = Path(__file__).parent
TYPESCRIPT = HERE / "typescript"
ADMIN = "admin@example.com"
DONE = "the tour is done"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    with running(RealServer(tmp_path / "shop" / "data")) as server:
        server.admin(ADMIN).close()
        with urllib.request.urlopen(f"{server.url}/openapi.json") as document:
            (tmp_path / "openapi.json").write_bytes(document.read())
        yield server


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_a_python_client_does_the_tour(server: RealServer, tmp_path: Path) -> None:
    tools = Path(sys.executable).parent
    told = run(
        *(sys.executable, "-m", "openapi_python_client", "generate"),
        *("--path", "openapi.json", "--meta", "none"),
        *("--output-path", "shopkeeper_client"),
        folder=tmp_path,
        PATH=f"{tools}{os.pathsep}{os.environ['PATH']}",  # Where its formatter is.
    )
    assert "warning" not in told.lower()
    shutil.copy(HERE / "python_tour.py", tmp_path / "tour.py")

    run(
        *(sys.executable, "-m", "mypy", "--strict", "--no-incremental"),
        *("--follow-imports", "silent", "--config-file", os.devnull, "tour.py"),
        folder=tmp_path,
    )
    told = run(
        *(sys.executable, "tour.py", server.url, ADMIN, PASSWORD), folder=tmp_path
    )

    assert DONE in told


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no node here")
def test_a_typescript_client_does_the_tour(server: RealServer, tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", "tour.ts", "tsconfig.json"):
        shutil.copy(TYPESCRIPT / name, tmp_path / name)
    installed = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if installed.returncode and "network" in installed.stderr.lower():
        pytest.skip("the packages of the client cannot be fetched here")
    assert installed.returncode == 0, installed.stderr[-2000:]
    npx = ("npx", "--no-install")

    run(*npx, "openapi-typescript", "openapi.json", "-o", "schema.ts", folder=tmp_path)
    run(*npx, "tsc", folder=tmp_path)
    told = run("node", "tour.js", server.url, ADMIN, PASSWORD, folder=tmp_path)

    assert DONE in told
