"""`escalate serve`: the page of a conference, CDS Hooks and the HTTP API."""

from __future__ import annotations

import gc

import click

from escalate.commands import options, recording
from escalate.problems import UsageError
from escalate.texts import N_, _, spoken_now


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
@options.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@options.option("--allow-remote", is_flag=True, help=N_("Listen on an address that other machines reach."))
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
        from escalate.service.settings import Settings
    except ImportError:
        raise UsageError(
            _("the service is not installed; it comes with `pip install 'escalate[serve]'`")
        ) from None
    settings = Settings(
        host=host,
        port=port,
        knowledge=knowledge,
        overlay=overlay,
        language=spoken_now(),
        log_url=log_url,
        log_input=log_input,
        allow_remote=allow_remote,
    )
    if not settings.is_local and not allow_remote:
        raise UsageError(
            _("--host {host}: other machines reach this address; that needs --allow-remote").format(host=host)
        )
    if not settings.is_local and settings.access.is_open:
        raise UsageError(
            _("--allow-remote: somebody must be named who may ask, with --token-file or --jwt-config")
        )
    app = create_app(settings)
    gc.enable()  # a command does without; a service lives for weeks
    gc.freeze()  # but the knowledge, which never becomes garbage, is not walked again and again
    # Its access log would write addresses and times of every request; the metrics count them instead.
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, log_level="warning")
