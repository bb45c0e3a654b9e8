"""What the server counts of itself, in the format of Prometheus; nothing of what was asked is in it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Measures:
    """Counters of one server."""

    def __init__(self) -> None:
        self._registry = into = CollectorRegistry()
        self.requests = Counter("fathom_requests", "Requests by run and status.", ["run", "status"], registry=into)
        self.inputs = Counter("fathom_inputs", "Inputs that were answered.", ["run"], registry=into)
        self.seconds = Histogram(
            "fathom_request_seconds", "From the whole body to the answer.", ["run"], buckets=SECONDS, registry=into
        )
        self.batches = Histogram("fathom_batch_inputs", "Inputs of a batch.", ["run"], buckets=SIZES, registry=into)
        self.open = Gauge("fathom_open_requests", "Requests that are being answered.", registry=into)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
