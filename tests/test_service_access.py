"""Who may ask, from where: tokens, signed clients of CDS Hooks, origins, names, and the open mode."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import jwt
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.testclient import TestClient

from escalate.commands import cli
from escalate.files.access_file import clients, token_digests
from escalate.problems import UsageError
from escalate.service.settings import Access, Issuer, Settings
from tests.helpers_service import client

BASE = "https://cds.example.org"
ISS = "https://fhir-ehr.example.com/"
TOKEN = "0123456789abcdef0123456789abcdef"
EC_KEY = ec.generate_private_key(ec.SECP384R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = ec.generate_private_key(ec.SECP384R1())


def jwk(key: Any, key_id: str, **more: str) -> dict[str, Any]:
    """The public half of a key."""
    kind = ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": key_id, "use": "sig", **more}


KEYS = (jwk(EC_KEY, "ec"), jwk(RSA_KEY, "rsa"))


def settings(*issuers: Issuer, tokens: tuple[str, ...] = ()) -> Settings:
    digests = tuple(hashlib.sha256(token.encode()).hexdigest() for token in tokens)
    access = Access(token_digests=digests, issuers=issuers)
    return Settings(public_url=BASE, access=access, reload_seconds=0)


@pytest.fixture(scope="module")
def service() -> Iterator[TestClient]:
    with client(settings(Issuer(ISS, KEYS), tokens=(TOKEN,)), BASE) as one:
        yield one


def signed(
    path: str = "/cds-services",
    key: Any = EC_KEY,
    algorithm: str = "ES384",
    headers: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A JWT as a client makes one; `claims` change or (None) leave out one of it."""
    now = int(time.time())
    payload = {
        "iss": ISS,
        "aud": f"{BASE}{path}",
        "exp": now + 300,
        "iat": now,
        "jti": str(uuid4()),
        **claims,
    }
    said = {key: value for key, value in payload.items() if value is not None}
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": "ec"} | (headers or {}))


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


# -- signed clients -------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "algorithm", "name"), [(EC_KEY, "ES384", "ec"), (RSA_KEY, "RS384", "rsa")])
def test_a_signed_client_is_admitted(service: TestClient, key: Any, algorithm: str, name: str):
    """ES384 and RS384, the two that the specification recommends."""
    token = signed(key=key, algorithm=algorithm, headers={"kid": name})

    assert service.get("/cds-services", headers=bearer(token)).status_code == 200


def test_an_audience_may_be_a_list(service: TestClient):
    """A string or an array of strings."""
    token = signed(aud=[f"{BASE}/cds-services"])

    assert service.get("/cds-services", headers=bearer(token)).status_code == 200


def test_feedback_may_name_its_service(service: TestClient):
    """The audience of feedback is its own address, or the service that it is about."""
    path = "/cds-services/escalate-patient-view/feedback"
    for named in (path, path.removesuffix("/feedback")):
        answer = service.post(path, json={}, headers=bearer(signed(named)))

        assert answer.status_code == 422  # admitted, and then its body is looked at


def now() -> int:
    return int(time.time())


# Each is made when it is sent: the suite may have run for longer than a token lives.
REFUSED: list[tuple[str, Callable[[], str | None], str]] = [
    ("nobody", lambda: None, "bearer token"),
    ("another audience", lambda: signed("/cds-services/escalate-patient-view"), "audience"),
    ("another base", lambda: signed(aud="https://other.example.org/cds-services"), "audience"),
    ("expired", lambda: signed(exp=now() - 60), "expired"),
    ("not valid yet", lambda: signed(iat=now() + 600), "not valid yet"),
    ("too long a life", lambda: signed(exp=now() + 90_000), "too long"),
    ("an issuer that is not on the list", lambda: signed(iss="https://evil.example.com/"), "issuer"),
    ("a signature by another key", lambda: signed(key=OTHER_KEY), "signature"),
    ("an unknown key", lambda: signed(headers={"kid": "new"}), "key"),
    ("no key named", lambda: signed(headers={"kid": ""}), "key"),
    ("the key of another algorithm", lambda: signed(headers={"kid": "rsa"}), "key"),
    ("keys from elsewhere", lambda: signed(headers={"jku": "https://evil.example.com/keys"}), "keys"),
    ("another type", lambda: signed(headers={"typ": "at+jwt"}), "type"),
    *((f"no {one}", partial(signed, **{one: None}), one) for one in ("exp", "iat", "jti", "aud")),
    ("no iss", lambda: signed(iss=None), "issuer"),
    ("unsigned", lambda: jwt.encode({"iss": ISS}, None, algorithm="none"), "signed with"),
    ("a shared secret", lambda: signed(key="x" * 48, algorithm="HS384"), "signed with"),
    (
        "the public key as a shared secret",
        lambda: signed(key=base64.b64decode(b"AAAA") * 16, algorithm="HS384", headers={"kid": "ec"}),
        "signed with",
    ),
    (
        "a weaker algorithm",
        lambda: signed(key=RSA_KEY, algorithm="RS256", headers={"kid": "rsa"}),
        "signed with",
    ),
    ("no JWT", lambda: "a.b.c", "no JWT"),
]


@pytest.mark.parametrize(("_what", "made", "why"), REFUSED, ids=[one[0] for one in REFUSED])
def test_another_token_is_refused(service: TestClient, _what: str, made: Callable[[], str | None], why: str):
    """401 with the reason, and how to say who one is."""
    token = made()
    answer = service.get("/cds-services", headers=bearer(token) if token else {})

    assert (answer.status_code, answer.json()["code"]) == (401, "not-admitted")
    assert why in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_is_used_once(service: TestClient):
    """The same `jti` again is a replay; of another issuer it would be another token."""
    token = signed()

    assert service.get("/cds-services", headers=bearer(token)).status_code == 200
    assert "used before" in service.get("/cds-services", headers=bearer(token)).json()["detail"]


def test_a_refused_token_is_not_used_up(service: TestClient):
    """Sent to the wrong address, it is still good for its own."""
    token = signed()
    service.get("/v1/knowledge", headers=bearer(token))

    assert service.get("/cds-services", headers=bearer(token)).status_code == 200


class Keys(BaseHTTPRequestHandler):
    """A client that publishes its keys."""

    asked = 0

    def do_GET(self) -> None:
        """The JWK Set."""
        Keys.asked += 1
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": KEYS}).encode())

    def log_message(self, *_given: object) -> None:
        """Silence."""


def test_keys_are_fetched_where_it_was_agreed_on():
    """From the `jku` on the list, once for many calls; a redirect is not followed."""
    server = HTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        with client(settings(Issuer(ISS, jku=f"{base}/keys")), BASE) as service:
            for header in ({}, {"jku": f"{base}/keys"}, {"kid": "unknown"}, {}):
                answer = service.get("/cds-services", headers=bearer(signed(headers=header)))
                assert answer.status_code == (401 if header.get("kid") else 200)
        assert Keys.asked == 1
        with client(settings(Issuer(ISS, jku=f"{base}/moved")), BASE) as service:
            assert service.get("/cds-services", headers=bearer(signed())).status_code == 401
        assert Keys.asked == 2
    finally:
        server.shutdown()


# -- tokens ---------------------------------------------------------------------------------------


def test_a_token_admits_to_everything(service: TestClient):
    """As bearer, or as the password of a browser."""
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()

    assert service.get("/v1/knowledge", headers=bearer(TOKEN)).status_code == 200
    assert service.get("/v1/knowledge", headers={"authorization": f"Basic {basic}"}).status_code == 200


@pytest.mark.parametrize(
    "said", ["Bearer wrong", "Bearer ", "Basic !", "Digest x", "Bearer " + "x" * 9000, "Bearer é"]
)
def test_another_word_admits_to_nothing(service: TestClient, said: str):
    """401 everywhere but for the two words of health."""
    headers = {"authorization": said.encode("latin-1").decode("latin-1")}

    assert (
        service.get("/v1/knowledge", headers={k: v.encode() for k, v in headers.items()}).status_code == 401
    )
    assert service.get("/openapi.json").status_code == service.get("/metrics").status_code == 401
    assert service.get("/health/live").status_code == service.get("/health/ready").status_code == 200


# -- origins and names ----------------------------------------------------------------------------


def test_a_browser_client_may_call_cds_hooks():
    """CORS: the preflight and the answer name the origin; other addresses are not shared."""
    origin = {"origin": "https://ehr.example.com"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    with client(Settings(cors_origins=("https://ehr.example.com",), reload_seconds=0)) as service:
        preflight = service.options("/cds-services/escalate-patient-view", headers=origin | asked)
        answer = service.get("/cds-services", headers=origin)
        elsewhere = service.get("/v1/knowledge", headers=origin)

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://ehr.example.com"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == "https://ehr.example.com"
    assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in elsewhere.headers


def test_a_preflight_needs_no_token():
    """A browser sends none with it; the call itself does."""
    access = Access(token_digests=("0" * 64,))
    origin = {"origin": "https://ehr.example.com", "access-control-request-method": "GET"}
    told = Settings(
        public_url=BASE, cors_origins=("https://ehr.example.com",), access=access, reload_seconds=0
    )
    with client(told, BASE) as service:
        assert service.options("/cds-services", headers=origin).status_code == 204
        refused = service.get("/cds-services", headers={"origin": "https://ehr.example.com"})

    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://ehr.example.com"


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/escalate-patient-view", "/v1/assess"])
def test_a_foreign_page_may_not_ask(path: str):
    """A browser that was led astray is refused, not only kept from reading the answer."""
    with client() as service:
        answer = service.post(path, content=b"{}", headers={"origin": "https://evil.example.com"})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert "access-control-allow-origin" not in answer.headers


def test_in_open_mode_a_foreign_name_is_refused():
    """A name that somebody pointed at this machine does not make his page ours."""
    with client() as service:
        answer = service.get("/v1/knowledge", headers={"host": "evil.example.com"})

    assert (answer.status_code, answer.json()["code"]) == (421, "foreign-host")


def test_answers_are_not_kept_and_not_framed():
    """No cache, no sniffing, no referrer, no frame."""
    with client() as service:
        headers = service.get("/v1/knowledge").headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


# -- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "0.0.0.0", "--allow-remote"], "--token-file or --jwt-config"),
        (["--host", "192.0.2.1", "--allow-remote"], "--token-file or --jwt-config"),
        (["--log-input"], "--log-input needs --log"),
        (["--public-url", "ftp://x"], "https://"),
        (["--token-file", "nowhere"], "no such file"),
    ],
)
def test_the_command_refuses_to_be_careless(options: list[str], said: str):
    """Nobody reaches it from outside by accident."""
    result = CliRunner().invoke(cli, ["serve", *options])

    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_a_port_that_is_taken_is_wrong_use():
    """Nothing says that it serves, and the exit status is not that of a refused patient."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "escalate", "serve", "--port", port, "--workers", "0"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert done.returncode == 2
    assert f"--port {port}" in done.stderr
    assert "serving at" not in done.stderr


def test_a_file_of_tokens(tmp_path: Path):
    """One a line; short ones and none are refused, and a refused one is not repeated."""
    file = tmp_path / "tokens"
    file.write_text(f"# the ward\n{TOKEN}\n")
    assert token_digests(str(file)) == (hashlib.sha256(TOKEN.encode()).hexdigest(),)
    for wrong in ("short-secret", "", "with a blank in it and long enough"):
        file.write_text(wrong)
        with pytest.raises(UsageError) as refused:
            token_digests(str(file))
        assert not wrong or wrong not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"issuers": []},
        {"issuers": [{"iss": ISS}]},
        {"issuers": [{"iss": ISS, "jku": "http://plain.example.com"}]},
        {"issuers": [{"iss": ISS, "jku": "https://a.example.com", "jwks": "keys.json"}]},
        {"issuers": [{"iss": ISS, "jwks": "private.json"}]},
        {"issuers": [{"iss": ISS, "jwks": "secret.json"}]},
        {"issuers": [{"iss": ISS, "jwks": "nowhere.json"}]},
        {"issuers": [{"iss": ISS, "jwks": "keys.json"}] * 2},
        {"issuers": [{"iss": ISS, "jwks": "keys.json", "algorithms": ["none"]}]},
    ],
)
def test_a_file_of_clients(tmp_path: Path, wrong: dict[str, Any]):
    """The right one is read; what is unclear or unsafe is refused."""
    private = json.loads(ECAlgorithm.to_jwk(EC_KEY))
    (tmp_path / "keys.json").write_text(json.dumps({"keys": KEYS}))
    (tmp_path / "private.json").write_text(json.dumps({"keys": [private]}))
    (tmp_path / "secret.json").write_text(json.dumps({"keys": [{"kty": "oct", "k": "AAAA"}]}))
    file = tmp_path / "clients.json"
    file.write_text(json.dumps({"issuers": [{"iss": ISS, "jwks": "keys.json"}]}))
    assert clients(str(file))[0].keys == KEYS
    file.write_text(json.dumps(wrong))

    with pytest.raises(UsageError):
        clients(str(file))
