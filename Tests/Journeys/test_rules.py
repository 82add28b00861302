"""The public pages of the rules: for everybody, without sign-in, in every language, with and without scripts."""

from __future__ import annotations

import hashlib
import re
import urllib.request

import pytest

from conftest import DESK
from house import ANSWERS, ROOT, SERVICE, Reader, page_text

PAGE = f"/rules/{SERVICE}"
FILE = ROOT / "Examples" / "Istmo" / "services" / SERVICE / "decision.dmn"
NARROW = 320


def rule_text(language: str, decision: str, key: str) -> str:
    """What the example's texts call a decision."""
    text = (ROOT / "Examples" / "Istmo" / "services" / SERVICE / "texts" / f"{language}.yaml").read_text(encoding="utf-8")
    block = re.search(rf"^  {decision}:\n((?:    .*\n)*)", text, re.MULTILINE)
    assert block, f"{language}: no {decision}"
    return re.search(rf"^    {key}: (.*)$", block[1], re.MULTILINE)[1].strip("\"' ")


def sentence(language: str, rule: str) -> str:
    """A rule's sentence in the DMN file."""
    file = FILE.read_text(encoding="utf-8")
    columns = re.findall(r'<annotation name="(\w+)"/>', file)
    entries = re.search(rf'<rule id="{rule}">.*?</rule>', file, re.DOTALL)[0]
    return re.findall(r"<annotationEntry><text>(.*?)</text>", entries)[columns.index(language)]


def fetch(server, path: str):
    with urllib.request.urlopen(server.origin + path, timeout=10) as answer:
        return answer.headers, answer.read()


def follow(reader: Reader, link) -> None:
    """Clicks, and waits for the page with all its styles."""
    with reader.page.expect_navigation(wait_until="load"):
        link.click()


def test_anyone_reads_a_rule(open_reader, language, scripts):
    """From the footer of the front page to the tables, signed in nowhere."""
    reader = open_reader(language, scripts=scripts)
    reader.go("/")
    follow(reader, reader.page.locator("footer a", has_text=page_text(language, "footer.rules")))
    assert reader.heading == page_text(language, "rules.title")
    reader.check_page()
    follow(reader, reader.page.locator(f'main a[href="{PAGE}"]'))
    reader.check_page()
    assert rule_text(language, "sole-proprietor", "question") in reader.text
    for decision in ("sole-proprietor", "needs-permit"):
        assert reader.page.locator(f"#decision-{decision} h2").inner_text() == rule_text(language, decision, "name")
    for rule in ("under-age", "cedula-expired", "not-resident", "registered-already", "permit-needed", "granted"):
        assert sentence(language, rule) in reader.text
    # The rule in words, and in its own language.
    words = {"es": "18 o más", "en": "18 or more", "uk": "18 або більше"}[language]
    assert words in reader.text and ">= 18" in reader.text
    reader.see(f"rule-{language}-{'scripts' if scripts else 'plain'}")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, DESK])
def test_it_fits_every_screen(open_reader, language, width, dark):
    """No sideways scroll of the page; what is wider moves in a box of its own, which the keyboard reaches."""
    reader = open_reader(language, width=width, dark=dark)
    reader.go(PAGE)
    reader.check_page()
    reader.page.locator("details.found summary").click()
    reader.check_page()
    for box in reader.page.locator(".scroll").all():
        assert box.get_attribute("tabindex") == "0" and box.get_attribute("aria-label")
    reader.enlarge_text()
    assert reader.page.evaluate("() => document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth")
    reader.see(f"rule-{language}-{width}-{'dark' if dark else 'light'}-200")


def test_the_list_says_what_the_picture_shows(open_reader, language):
    reader = open_reader(language)
    reader.go(PAGE)
    titles = reader.page.evaluate("() => [...document.querySelectorAll('svg.graph .g-node > title')].map(title => title.textContent)")
    # Each is read out with what it is: "Decision: Municipal permit needed".
    drawn = [title.split(": ", 1)[1] for title in titles]
    listed = re.sub(r"\s+", " ", reader.page.locator(".parts").inner_text())
    assert len(drawn) == 9
    for label in drawn:
        assert label in listed, (label, listed)
    lines = reader.page.locator("svg.graph .g-line").count()
    assert lines == reader.page.locator(".parts li li a").count() + 2, "two laws have no address, and stand as words"


def test_every_link_of_the_page_is_reached_by_keyboard_and_leads_somewhere(open_reader, language):
    reader = open_reader(language)
    reader.go(PAGE)
    wanted = reader.page.locator("main a").count() + reader.page.locator("main .scroll, main summary, main pre").count()
    reader.page.locator("main").focus()
    reached = []
    for _ in range(wanted + 3):
        reader.page.keyboard.press("Tab")
        inside = reader.page.evaluate("() => document.activeElement.closest('main') !== null")
        if not inside:
            break
        reached.append(reader.page.evaluate("() => document.activeElement.getAttribute('href') || document.activeElement.tagName"))
    # The code under the closed `details` is not shown, and not reached.
    assert len(reached) == wanted - 1, reached
    for address in {address for address in reached if address.startswith("#")}:
        assert reader.page.locator(f"[id='{address[1:]}']").count() == 1, address
    for address in {address for address in reached if address.startswith("/")}:
        fetch(reader.server, address)
    # From the picture to the table that it stands for.
    reader.page.locator('svg.graph a[href="#decision-needs-permit"]').focus()
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(re.compile("#decision-needs-permit$"))
    assert reader.page.locator("#decision-needs-permit h2").is_visible()


def test_the_file_is_handed_out_as_it_was_written(open_reader, server):
    headers, body = fetch(server, f"{PAGE}/decision.dmn")
    assert body == FILE.read_bytes()
    assert headers["Content-Type"] == "application/xml"
    assert "attachment" in headers["Content-Disposition"] and headers["X-Content-Type-Options"] == "nosniff"
    reader = open_reader("en")
    reader.go(PAGE)
    assert hashlib.sha256(body).hexdigest() in reader.text
    assert f"dovira decide FOLDER {SERVICE} INPUT.json --trace" in reader.text
    with reader.page.expect_download() as download:
        reader.page.locator(f'main a[href="{PAGE}/decision.dmn"]').click()
    assert download.value.path().read_bytes() == body


@pytest.mark.parametrize("path", ["/rules/none", "/rules/none/decision.dmn", f"{PAGE}/versions/00", f"{PAGE}/versions/00/decision.dmn"])
def test_what_is_not_there_is_not_found(open_reader, path):
    reader = open_reader("en")
    assert reader.go(path).status == 404
    reader.check_page()


def test_a_version_has_an_address_of_its_own(open_reader, server):
    """Whoever was decided by a version finds it again when the rule has changed."""
    reader = open_reader("es")
    reader.go(PAGE)
    version = reader.page.locator("dl.long code").last.inner_text()
    assert re.fullmatch(r"[0-9a-f]{64}", version)
    reader.go(f"{PAGE}/versions/{version}")
    reader.check_page()
    _, body = fetch(server, f"{PAGE}/versions/{version}/decision.dmn")
    assert body == FILE.read_bytes()


def test_the_way_to_the_rule_stands_on_the_start_page_and_on_the_decision(open_reader, newcomers, language):
    reader: Reader = open_reader(language)
    reader.go(f"/services/{SERVICE}")
    whole = page_text(language, "rules.whole")
    follow(reader, reader.page.locator("main a", has_text=whole))
    assert reader.is_at(PAGE)
    assert reader.heading == service_text_title(language)
    reader.sign_in(next(newcomers))
    reader.apply(ANSWERS)
    follow(reader, reader.page.locator("main a", has_text=whole).first)
    assert reader.is_at(PAGE)
    reader.check_page()


def service_text_title(language: str) -> str:
    text = (ROOT / "Examples" / "Istmo" / "services" / SERVICE / "texts" / f"{language}.yaml").read_text(encoding="utf-8")
    return re.search(r"^title: (.*)$", text, re.MULTILINE)[1].strip("\"' ")
