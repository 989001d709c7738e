"""Which numbers does a gateway show to Prometheus?"""

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from preceptor.telemetry import Outcome, SafetyStatus

if TYPE_CHECKING:
    from preceptor_eval.gateway.serving import Served

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The metrics of one gateway. No label ever holds a request, a path or a text."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "preceptor_gateway_requests",
            "Chat requests by how they ended and by what the output policy decided.",
            ("outcome", "decision"),
            registry=self.registry,
        )
        self._rules = Counter(
            "preceptor_gateway_rule_hits",
            "Answers in which a rule of the output policy fired.",
            ("rule", "decision"),
            registry=self.registry,
        )
        self._latency = Histogram(
            "preceptor_gateway_request_seconds",
            "Seconds from a chat request's arrival until its audit record was durable.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._load = Histogram(
            "preceptor_gateway_load_seconds",
            "Seconds from a handover until the candidate was served.",
            buckets=(*_SECONDS, 300, 600),
            registry=self.registry,
        )
        self._refusals = Counter(
            "preceptor_gateway_handovers_refused", "Handovers refused, by reason.", ("reason",), registry=self.registry
        )
        self._audit_failures = Counter(
            "preceptor_gateway_audit_failures",
            "Records that could not be appended; what they record did not take effect.",
            registry=self.registry,
        )
        self._waiting = Gauge(
            "preceptor_gateway_waiting_requests", "Requests that wait for the model.", registry=self.registry
        )
        self._serving = Gauge(
            "preceptor_gateway_serving_info",
            "1 for the candidate that is served.",
            ("candidate_digest", "release_namespace", "release"),
            registry=self.registry,
        )

    def request(self, *, outcome: Outcome, decision: SafetyStatus, rules: tuple[str, ...], seconds: float) -> None:
        """Count one chat request."""
        self._requests.labels(outcome, decision).inc()
        self._latency.observe(seconds)
        for rule in rules:
            self._rules.labels(rule, decision).inc()

    def waiting(self, count: int) -> None:
        """Show how many requests wait for the model."""
        self._waiting.set(count)

    def loaded(self, seconds: float) -> None:
        """Count one load."""
        self._load.observe(seconds)

    def refused(self, reason: str) -> None:
        """Count one refused handover."""
        self._refusals.labels(reason).inc()

    def audit_failed(self) -> None:
        """Count one record that could not be appended."""
        self._audit_failures.inc()

    def serving(self, served: "Served | None") -> None:
        """Show what is served."""
        self._serving.clear()
        if served:
            self._serving.labels(served.digest, served.release.namespace, served.release.name).set(1)

    def text(self) -> bytes:
        """The exposition of all metrics."""
        return generate_latest(self.registry)
