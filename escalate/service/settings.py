"""What a service is started with; nothing here is read from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost, and how many may be in work."""

    body_bytes: int = 10_000_000  # a patient file may have 2 MB, a record in FHIR more
    seconds: float = 30.0  # of one request; its answer is then 503
    at_once: int = 4  # calculations at the same time
    waiting: int = 60  # that wait for their turn; one more is answered 503 at once


@dataclass(frozen=True, slots=True)
class Issuer:
    """A client that signs its requests: its `iss`, and where its public keys are."""

    name: str
    keys: tuple[Mapping[str, object], ...] = ()  # a JWK Set given locally
    jku: str = ""  # or fetched from this address, the only one it may name


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask. Nobody listed: everybody on this machine, and no other machine."""

    token_digests: tuple[str, ...] = ()  # SHA-256 of each bearer token, in hex
    issuers: tuple[Issuer, ...] = ()
    audience: str = ""  # the address that clients sign for, before `/cds-services`; default: the public one

    @property
    def is_open(self) -> bool:
        """Whether nobody has to say who he is."""
        return not self.token_digests and not self.issuers


@dataclass(frozen=True, slots=True)
class Settings:
    """One service."""

    host: str = "127.0.0.1"
    port: int = 8000
    knowledge: str | None = None  # a folder with knowledge/ and rules/; None: the shipped one
    overlay: str | None = None
    language: str = "en"  # where a request names none
    log_url: str | None = None
    log_input: bool = False
    allow_remote: bool = False
    public_url: str = ""  # how clients call the service, without a slash at the end
    cors_origins: tuple[str, ...] = ()  # beside those of this machine in open mode
    reload_seconds: float = 10.0  # between two looks at the knowledge files; 0: never
    workers: int = 0  # processes that assess; 0: threads of this one
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)

    @property
    def base_url(self) -> str:
        """The address in links, `https://escalate.example.org`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether it listens on this machine alone."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host, as in an address without its port, is this machine.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "[::1]", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
