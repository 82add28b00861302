"""A citizen's browser remembers the log: an untouched one stays proven, one that was taken back or written anew does not."""

from __future__ import annotations

import shutil

from house import ADULT, page_text
from test_sole_proprietor import proven_history


def says(reader, key: str) -> None:
    reader.go("/my-data")
    reader.page.wait_for_function("text => document.querySelector('.verdict').innerText.includes(text)", arg=page_text(reader.language, key))


def test_the_browser_notices_a_log_that_was_taken_back(open_reader, own_server):
    own_server.start()
    reader = open_reader("es", on=own_server)
    reader.sign_in(ADULT)
    proven_history(reader)
    assert own_server.stop() == 0
    # The folder and the signed head beside it: an operator who wants to go back takes both.
    head = own_server.data.parent / (own_server.data.name + ".head")
    earlier = own_server.data.parent / "earlier"
    shutil.copytree(own_server.data, earlier)
    shutil.copy(head, own_server.data.parent / "earlier.head")

    # The log grows, the browser sees it, and keeps nothing that says whose it is.
    own_server.start()
    for _ in range(5):
        reader.go("/my-data")
    proven_history(reader)
    kept = reader.page.evaluate("() => JSON.stringify({...localStorage})")
    person = reader.page.locator("[data-history]").get_attribute("data-person")
    assert '"size' in kept.replace("\\", "") and person not in kept and ADULT not in kept
    proven_history(reader)
    assert own_server.stop() == 0

    # Yesterday's folder is put back: a shorter log with a valid signature, and a page whose proofs are right in themselves.
    shutil.rmtree(own_server.data)
    shutil.copytree(earlier, own_server.data)
    shutil.copy(own_server.data.parent / "earlier.head", head)
    own_server.start()
    reader.sign_in(ADULT)
    says(reader, "access.receded")
    # It stays so when the log has outgrown what the browser saw: the new tree does not begin with the kept one.
    for _ in range(60):
        reader.go("/my-data")
    says(reader, "access.receded")
    reader.check_page()
    assert reader.page.evaluate("() => JSON.stringify({...localStorage})") != "{}"
