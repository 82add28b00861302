"""What the journeys share: a running Dovira of their own, and a reader in front of it."""

from __future__ import annotations

import csv
import itertools
import json
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / ".build" / "release" / "dovira"
SCREENS = ROOT / ".build" / "screens"

LOCALES = {"es": "es-PA", "en": "en-GB", "uk": "uk-UA"}

# The fixed people of Examples/Istmo; its README says what each stands for.
ADULT = "8-2000-101"
PROPRIETOR = "8-2000-102"
MINOR = "8-2000-103"
EXPIRED = "3-2000-104"
FOREIGNER = "E-2000-105"


SERVICE = "sole-proprietor"

# What an applicant of the example service answers; a date is day, month, year. What is not named here is prefilled.
ANSWERS = {
    "/trade_name": "Librería La Brújula",
    "/activity": "retail",
    "/start_date": ("1", "12", "2026"),
    "/email": "libreria@example.org",
    "/phone": "6612-3456",
}


def records(register: str) -> Iterator[dict[str, str]]:
    with (ROOT / "Examples" / "Istmo" / "registries" / register / "records.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def eligible() -> Iterator[str]:
    """Grown-ups with a valid card and without a business, each once: a journey that registers somebody uses her up."""
    busy = {row["cedula"] for row in records("business")}
    today = date.today()
    majority = today.replace(year=today.year - 19, day=1).isoformat()
    for person in itertools.islice(records("person"), 100, None):
        if person["birth_date"] < majority and person["cedula_expires"] > today.isoformat() and person["cedula"] not in busy:
            yield person["cedula"]


def page_text(language: str, key: str) -> str:
    """One of the portal's own texts, by its dotted key."""
    value = json.loads((ROOT / "Sources" / "Web" / "Texts" / f"{language}.json").read_text(encoding="utf-8"))
    for part in key.split("."):
        value = value[part]
    return value


def service_text(language: str, group: str, key: str) -> str:
    """One of the example service's texts: `key` under `group` of its texts/<language>.yaml."""
    text = (ROOT / "Examples" / "Istmo" / "services" / SERVICE / "texts" / f"{language}.yaml").read_text(encoding="utf-8")
    block = re.search(rf"^{group}:\n((?:  .*\n|\n)*)", text, re.MULTILINE)
    assert block, f"{language}: no {group}"
    line = re.search(rf"^  {key}: (.*)$", block[1], re.MULTILINE)
    assert line, f"{language}: no {group}.{key}"
    return line[1].strip().strip("\"'")


# Deque's axe-core, as the package carries it: the rules of WCAG 2.2, levels A and AA, that a machine can check.
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The release binary, serving a state folder on a free port with a data folder of its own."""

    def __init__(self, data: Path, state: Path = ROOT / "Examples" / "Istmo") -> None:
        self.state = state
        self.data = data
        self.port = free_port()
        self.operations_port = free_port()
        # Not 127.0.0.1: browsers take `localhost` for a secure address, which WebCrypto and `__Host-` cookies need.
        self.origin = f"http://localhost:{self.port}"
        self.operations = f"http://127.0.0.1:{self.operations_port}"
        self.log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *flags: str, patience: float = 120) -> "Server":
        command = [
            str(BINARY), "serve", str(self.state), "--data", str(self.data), "--port", str(self.port),
            "--operations-port", str(self.operations_port), *flags,
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"dovira serve ended with {self.process.returncode}:\n{self.output()}")
            try:
                with urllib.request.urlopen(f"{self.operations}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"dovira serve was not ready after {patience} s:\n{self.output()}")

    def stop(self, how: signal.Signals = signal.SIGINT, patience: float = 30) -> int:
        """Asks it to end, and returns its exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"dovira serve did not end within {patience} s:\n{self.output()}") from None

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Reader:
    """Somebody at a browser: a page with helpers, which remembers what the page did wrong.

    `faults` holds errors of scripts, of the console and of the security policy, and every request to another host.
    """

    def __init__(self, context, server: Server, language: str, scripts: bool = True) -> None:
        self.context = context
        self.server = server
        self.language = language
        self.scripts = scripts
        self.faults: list[str] = []
        self.is_offline = False
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", self._request)

    def _console(self, message) -> None:
        # A page with an error status is reported to the console, too: that is for the journey to judge.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _request(self, request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and f"{address.scheme}://{address.netloc}" != self.server.origin:
            self.faults.append(f"request to elsewhere: {request.url}")

    # Going about

    def go(self, path: str):
        return self.page.goto(path, wait_until="load")

    def sign_in(self, person: str, kind: str = "person") -> None:
        """Signs in by the demo's page, as `person`, `officer` or `overseer`."""
        self.go("/sign-in" if kind != "person" else f"/sign-in?q={person}")
        with self.page.expect_navigation():
            self.page.locator(f'form:has(input[name="{kind}"][value="{person}"]) button, button[name="{kind}"][value="{person}"]').first.click()
        assert "/sign-in" not in self.page.url, self.text

    def sign_out(self) -> None:
        self.context.clear_cookies()

    def submit(self) -> None:
        """Presses the main form's button and waits for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator("main form[method=post] button.button:not(.second)").last.click()

    def open_application(self, service: str = SERVICE) -> None:
        self.go(f"/services/{service}")
        with self.page.expect_navigation():
            self.page.locator('main form[action$="/start"] button').first.click()

    def is_at(self, pattern: str) -> bool:
        return re.fullmatch(pattern, urlsplit(self.page.url).path) is not None

    def fill(self, answers: dict) -> None:
        """Answers the controls of this page that `answers` names."""
        for name, value in answers.items():
            if isinstance(value, tuple):
                for part, text in zip(("day", "month", "year"), value, strict=True):
                    box = self.page.locator(f'[name="{name}-{part}"]')
                    if box.count():
                        box.fill(text)
                continue
            control = self.page.locator(f'main form[method=post] [name="{name}"]')
            if not control.count():
                continue
            if control.first.get_attribute("type") in ("radio", "checkbox"):
                self.page.locator(f'main form[method=post] [name="{name}"][value="{value}"]').check()
            elif control.first.evaluate("element => element.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

    def answer_all(self, answers: dict, visit=None) -> list[str]:
        """Goes through the questions until the check of answers; `visit` is called on each page before it is answered."""
        seen = []
        while not self.is_at(r"/cases/[^/]+/check"):
            assert self.is_at(r"/cases/[^/]+/pages/[^/]+"), f"{self.page.url}: {self.text}"
            name = self.page.url.rstrip("/").split("/")[-1].split("?")[0]
            assert name not in seen, f"{name} is asked twice: {self.text}"
            seen.append(name)
            if visit:
                visit(name)
            self.fill(answers)
            self.submit()
        return seen

    def apply(self, answers: dict = ANSWERS, visit=None) -> str:
        """From the start page to the confirmation; the case's identifier."""
        self.open_application()
        self.answer_all(answers, visit)
        if visit:
            visit("check")
        self.submit()
        assert self.is_at(r"/cases/[^/]+/sent"), f"{self.page.url}: {self.text}"
        return urlsplit(self.page.url).path.split("/")[2]

    def offline(self, is_offline: bool = True) -> None:
        self.context.set_offline(is_offline)
        self.is_offline = is_offline

    def enlarge_text(self, percent: int = 200) -> None:
        """Larger text at the same width, as a reader sets it who sees badly; holds for this page."""
        self.page.evaluate("percent => { document.documentElement.style.fontSize = percent + '%'; }", percent)

    # Looking

    @property
    def text(self) -> str:
        """The page's words, as read: blanks drawn together."""
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    @property
    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text().strip()

    def see(self, name: str, full: bool = True) -> Path:
        """A picture of the page in .build/screens."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        path = SCREENS / f"{name}.png"
        self.page.screenshot(path=str(path), full_page=full)
        return path

    # The keyboard

    def focused(self) -> str:
        """What has the focus: its accessible name or its text."""
        return self.page.evaluate(
            """() => {
                const element = document.activeElement;
                if (!element || element === document.body) return "";
                const label = element.labels && element.labels.length ? element.labels[0].innerText : "";
                return (element.getAttribute("aria-label") || label || element.innerText || element.value || element.name || "").trim();
            }"""
        )

    def tab_to(self, wanted: str, limit: int = 120) -> None:
        """Presses Tab until the focus is on what `wanted` names (a part of it); fails where it cannot be reached."""
        passed = []
        for _ in range(limit):
            self.page.keyboard.press("Tab")
            name = self.focused()
            if wanted.lower() in name.lower():
                return
            passed.append(name)
        raise AssertionError(f"no Tab reaches {wanted!r}; it went over {passed}")

    def focus_order(self, limit: int = 200) -> list[str]:
        """Everything that Tab reaches, from the top of the page, once round."""
        self.page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
        order: list[str] = []
        first = None
        for _ in range(limit):
            self.page.keyboard.press("Tab")
            place = self.page.evaluate(
                """() => {
                    const element = document.activeElement;
                    if (!element || element === document.body) return null;
                    return [...document.querySelectorAll("*")].indexOf(element);
                }"""
            )
            if place is None or place == first:
                break
            first = place if first is None else first
            order.append(self.focused())
        return order

    # What holds of every page

    def check_page(self) -> None:
        """The page's language, one main heading, no sideways scroll, a label for every field, targets large enough, no faults."""
        findings = self.page.evaluate(
            """() => {
                const found = [];
                const unfilled = document.body.innerText.match(/⟦[^⟧]*⟧|\\{\\w+\\}/g);
                if (unfilled) found.push(`texts with gaps: ${unfilled}`);
                const shown = element => {
                    const box = element.getBoundingClientRect();
                    const style = getComputedStyle(element);
                    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.display !== "none";
                };
                if (!document.documentElement.lang) found.push("no language");
                if (!document.title) found.push("no title");
                if (document.querySelectorAll("h1").length !== 1) found.push(document.querySelectorAll("h1").length + " main headings");
                if (!document.querySelector("main")) found.push("no main");
                const root = document.scrollingElement;
                if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth} of ${root.clientWidth}`);
                for (const field of document.querySelectorAll("input, select, textarea")) {
                    if (["hidden", "submit", "button"].includes(field.type)) continue;
                    const named = (field.labels && field.labels.length) || field.getAttribute("aria-label") || field.getAttribute("aria-labelledby");
                    if (!named) found.push(`no label: ${field.outerHTML.slice(0, 120)}`);
                }
                for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) found.push("a picture without alt");
                const seen = new Set();
                for (const element of document.querySelectorAll("[id]")) {
                    if (seen.has(element.id)) found.push(`twice the id ${element.id}`);
                    seen.add(element.id);
                }
                for (const button of document.querySelectorAll("button, summary, input[type=submit], a.button")) {
                    const box = button.getBoundingClientRect();
                    if (shown(button) && box.height < 43.5) found.push(`a target of ${Math.round(box.height)} px: ${button.innerText.slice(0, 40)}`);
                }
                return found;
            }"""
        )
        language = self.page.locator("html").get_attribute("lang")
        if language != self.language:
            findings.append(f"the page is in {language!r}, not in {self.language!r}")
        if self.scripts:
            # Without scripts the browser runs no timers, which axe waits for; the page is the same.
            findings += self._accessibility()
        assert not findings and not self.faults, f"{self.page.url}: {findings + self.faults}"

    def _accessibility(self) -> list[str]:
        self.page.evaluate(AXE)
        violations = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']}).then(r => r.violations)",
            AXE_RULES,
        )
        return [
            f"axe {violation['id']} ({violation['impact']}): {node['html'][:160]} {' '.join(node.get('failureSummary', '').split())}"
            for violation in violations
            for node in violation["nodes"]
        ]
