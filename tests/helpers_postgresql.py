"""A PostgreSQL server for the tests, with data of its own, and a line to it that can be cut."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "tester"


def server_programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, of the newest version; None where there is none."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _is_root() -> bool:
    return os.geteuid() == 0


def _unprivileged(command: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    lead = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if _is_root() else []
    return [*lead, *command]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Server:
    """A server on a free port of this machine."""

    def __init__(self, programs: Path, folder: Path, fsync: str) -> None:
        self._programs, self._folder, self._fsync, self.port = programs, folder, fsync, free_port()

    def url(self, database: str, port: int | None = None) -> str:
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{port or self.port}/{database}"

    def make(self) -> None:
        initdb = [str(self._programs / "initdb"), "-D", str(self._folder / "data")]
        self._run(_unprivileged([*initdb, "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]))

    def start(self) -> None:
        options = f"-p {self.port} -c fsync={self._fsync} -c listen_addresses=127.0.0.1 -k {self._folder}"
        self._control("-o", options, "-l", str(self._folder / "server.log"), "start")

    def stop(self) -> None:
        """At once, as if the power had gone."""
        self._control("-m", "immediate", "stop")

    def create(self, database: str) -> str:
        """A new database; its URL."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _USER]
        self._run([str(self._programs / "createdb"), *where, database])
        return self.url(database)

    def _control(self, *arguments: str) -> None:
        control = [str(self._programs / "pg_ctl"), "-w", "-D", str(self._folder / "data")]
        self._run(_unprivileged([*control, *arguments]))

    def _run(self, command: list[str]) -> None:
        # To a file: a server that starts keeps the output open, and a pipe would never end.
        with (self._folder / "commands.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, timeout=120, cwd="/")


@contextmanager
def running_server(programs: Path, fsync: str = "off") -> Iterator[Server]:
    """A server that runs until the end of the block; nothing of it is left.

    Args: fsync, `off` where no power cut is at stake: what the server was told is in the system's memory.
    """
    folder = Path(tempfile.mkdtemp(prefix="escalate-pg-"))
    if _is_root():
        shutil.chown(folder, "nobody", "nogroup")
    server = Server(programs, folder, fsync)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Line:
    """A line to a server that breaks while a commit goes over it.

    Args: port, of the server; reaches, whether the commit still gets there; again, whether a connection can
          be made afterwards.
    """

    def __init__(self, port: int, *, reaches: bool, again: bool) -> None:
        self._server, self._reaches, self._again = port, reaches, again
        self._broken = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                if self._broken and not self._again:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._server))
                Thread(target=self._outward, args=(client, server), daemon=True).start()
                Thread(target=self._back, args=(server, client), daemon=True).start()

    def _outward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if b"COMMIT" in data and not self._broken:
                    self._broken = True
                    client.shutdown(socket.SHUT_RDWR)  # no answer gets back
                    if self._reaches:
                        server.sendall(data)
                    break
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
