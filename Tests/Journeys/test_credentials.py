"""Issued documents, checked by a library that nobody here wrote (PyPI `sd-jwt`), and by `dovira verify` with no network."""

from __future__ import annotations

import base64
import json
import subprocess
import time

import pytest
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from house import ADULT, BINARY, EXPIRED, PROPRIETOR

TYPES = {"driving-licence", "residence-certificate", "sole-proprietor-certificate"}


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Trust:
    """The published trust list, and the key look-up that the library asks for."""

    def __init__(self, published: dict) -> None:
        self.published = published
        self.asked: list[tuple[str, str]] = []

    def key(self, issuer: str, header: dict) -> JWK:
        self.asked.append((issuer, header["kid"]))
        for entry in self.published["issuers"]:
            if entry["iss"] == issuer:
                for key in entry["keys"]:
                    if key["kid"] == header["kid"]:
                        return JWK.from_json(json.dumps(key))
        raise LookupError(f"{issuer} with key {header.get('kid')} is not in the trust list")


def verified(credential: str, trust: Trust) -> dict:
    """The claims, when the signature and the disclosures hold; otherwise the library's own error."""
    return SDJWTVerifier(credential, trust.key).get_verified_payload()


@pytest.fixture
def citizen(open_reader):
    def sign_in(person: str):
        reader = open_reader("es")
        reader.sign_in(person)
        return reader

    return sign_in


@pytest.fixture
def trust(open_reader) -> Trust:
    answer = open_reader().context.request.get("/.well-known/dovira-trust.json")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    return Trust(answer.json())


def documents(reader) -> list[dict]:
    """All documents of the citizen with their credentials. Those that are due are issued beside her first page: waits for them."""
    until = time.monotonic() + 15
    while True:
        answer = reader.context.request.get("/api/me/documents")
        assert answer.status == 200, answer.text()
        listed = answer.json()["documents"]
        if listed or time.monotonic() > until:
            break
        time.sleep(0.1)
    whole = []
    for entry in listed:
        one = reader.context.request.get(f"/api/me/documents/{entry['id']}")
        assert one.status == 200, one.text()
        assert one.headers["cache-control"] == "no-store"
        whole.append(one.json())
    return whole


def document(reader, kind: str) -> dict:
    found = [entry for entry in documents(reader) if entry["type"] == kind]
    assert found, f"no {kind}"
    return found[0]


def test_every_document_of_a_citizen_verifies(citizen, trust):
    issued = documents(citizen(PROPRIETOR))
    assert {entry["type"] for entry in issued} == TYPES
    for entry in issued:
        assert entry["format"] == "dc+sd-jwt"
        claims = verified(entry["credential"], trust)
        # What the page and the API say is what was signed.
        for name, value in entry["claims"].items():
            assert claims[name] == value, name
        assert claims["vct"].startswith("urn:dovira:ist:")
        assert claims["iat"] <= time.time() < claims["exp"]
        header = json.loads(decode(entry["credential"].split(".")[0]))
        assert header["alg"] == "ES256" and header["typ"] == "dc+sd-jwt"
    assert len({issuer for issuer, _ in trust.asked}) == 3, "three bodies sign, each with its own name"


def test_a_holder_may_keep_claims_to_herself(citizen, trust):
    credential = document(citizen(ADULT), "driving-licence")["credential"]
    token, *disclosures = credential.rstrip("~").split("~")
    assert len(disclosures) >= 6
    everything = verified(credential, trust)
    for index, disclosure in enumerate(disclosures):
        name = json.loads(decode(disclosure))[1]
        shown = disclosures[:index] + disclosures[index + 1 :]
        claims = verified("~".join([token, *shown]) + "~", trust)
        assert name not in claims
        assert {key: value for key, value in everything.items() if key != name} == claims
    bare = verified(token + "~", trust)
    assert "number" in bare and "cedula" not in bare and "birth_date" not in bare
    # What was not disclosed is not to be read from the token either.
    body = decode(token.split(".")[1]).decode()
    assert ADULT not in body and "Quintero" not in body


def test_disclosures_cannot_be_guessed_from_their_digests(citizen):
    credential = document(citizen(ADULT), "driving-licence")["credential"]
    salts = [json.loads(decode(part))[0] for part in credential.rstrip("~").split("~")[1:]]
    assert len(set(salts)) == len(salts)
    assert all(len(decode(salt)) >= 16 for salt in salts), "RFC 9901 section 9.3: 128 bits at least"


def test_a_changed_disclosure_is_refused(citizen, trust):
    credential = document(citizen(ADULT), "driving-licence")["credential"]
    token, *disclosures = credential.rstrip("~").split("~")
    salt, name, value = json.loads(decode(disclosures[0]))
    forged = encode(json.dumps([salt, name, f"{value}x"]).encode())
    try:
        claims = verified("~".join([token, forged, *disclosures[1:]]) + "~", trust)
    except ValueError:
        return
    # A library may also drop what no digest vouches for; never may it come through.
    assert claims.get(name) != f"{value}x"


def test_a_changed_token_is_refused(citizen, trust):
    credential = document(citizen(ADULT), "driving-licence")["credential"]
    token, _, rest = credential.partition("~")
    header, payload, signature = token.split(".")
    body = json.loads(decode(payload))
    body["exp"] += 86_400
    later = encode(json.dumps(body).encode())
    other = bytearray(decode(signature))
    other[10] ^= 1
    for forged in (f"{header}.{later}.{signature}", f"{header}.{payload}.{encode(bytes(other))}"):
        with pytest.raises(JWException):
            verified(f"{forged}~{rest}", trust)


def test_another_bodys_key_does_not_vouch(citizen, trust):
    credential = document(citizen(ADULT), "driving-licence")["credential"]
    issuer = json.loads(decode(credential.split(".")[1]))["iss"]
    others = [entry for entry in trust.published["issuers"] if entry["iss"] != issuer]
    assert others
    with pytest.raises(JWException):
        SDJWTVerifier(credential, lambda *_: JWK.from_json(json.dumps(others[0]["keys"][0])))


# dovira verify, with no network


def check_alone(tmp_path, credential: str, published: dict, *flags: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "trust.json").write_text(json.dumps(published))
    (tmp_path / "document.sd-jwt").write_text(credential)
    command = [str(BINARY), "verify", str(tmp_path / "document.sd-jwt"), "--trust", str(tmp_path / "trust.json"), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_the_command_line_gives_each_verdict(citizen, trust, tmp_path):
    credential = document(citizen(PROPRIETOR), "sole-proprietor-certificate")["credential"]
    token, _, rest = credential.partition("~")
    header, payload, signature = token.split(".")
    issuer = json.loads(decode(payload))["iss"]

    good = check_alone(tmp_path, credential, trust.published)
    assert (good.returncode, good.stdout.splitlines()[0]) == (0, "valid"), good.stdout + good.stderr
    assert PROPRIETOR in good.stdout

    changed = check_alone(tmp_path, f"{header}.{payload}.{encode(bytes(64))}~{rest}", trust.published)
    assert changed.returncode == 1 and changed.stdout.startswith("changed")

    fewer = {**trust.published, "issuers": [entry for entry in trust.published["issuers"] if entry["iss"] != issuer]}
    # The state has not signed that list.
    assert check_alone(tmp_path, credential, fewer).returncode not in (0, 1, 2, 3, 4)
    del fewer["signature"]
    stranger = check_alone(tmp_path, credential, fewer, "--unsigned-list")
    assert stranger.returncode == 3 and issuer in stranger.stdout

    nonsense = check_alone(tmp_path, "this is no document", trust.published)
    assert nonsense.returncode == 4 and nonsense.stdout.startswith("malformed")


# Who may read them


def test_nobody_else_reads_a_document(citizen, open_reader):
    entry = document(citizen(ADULT), "driving-licence")
    address = f"/api/me/documents/{entry['id']}"

    stranger = open_reader().context.request.get(address)
    assert stranger.status == 401
    assert stranger.headers["content-type"].startswith("application/problem+json")
    assert stranger.json()["status"] == 401

    other = citizen(EXPIRED).context.request.get(address)
    assert other.status in (403, 404), "somebody else's document is refused"
    assert "credential" not in other.json()


def test_an_expired_licence_is_a_document_that_says_so(citizen, trust, tmp_path):
    entry = document(citizen(EXPIRED), "driving-licence")
    claims = verified(entry["credential"], trust)
    assert claims["exp"] < time.time()
    alone = check_alone(tmp_path, entry["credential"], trust.published)
    assert alone.returncode == 2 and "expired" in alone.stdout
    # Signing in again makes no second one.
    again = [other for other in documents(citizen(EXPIRED)) if other["type"] == "driving-licence"]
    assert [other["id"] for other in again] == [entry["id"]]
