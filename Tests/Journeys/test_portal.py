"""What holds of the whole portal: languages, widths, protections, errors, and how it starts and ends."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request

import pytest

from house import ADULT, ANSWERS, EXPIRED, SERVICE, page_text

PUBLIC = ["/", "/services", f"/services/{SERVICE}", "/sign-in", "/verify", "/oversight"]
PERSONAL = ["/", "/documents", "/services", f"/services/{SERVICE}", "/my-data"]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page(reader, path):
    answer = reader.go(path)
    assert answer.status == 200
    reader.check_page()
    reader.see(f"public{path.replace('/', '-')}-{reader.language}")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_personal_pages_at_every_width(open_reader, language, width, dark):
    reader = open_reader(language, width=width, dark=dark)
    reader.sign_in(EXPIRED)
    for path in PERSONAL:
        assert reader.go(path).status == 200
        reader.check_page()
        reader.see(f"wide{width}{'-dark' if dark else ''}{path.replace('/', '-')}-{language}")


@pytest.mark.parametrize("width", [320, 390])
def test_twice_the_text_size_scrolls_nowhere_sideways(open_reader, language, width):
    reader = open_reader(language, width=width)
    reader.sign_in(ADULT)
    for path in [*PERSONAL, "/verify"]:
        reader.go(path)
        reader.enlarge_text(200)
        wide = reader.page.evaluate("() => [document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]")
        assert wide[0] <= wide[1], f"{path}: {wide}"


def test_the_language_is_chosen_and_kept(open_reader):
    reader = open_reader("es", scripts=False)
    reader.go("/services")
    reader.page.locator("details.menu summary").first.click()
    with reader.page.expect_navigation():
        reader.page.locator('a[hreflang="uk"]').click()
    assert reader.is_at("/services")
    reader.language = "uk"
    reader.check_page()
    reader.go("/verify")
    reader.check_page()


def test_a_demonstration_says_that_it_is_one(reader):
    reader.go("/sign-in")
    assert page_text(reader.language, "signin.demo") in reader.text
    reader.sign_in(ADULT)
    assert page_text(reader.language, "notice.demo") in reader.text


# Protections


def test_headers_of_a_personal_page(open_reader):
    reader = open_reader()
    reader.sign_in(ADULT)
    headers = reader.go("/documents").headers
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe-inline" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_session_cookie(open_reader, own_server):
    """Behind a proxy that says that the reader's connection is secure; a request that it says nothing of is sent there."""
    own_server.start("--behind-tls-proxy", "--origin", own_server.origin)
    reader = open_reader(on=own_server)
    headers = {"X-Forwarded-Proto": "https", "Origin": own_server.origin.replace("http:", "https:")}
    answer = reader.context.request.post("/sign-in", form={"person": ADULT}, headers=headers, max_redirects=0)
    assert answer.status == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    for word in ("HttpOnly", "Secure", "Path=/", "SameSite=Lax"):
        assert word in cookie


def test_a_plain_address_is_told_and_its_cookie_is_plain(browser, server):
    """For one's own phone on a demo: no `__Host-` there, and a banner says so."""
    context = browser.new_context(base_url=server.origin.replace("localhost", "127.0.0.1"), locale="es-PA")
    try:
        page = context.new_page()
        page.goto(f"/sign-in?q={ADULT}")
        page.locator("main form[method=post] button").first.click()
        page.wait_for_load_state()
        assert page_text("es", "notice.plainAddress") in page.locator("body").inner_text()
        names = {cookie["name"]: cookie for cookie in context.cookies()}
        assert "__Host-session" not in names and names["session"]["httpOnly"] and not names["session"]["secure"]
    finally:
        context.close()


def test_signing_out_ends_the_session(open_reader):
    reader = open_reader()
    reader.sign_in(ADULT)
    kept = reader.context.cookies()
    reader.page.locator("details.menu summary").last.click()
    with reader.page.expect_navigation():
        reader.page.locator('form[action="/sign-out"] button').click()
    reader.context.add_cookies(kept)
    assert "/sign-in" in reader.go("/documents").url, "the old cookie opens nothing"


def test_a_form_without_its_token_is_refused(open_reader):
    reader = open_reader()
    reader.sign_in(ADULT)
    for fields in ({}, {"csrf": "x" * 43}):
        answer = reader.context.request.post(f"/services/{SERVICE}/start", form=fields, max_redirects=0)
        assert answer.status == 403, fields


def test_without_a_session_there_is_nothing_personal(open_reader):
    reader = open_reader()
    for path in ("/documents", "/my-data", "/work"):
        assert "/sign-in" in reader.go(path).url
    for path in ("/api/me/documents", "/api/me/history"):
        answer = reader.context.request.get(path)
        assert answer.status == 401
        problem = answer.json()
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert problem["status"] == 401 and problem["type"] and problem["title"]


def test_nobody_sees_somebody_elses_case(open_reader, newcomers):
    owner = open_reader()
    owner.sign_in(next(newcomers))
    owner.open_application()
    path = owner.page.url.removeprefix(owner.server.origin)
    other = open_reader()
    other.sign_in(ADULT)
    assert other.go(path).status in (403, 404)


# Errors


@pytest.mark.parametrize("path", ["/nothing-here", "/services/no-such-service", "/documents/no-such-document", "/cases/0/pages/name"])
def test_what_does_not_exist(reader, path):
    reader.sign_in(ADULT)
    answer = reader.go(path)
    assert answer.status == 404
    assert page_text(reader.language, "fault.title404") in reader.text
    reader.check_page()


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"%%%=%zz&&&=", "application/x-www-form-urlencoded"), (b"\xff\xfe", "text/plain"), (b"--x\r\n", "multipart/form-data; boundary=x")],
)
def test_nonsense_is_a_refusal_and_no_failure(open_reader, data, kind):
    reader = open_reader()
    for path in ("/verify", "/sign-in"):
        answer = reader.context.request.post(path, data=data, headers={"content-type": kind}, max_redirects=0)
        assert 400 <= answer.status < 500, f"{path}: {answer.status}"


def test_too_much_is_refused(open_reader):
    answer = open_reader().context.request.post("/verify", form={"document": "x" * 1_200_000}, max_redirects=0)
    assert answer.status == 413


# Operating it


def test_the_operators_pages(server):
    def get(path: str) -> tuple[int, str]:
        with urllib.request.urlopen(server.operations + path, timeout=5) as answer:
            return answer.status, answer.read().decode()

    assert get("/healthz")[0] == 200
    assert get("/readyz")[0] == 200
    status, metrics = get("/metrics")
    assert status == 200 and "# TYPE" in metrics and "dovira_store_ready 1" in metrics
    # They are not on the citizens' address.
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(server.origin + "/metrics", timeout=5)


def test_no_personal_data_in_the_log(open_reader, server):
    reader = open_reader()
    reader.sign_in(ADULT)
    reader.go("/documents")
    log = server.output()
    assert ADULT not in log and "Quintero" not in log


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_starts_again_with_everything(own_server, open_reader, newcomers, how):
    own_server.start()
    reader = open_reader("es", on=own_server)
    reader.sign_in(next(newcomers))
    case = reader.apply(ANSWERS)
    log_before = reader.context.request.get("/log/checkpoint").text()
    assert own_server.stop(how) == 0, own_server.output()

    began = time.monotonic()
    own_server.start()
    print(f"second start: {time.monotonic() - began:.1f} s")
    assert reader.go(f"/cases/{case}").status == 200, "the session and the case are still there"
    kinds = [entry["type"] for entry in reader.context.request.get("/api/me/documents").json()["documents"]]
    assert "sole-proprietor-certificate" in kinds
    size = int(log_before.splitlines()[1])
    assert int(reader.context.request.get("/log/checkpoint").text().splitlines()[1]) >= size


def test_killed_in_the_middle_it_starts_again(own_server, open_reader):
    """The first start is killed while it loads the registers; the next one loads what is missing."""
    try:
        own_server.start(patience=0.7)
    except AssertionError:
        pass
    own_server.kill()
    own_server.start()
    reader = open_reader("es", on=own_server)
    reader.sign_in(ADULT)
    documents = reader.context.request.get("/api/me/documents").json()["documents"]
    assert {entry["type"] for entry in documents} >= {"driving-licence", "residence-certificate"}
    # Nobody is in the registers twice.
    assert len({json.dumps(entry["claims"], sort_keys=True) for entry in documents}) == len(documents)
    assert own_server.stop() == 0


def test_a_taken_port_is_told(own_server, server):
    own_server.port = server.port
    with pytest.raises(AssertionError, match="(?i)port"):
        own_server.start(patience=60)
