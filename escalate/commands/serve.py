"""`escalate serve`: the page of a conference, CDS Hooks and the HTTP API."""

from __future__ import annotations

import gc
import os
import socket
from typing import TYPE_CHECKING

import click

from escalate.commands import options, recording
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now

if TYPE_CHECKING:
    from escalate.service.settings import Access, Settings


@options.command(
    "serve",
    short_help=N_("The page of a conference, CDS Hooks and the HTTP API."),
    help=N_(
        "Serve the page at /, CDS Hooks below /cds-services and the HTTP API below /v1, on this machine "
        "alone.\n\n"
        "Another address than this machine's own needs --allow-remote and somebody who may ask: "
        "--token-file or --jwt-config."
    ),
)
@options.option("--host", default="127.0.0.1", show_default=True, help=N_("Address to listen on."))
@options.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@options.option("--allow-remote", is_flag=True, help=N_("Listen on an address that other machines reach."))
@options.option(
    "--public-url",
    metavar="URL",
    default="",
    help=N_("How clients call the service, https://..., where a proxy stands before it."),
)
@options.option(
    "--token-file",
    metavar="FILE",
    type=click.Path(),
    help=N_("Bearer tokens of those who may ask, one a line."),
)
@options.option(
    "--jwt-config",
    metavar="FILE",
    type=click.Path(),
    help=N_("CDS Hooks clients that sign their requests, with their public keys (JSON)."),
)
@options.option(
    "--cors-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help=N_("An origin whose pages may call CDS Hooks; repeatable."),
)
@options.option(
    "--workers",
    type=click.IntRange(0, 64),
    metavar="N",
    help=N_("Processes that assess; 0: threads of one process.  [default: one a core]"),
)
@options.option(
    "--reload",
    "reload_seconds",
    type=click.FloatRange(0, 86400),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help=N_("Between two looks at the knowledge files; 0: never."),
)
@recording.log
@recording.log_input
@options.knowledge
@options.overlay
@options.plain
@options.lang
def command(
    host: str,
    port: int,
    allow_remote: bool,
    public_url: str,
    token_file: str | None,
    jwt_config: str | None,
    origins: tuple[str, ...],
    workers: int | None,
    reload_seconds: float,
    log_url: str | None,
    log_input: bool,
    knowledge: str | None,
    overlay: str | None,
    plain: bool,
) -> None:
    """Serve the page, CDS Hooks and the HTTP API."""
    try:
        import uvicorn

        from escalate.service.app import create_app
        from escalate.service.memory import give_back_large_buffers, keep_what_is_there
        from escalate.service.settings import Settings
    except ImportError:
        raise UsageError(
            _("the service is not installed; it comes with `pip install 'escalate[serve]'`")
        ) from None
    if log_input and log_url is None:
        raise UsageError(_("--log-input needs --log URL"))
    if public_url and not public_url.startswith(("https://", "http://")):
        raise UsageError(_("--public-url {url}: it begins with https://").format(url=public_url))
    settings = Settings(
        host=host,
        port=port,
        knowledge=knowledge,
        overlay=overlay,
        language=spoken_now(),
        log_url=log_url,
        log_input=log_input,
        allow_remote=allow_remote,
        public_url=public_url,
        cors_origins=origins,
        reload_seconds=reload_seconds,
        workers=_cores() if workers is None else workers,
        access=_access(token_file, jwt_config),
    )
    _check_reach(settings)
    app = create_app(settings)
    gc.enable()  # a command does without; a service lives for weeks
    keep_what_is_there()
    if settings.workers:
        give_back_large_buffers()
    # Its access log would write addresses and times of every request; the metrics count them instead.
    config = uvicorn.Config(
        app, host=host, port=port, access_log=False, server_header=False, log_level="warning"
    )
    try:
        listener = config.bind_socket()
    except SystemExit:  # uvicorn has printed the system's reason
        raise UsageError(_("--port {port}: cannot listen there, see above").format(port=port)) from None
    click.echo(_("escalate: serving at {url}").format(url=settings.base_url), err=True)
    # The loop sets this for sockets of its own making alone; without it each answer waits 40 ms for an echo.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    uvicorn.Server(config).run(sockets=[listener])


def _access(token_file: str | None, jwt_config: str | None) -> Access:
    """Who may ask. Raises: UsageError."""
    from escalate.files.access_file import clients, token_digests
    from escalate.service.settings import Access, Issuer

    return Access(
        token_digests=token_digests(token_file) if token_file is not None else (),
        issuers=tuple(Issuer(one.iss, one.keys, one.jku) for one in clients(jwt_config))
        if jwt_config is not None
        else (),
    )


def _check_reach(settings: Settings) -> None:
    """Other machines are let in on purpose, and never unasked who they are. Raises: UsageError."""
    if settings.is_local:
        return
    if not settings.allow_remote:
        raise UsageError(
            _("--host {host}: other machines reach this address; that needs --allow-remote").format(
                host=settings.host
            )
        )
    if settings.access.is_open:
        raise UsageError(
            _("--allow-remote: somebody must be named who may ask, with --token-file or --jwt-config")
        )


def _cores() -> int:
    """Processes that are worth starting: with one core, a second process gains nothing."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if cores > 1 else 0
