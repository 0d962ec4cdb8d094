"""What the service counts: requests, their time and what is in work; never anything about a patient."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The numbers of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "escalate_http_requests",
            "Requests by route, method and status; the route is a template, never an address.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "escalate_http_seconds",
            "Time to an answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._in_work = Gauge("escalate_in_work", "Calculations that run or wait.", registry=self._registry)
        self._recorded = Counter(
            "escalate_log_entries", "Entries written to the decision log.", registry=self._registry
        )
        self._log_failures = Counter(
            "escalate_log_failures", "Answers withheld because the log failed.", registry=self._registry
        )
        self._knowledge = Gauge(
            "escalate_knowledge_info", "The knowledge in use.", ("version", "digest"), registry=self._registry
        )
        self._stale = Gauge(
            "escalate_knowledge_refused",
            "1 while the knowledge files on disk are refused and an earlier state is in use.",
            registry=self._registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def recorded(self, *, failed: bool = False) -> None:
        """One entry was recorded, or could not be."""
        (self._log_failures if failed else self._recorded).inc()

    def text(self, version: str, digest: str, *, refused: bool, in_work: int) -> bytes:
        """All of it in the text format of Prometheus."""
        self._knowledge.clear()
        self._knowledge.labels(version, digest).set(1)
        self._stale.set(int(refused))
        self._in_work.set(in_work)
        return generate_latest(self._registry)
