"""The public page that checks a document: in the visitor's browser with the network off, on the server without scripts."""

from __future__ import annotations

import json
import re
import time

import pytest

from house import EXPIRED, PROPRIETOR, ROOT, page_text, records
from test_credentials import decode, document, encode


@pytest.fixture(scope="module")
def papers(browser, server) -> dict[str, str]:
    """Documents by verdict: a good one, and what was done to it."""
    from house import Reader

    def take(person: str, kind: str) -> str:
        context = browser.new_context(base_url=server.origin, locale="es-PA")
        try:
            reader = Reader(context, server, "es")
            reader.sign_in(person)
            return document(reader, kind)["credential"]
        finally:
            context.close()

    good = take(PROPRIETOR, "sole-proprietor-certificate")
    token, _, rest = good.partition("~")
    header, payload, signature = token.split(".")
    body = json.loads(decode(payload))
    body["iss"] = "https://elsewhere.example/state"
    foreign = encode(json.dumps(body).encode())
    first, *others = rest.rstrip("~").split("~")
    salt, name, _ = json.loads(decode(first))
    forged = encode(json.dumps([salt, name, "Otra persona"]).encode())
    return {
        "valid": good,
        "changed": f"{header}.{payload}.{signature[:-6]}AAAAAA~{rest}",
        "expired": take(EXPIRED, "driving-licence"),
        "unknownIssuer": f"{header}.{foreign}.{signature}~{rest}",
        "malformed": "abc.def~",
        "forged": "~".join([token, forged, *others]) + "~",
    }


def activity(language: str) -> str:
    """The business of the proprietor, as its register words it."""
    register = (ROOT / "Examples" / "Istmo" / "registries" / "business" / "registry.yaml").read_text(encoding="utf-8")
    code = next(row["activity"] for row in records("business") if row["cedula"] == PROPRIETOR)
    line = re.search(rf"^ *{code}: *\{{(.*)\}}", register, re.MULTILINE)
    assert line, code
    return re.search(rf"{language}: ([^,]+)", line[1])[1].strip("\"' ")


def subtitle(reader) -> str:
    return reader.page.locator("[data-subtitle]").first.inner_text()


VERDICTS = ["valid", "changed", "expired", "unknownIssuer", "malformed"]


def ready(reader) -> None:
    """Waits until the core is loaded, and the page says that it checks by itself."""
    reader.go("/verify")
    reader.page.locator("[data-where]", has_text=page_text(reader.language, "verify.whereBrowser")).wait_for()


@pytest.mark.parametrize("verdict", VERDICTS)
def test_in_the_browser_with_the_network_off(open_reader, language, papers, verdict):
    reader = open_reader(language)
    ready(reader)
    reader.offline()
    reader.page.locator("#document").fill(papers[verdict])
    reader.page.locator("main form button.button").click()
    word = reader.page.locator("[data-answer] [data-word]")
    word.wait_for()
    assert word.inner_text() == page_text(language, f"verdict.{verdict}")
    assert page_text(language, f"verdict.{verdict}Do") in reader.text
    if verdict == "valid":
        assert PROPRIETOR in reader.text
        assert activity(language) in reader.text, "a code is said in words"
    if verdict == "expired":
        assert {"es": "1 de julio de 2025", "en": "1 July 2025", "uk": "1 липня 2025"}[language] in subtitle(reader), "its last day, in its state's time"
    reader.check_page()
    reader.see(f"verify-{verdict}-{language}")


@pytest.mark.parametrize("verdict", VERDICTS)
def test_on_the_server_without_scripts(open_reader, language, papers, verdict):
    reader = open_reader(language, scripts=False)
    reader.go("/verify")
    assert page_text(language, "verify.whereServer") in reader.text
    reader.page.locator("#document").fill(papers[verdict])
    reader.submit()
    assert reader.heading == page_text(language, f"verdict.{verdict}")
    assert page_text(language, "verify.keptHere") in reader.text
    if verdict == "valid":
        assert activity(language) in reader.text
    if verdict == "expired":
        assert {"es": "1 de julio de 2025", "en": "1 July 2025", "uk": "1 липня 2025"}[language] in subtitle(reader)
    reader.check_page()


@pytest.mark.parametrize("scripts", [True, False])
def test_wrapped_by_mail_it_is_the_same_document(open_reader, papers, scripts):
    good = papers["valid"]
    wrapped = "\ufeff" + "\r\n".join(good[place : place + 60] for place in range(0, len(good), 60))
    for text, verdict in ((wrapped, "valid"), (wrapped.replace("\r\n", "\u00a0"), "malformed"), (f'"{good}"', "malformed"), (good + "x", "malformed")):
        reader = open_reader("es", scripts=scripts)
        if scripts:
            ready(reader)
        else:
            reader.go("/verify")
        reader.page.locator("#document").fill(text)
        reader.page.locator("main form button.button").first.click()
        word = reader.page.locator("[data-word]").first
        word.wait_for()
        assert word.inner_text() == page_text("es", f"verdict.{verdict}")
        if verdict == "malformed":
            assert page_text("es", "verdict.reason") in reader.text


def test_when_the_core_cannot_work_nothing_is_sent_unasked(open_reader, papers):
    reader = open_reader("es")
    # A list that is not signed by the page's key is one that the core does not take.
    reader.page.route(
        "**/verify",
        lambda route: route.fulfill(response=(answer := route.fetch()), body=re.sub('data-key="[^"]*"', 'data-key="x"', answer.text()))
        if route.request.method == "GET"
        else route.continue_(),
    )
    ready(reader)
    sent = []
    reader.page.on("request", lambda request: sent.append(request.method))
    reader.page.locator("#document").fill(papers["valid"])
    reader.page.locator("main form button.button").first.click()
    reader.page.locator("[data-failed] [data-send]").wait_for()
    assert page_text("es", "verify.coreFailed") in reader.text
    assert sent == []
    reader.page.locator("[data-failed] [data-send]").click()
    reader.page.wait_for_load_state()
    assert reader.heading == page_text("es", "verdict.valid")
    assert "POST" in sent


def test_a_claim_exchanged_for_another_never_shows(open_reader, papers):
    for scripts in (True, False):
        reader = open_reader("es", scripts=scripts)
        if scripts:
            ready(reader)
            reader.page.locator("#document").fill(papers["forged"])
            reader.page.locator("main form button.button").click()
            reader.page.locator("[data-answer] [data-word]").wait_for()
        else:
            reader.go("/verify")
            reader.page.locator("#document").fill(papers["forged"])
            reader.submit()
        assert reader.heading != page_text("es", "verdict.valid")
        assert "Otra persona" not in reader.text


def test_from_the_downloaded_file(open_reader, tmp_path):
    holder = open_reader("es")
    holder.sign_in(PROPRIETOR)
    holder.go("/documents")
    holder.page.locator("a.cover").last.click()
    holder.page.wait_for_load_state()
    with holder.page.expect_download() as download:
        holder.page.locator("a[download]").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".sd-jwt"
    checker = open_reader("es")
    ready(checker)
    checker.offline()
    checker.page.locator("#file").set_input_files(str(file))
    word = checker.page.locator("[data-answer] [data-word]")
    word.wait_for()
    assert word.inner_text() == page_text("es", "verdict.valid")


def test_nothing_is_told_to_anybody(open_reader, papers):
    reader = open_reader("es")
    ready(reader)
    sent = []
    reader.page.on("request", lambda request: sent.append(request.url))
    reader.page.locator("#document").fill(papers["valid"])
    reader.page.locator("main form button.button").click()
    reader.page.locator("[data-answer] [data-word]").wait_for()
    assert not [url for url in sent if not url.startswith("data:")]


def test_a_check_in_the_browser_takes_less_than_20_ms(open_reader, papers):
    reader = open_reader("es")
    ready(reader)
    trust = reader.page.locator("[data-verify]").get_attribute("data-trust")
    core = reader.page.evaluate(
        "() => performance.getEntriesByType('resource').map(entry => entry.name).find(name => /core[^/]*\\.js/.test(name))"
    )
    wasm = reader.page.evaluate(
        "() => performance.getEntriesByType('resource').map(entry => entry.name).find(name => /\\.wasm/.test(name))"
    )
    assert core and wasm
    times = reader.page.evaluate(
        """async ([script, wasm, token, trust]) => {
            const { Core } = await import(script);
            const core = await Core.load(new URL(wasm));
            const list = JSON.parse(trust);
            const times = [];
            for (let i = 0; i < 21; i++) {
                const began = performance.now();
                const verdict = await core.checkDocument(token, list, new Date());
                times.push(performance.now() - began);
                if (verdict.outcome !== "valid") throw new Error(verdict.outcome);
            }
            return times.slice(1).sort((a, b) => a - b);
        }""",
        [core, wasm, papers["valid"], trust],
    )
    print(f"one document checked in the browser: median {times[10]:.2f} ms, slowest of 20 {times[-1]:.2f} ms")
    assert times[10] < 20


def test_an_empty_form_says_so(open_reader, language):
    reader = open_reader(language, scripts=False)
    reader.go("/verify")
    reader.submit()
    assert reader.page.locator(".faults").count() == 1
    reader.check_page()


def test_one_document_after_another_offline(open_reader, papers):
    """The page keeps what it needs: a second document is checked offline, too."""
    reader = open_reader("uk")
    ready(reader)
    reader.offline()
    for verdict in ("valid", "changed"):
        reader.page.locator("#document").fill(papers[verdict])
        reader.page.locator("main form button.button").click()
        word = reader.page.locator("[data-answer] [data-word]")
        word.wait_for()
        assert word.inner_text() == page_text("uk", f"verdict.{verdict}")
        reader.page.locator("[data-answer] [data-again]").click()
        time.sleep(0.05)
