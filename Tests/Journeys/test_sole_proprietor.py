"""The example service from its start page to the document, in three languages, by mouse, by keyboard, and without scripts."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time

import pytest

from house import ADULT, ANSWERS, BINARY, EXPIRED, MINOR, PROPRIETOR, ROOT, SERVICE, page_text, service_text

REFERRED = {**ANSWERS, "/trade_name": "Fonda El Muelle", "/activity": "food"}


def proven_history(reader) -> None:
    """The reader's page of accesses, once every entry has its place in the log and her browser has checked it."""
    wanted = page_text(reader.language, "access.proven")
    until = time.monotonic() + 20
    while True:
        reader.go("/my-data")
        reader.page.wait_for_timeout(300)
        if wanted in reader.text:
            return
        assert page_text(reader.language, "access.broken") not in reader.text
        assert time.monotonic() < until, f"not proven within 20 s: {reader.text[:600]}"


def test_granted_at_once(reader, newcomers, language):
    reader.sign_in(next(newcomers))
    reader.check_page()
    reader.see(f"home-{language}")
    reader.go(f"/services/{SERVICE}")
    reader.check_page()
    reader.see(f"start-{language}")

    def look(name: str) -> None:
        reader.check_page()
        reader.see(f"apply-{name}-{language}")
        if name == "premises":
            # What a register says is filled in, and says where it comes from.
            assert reader.page.locator('[name="/street"]').input_value()
            assert reader.page.locator("main .src").count() >= 5

    case = reader.apply(visit=look)
    reader.check_page()
    reader.see(f"granted-{language}")
    assert service_text(language, "granted", "title") in reader.heading
    reference = reader.page.locator("main dd.fig").first.inner_text()
    assert reference
    assert reader.page.locator("main .one a.cover").count() == 1, "the new document lies on the page"

    reader.go(f"/cases/{case}")
    reader.check_page()
    reader.see(f"case-{language}")
    assert reference in reader.text
    assert reader.page.locator("main .one a.cover").count() == 1
    assert reader.page.locator("main ol.rail > li").count() >= 4, "sent, decided, registered, issued"

    reader.go("/documents")
    reader.check_page()
    reader.see(f"documents-{language}")
    kinds = [entry["type"] for entry in reader.context.request.get("/api/me/documents").json()["documents"]]
    assert kinds.count("sole-proprietor-certificate") == 1
    reader.page.locator("a.cover.f-c").last.click()
    reader.page.wait_for_load_state()
    reader.check_page()
    reader.see(f"document-{language}")
    assert ANSWERS["/trade_name"] in reader.text
    assert re.search(r"EI-\d{4}-\d{5}", reader.text)

    proven_history(reader)
    reader.check_page()
    reader.see(f"my-data-{language}")


@pytest.mark.parametrize(
    ("person", "condition"), [(MINOR, "adult"), (EXPIRED, "cedula"), (PROPRIETOR, "first")], ids=["minor", "expired", "registered"]
)
def test_refused_with_the_rule_and_what_to_do(open_reader, language, person, condition):
    reader = open_reader(language)
    reader.sign_in(person)
    case = reader.apply()
    reader.check_page()
    reader.see(f"refused-{condition}-{language}")
    assert service_text(language, "refused", "title") in reader.heading
    assert service_text(language, "granted", "title") not in reader.text
    assert reader.page.locator("main .cover").count() == 0 and page_text(language, "confirmation.next") not in reader.text
    assert reader.page.locator("main .rule").count(), "the law is named"
    assert page_text(language, "decision.appeal") in reader.text or page_text(language, "decision.canDo") in reader.text
    reader.go(f"/cases/{case}")
    reader.check_page()
    assert page_text(language, "decision.why") in reader.text
    # What the granting rule asks for, in the reader's words.
    missing = reader.page.get_by_text(page_text(language, "decision.nearest"), exact=True).locator("xpath=following-sibling::dl[1]")
    assert missing.locator("dd").count() == 1, "one cell kept the rule from granting"
    assert page_text(language, "decision.here").replace("{value}", "").strip() in missing.inner_text()
    reader.see(f"refused-{condition}-case-{language}")


def test_an_account_is_recomputed_by_whoever_has_the_rules(open_reader, tmp_path):
    """The applicant hands the account of her decision to somebody with the state's folder, who decides it again."""
    reader = open_reader("en")
    reader.sign_in(MINOR)
    case = reader.apply()
    reader.go(f"/cases/{case}")
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("link", name=page_text("en", "decision.account")).click()
    path = tmp_path / "account.json"
    waiting.value.save_as(path)
    account = json.loads(path.read_text(encoding="utf-8"))
    assert account["inputs"]["age"]["origin"]["register"] == "person" and account["inputs"]["activity"]["origin"] == {"application": True}
    assert account["lawDate"] == account["today"] and account["nearest"]["rule"] == "granted"
    again = subprocess.run(
        [BINARY, "decide", ROOT / "Examples" / "Istmo", SERVICE, path, "--trace"], capture_output=True, check=False, timeout=60
    )
    assert again.returncode == 0, again.stderr
    assert again.stdout == path.read_bytes(), "byte for byte"
    assert hashlib.sha256(again.stdout).hexdigest() in again.stderr.decode()

    # It is hers alone.
    other = open_reader("en")
    other.sign_in(ADULT)
    assert other.context.request.get(f"/cases/{case}/decision.json").status in (403, 404)
    officer = open_reader("en", width=1280)
    officer.sign_in("commerce-1", "officer")
    assert officer.context.request.get(f"/cases/{case}/decision.json").status in (403, 404)
    # Before anything is decided there is no account.
    assert reader.context.request.get(f"/cases/{case}x/decision.json").status == 404


def test_referred_then_one_more_paper_then_granted(open_reader, newcomers, language):
    citizen = open_reader(language)
    person = next(newcomers)
    citizen.sign_in(person)
    asked = []
    case = citizen.apply(REFERRED, visit=asked.append)
    assert "permit" in asked, "the page that only this activity needs"
    citizen.check_page()
    citizen.see(f"referred-{language}")
    assert service_text(language, "referred", "title") in citizen.heading
    reference = citizen.page.locator("main dd.fig").first.inner_text()

    officer = open_reader(language, width=1280)
    officer.sign_in("commerce-1", "officer")
    officer.check_page()
    officer.see(f"queue-{language}")
    task = officer.page.get_by_role("link", name=reference)
    assert task.count() == 1
    task.click()
    officer.page.wait_for_load_state()
    officer.check_page()
    officer.see(f"review-{language}")
    assert person in officer.text, "who applies"
    assert page_text(language, "case.event-submitted") not in officer.text, "it was not the officer who sent it"

    # A decision without its reason is not taken, and the choice is kept.
    officer.page.locator('[name="decision"][value="ask"]').check()
    officer.submit()
    assert officer.page.locator(".faults").count() == 1
    assert officer.page.locator('[name="decision"][value="ask"]').is_checked()
    officer.check_page()
    officer.page.locator('[name="reason"]').fill("Falta el número del permiso municipal.")
    officer.submit()
    assert officer.is_at("/work"), officer.text
    assert reference not in officer.text

    citizen.go(f"/cases/{case}")
    citizen.check_page()
    citizen.see(f"asked-{language}")
    assert "Falta el número del permiso municipal." in citizen.text
    citizen.page.locator('[name="answer"]').fill("Es el MP-2026-0418.")
    citizen.submit()
    assert citizen.is_at(f"/cases/{case}")

    officer.go("/work")
    officer.page.get_by_role("link", name=reference).click()
    officer.page.wait_for_load_state()
    assert "MP-2026-0418" in officer.text
    officer.page.locator('[name="decision"][value="grant"]').check()
    officer.page.locator('[name="reason"]').fill("El permiso está en regla.")
    officer.submit()
    assert officer.is_at("/work")

    citizen.go(f"/cases/{case}")
    assert service_text(language, "granted", "title") in citizen.heading
    assert "El permiso está en regla." in citizen.text
    kinds = [entry["type"] for entry in citizen.context.request.get("/api/me/documents").json()["documents"]]
    assert "sole-proprietor-certificate" in kinds
    # She sees that an officer looked, and who.
    citizen.go("/my-data?show=people")
    assert citizen.page.locator("main [data-n]").count() >= 2


def test_an_officer_of_another_body_sees_nothing_of_it(open_reader, newcomers):
    citizen = open_reader("es")
    citizen.sign_in(next(newcomers))
    citizen.apply(REFERRED)
    reference = citizen.page.locator("main dd.fig").first.inner_text()
    officer = open_reader("es", width=1280)
    officer.sign_in("transit-1", "officer")
    assert reference not in officer.text
    assert officer.go("/documents").status == 403
    assert citizen.go("/work").status == 403


def test_without_scripts(open_reader, newcomers, language):
    reader = open_reader(language, scripts=False)
    reader.sign_in(next(newcomers))
    reader.apply(visit=lambda _: reader.check_page())
    assert service_text(language, "granted", "title") in reader.heading
    reader.go("/my-data")
    reader.check_page()
    assert page_text(language, "access.unchecked") in reader.text


def test_by_keyboard_alone(open_reader, newcomers):
    reader = open_reader("en")
    page = reader.page
    person = next(newcomers)
    reader.go(f"/sign-in?q={person}")
    reader.tab_to(person)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    reader.go(f"/services/{SERVICE}")
    page.keyboard.press("Tab")
    assert page_text("en", "page.skip") in reader.focused(), "the first stop leads past the header"
    reader.tab_to(page_text("en", "start.begin"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    typed = {"What will your business be called?": "The Compass", "Day": "1", "Month": "12", "Year": "2026", "E-mail address": "compass@example.org"}
    while not reader.is_at(r"/cases/[^/]+/check"):
        name = page.url.split("/")[-1]
        if name == "activity":
            # Within a group of radios Tab stops once; the space bar chooses.
            reader.tab_to("Retail shop")
            page.keyboard.press("Space")
        for label, text in typed.items():
            field = page.get_by_label(label, exact=False)
            if field.count() and not field.first.input_value():
                reader.tab_to(label)
                page.keyboard.type(text)
        reader.tab_to(page_text("en", "question.submit"))
        with page.expect_navigation():
            page.keyboard.press("Enter")
    reader.tab_to("Register my business")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert service_text("en", "granted", "title") in reader.heading


def test_leaving_and_coming_back_loses_nothing(open_reader, newcomers):
    person = next(newcomers)
    first = open_reader("es")
    first.sign_in(person)
    first.open_application()
    first.fill(ANSWERS)
    first.submit()
    first.fill(ANSWERS)
    first.submit()
    left_at = first.page.url.split("/")[-1]
    first.sign_out()

    # Another day, another browser.
    second = open_reader("en")
    second.sign_in(person)
    second.go("/services")
    assert page_text("en", "services.begun") in second.text
    second.open_application()
    assert second.page.url.split("/")[-1] == left_at, "goes on where she left"
    second.answer_all(ANSWERS)
    assert ANSWERS["/trade_name"] in second.text, "what was answered before is there"


def test_wrong_input_is_told_and_kept(open_reader, newcomers, language):
    reader = open_reader(language)
    reader.sign_in(next(newcomers))
    reader.open_application()
    reader.fill({"/trade_name": "ab"})
    with reader.page.expect_response(lambda response: response.request.method == "POST") as posted:
        reader.submit()
    assert posted.value.status == 422
    reader.check_page()
    reader.see(f"fault-{language}")
    summary = reader.page.locator(".faults")
    assert summary.count() == 1
    assert reader.page.evaluate("() => document.activeElement.classList.contains('faults')"), "the summary takes the focus"
    assert reader.page.locator('[name="/trade_name"]').input_value() == "ab"
    assert reader.page.locator('[name="/trade_name"]').get_attribute("aria-invalid") == "true"
    summary.locator("a").first.click()
    assert reader.page.evaluate("() => document.activeElement.name") == "/trade_name"

    reader.fill({"/trade_name": "Librería"})
    reader.submit()
    reader.submit()
    assert reader.page.locator(".faults").count() == 1, "no activity was chosen"
    reader.fill({"/activity": "retail"})
    reader.submit()
    while not reader.page.locator('[name="/start_date-day"]').count():
        reader.submit()
    reader.fill({"/start_date": ("31", "2", "2026")})
    reader.submit()
    assert reader.page.locator(".faults").count() == 1
    assert reader.page.locator('[name="/start_date-day"]').input_value() == "31"
    reader.check_page()


def test_a_second_submission_is_not_a_second_case(open_reader, newcomers):
    reader = open_reader("es")
    reader.sign_in(next(newcomers))
    case = reader.apply()
    answer = reader.go(f"/cases/{case}/check")
    assert answer.status == 409
    reader.go("/documents")
    kinds = [entry["type"] for entry in reader.context.request.get("/api/me/documents").json()["documents"]]
    assert kinds.count("sole-proprietor-certificate") == 1


def test_a_dry_run_answers_and_keeps_nothing(open_reader, language, newcomers):
    reader = open_reader(language)
    reader.sign_in(next(newcomers))
    reader.go("/my-data")
    before = reader.page.locator("main [data-n]").count()
    reader.go(f"/services/{SERVICE}")
    with reader.page.expect_navigation():
        reader.page.locator('main form[action$="/dry-run"] button').click()
    reader.check_page()
    if reader.page.locator('[name="/activity"]').count():
        reader.fill({"/activity": "food"})
        reader.submit()
    reader.check_page()
    reader.see(f"dry-run-{language}")
    assert page_text(language, "dryrun.nothing") in reader.text
    reader.go("/services")
    assert page_text(language, "services.begun") not in reader.text
    reader.go("/my-data")
    assert reader.page.locator("main [data-n]").count() > before, "its access is on record"


def test_a_change_from_the_check_of_answers(open_reader, newcomers):
    reader = open_reader("es")
    reader.sign_in(next(newcomers))
    reader.open_application()
    reader.answer_all(ANSWERS)
    with reader.page.expect_navigation():
        reader.page.locator("main dd.act a").first.click()
    reader.fill({"/trade_name": "Papelería Central"})
    reader.submit()
    assert reader.is_at(r"/cases/[^/]+/check")
    assert "Papelería Central" in reader.text


def test_the_adult_of_the_readme_is_eligible(open_reader):
    reader = open_reader("es")
    reader.sign_in(ADULT)
    reader.go(f"/services/{SERVICE}/dry-run")
    reader.fill({"/activity": "retail"})
    reader.submit()
    assert page_text("es", "dryrun.nothing") in reader.text
    assert reader.page.locator("main .outcome").count() == 1
