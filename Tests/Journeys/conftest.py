"""Fixtures of the journeys. Each test gets a browser of its own session; the server is shared, and every test signs in anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from house import BINARY, LOCALES, Reader, Server, eligible

PHONE = 390
DESK = 1280


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.exit("no chromium on the PATH (Debian package: chromium)", returncode=1)
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: swift build -c release", returncode=1)
    server = Server(tmp_path_factory.mktemp("state") / "data").start()
    yield server
    status = server.stop()
    assert status == 0, f"dovira serve ended with {status}:\n{server.output()}"


@pytest.fixture
def own_server(tmp_path) -> Iterator[Server]:
    """Not started yet, for journeys that stop, kill or restart it."""
    server = Server(tmp_path / "data")
    yield server
    server.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Sandboxing needs rights that root in a container does not have; only our own pages are opened.
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_reader(browser: Browser, server: Server) -> Iterator[Callable[..., Reader]]:
    """`open_reader(language="uk", width=390, scripts=False, dark=True, on=server)`: a reader with a browser session of her own."""
    contexts = []

    def open_one(
        language: str = "es", width: int = PHONE, scripts: bool = True, dark: bool = False, on: Server = server
    ) -> Reader:
        context = browser.new_context(
            base_url=on.origin,
            locale=LOCALES[language],
            viewport={"width": width, "height": 844 if width < 600 else 900},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Reader(context, on, language, scripts)

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def newcomers() -> Iterator[str]:
    """People who may register, each given once."""
    return eligible()


@pytest.fixture(params=["es", "en", "uk"])
def language(request) -> str:
    return request.param


@pytest.fixture
def reader(open_reader, language) -> Reader:
    """A reader on a phone, in each of the three languages."""
    return open_reader(language)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request) -> bool:
    return request.param
