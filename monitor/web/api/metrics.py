"""`/metrics`: what Prometheus reads."""

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """In the text format, or as OpenMetrics for whoever asks for that."""
    encoder, media = choose_encoder(request.headers.get("accept", ""))
    registry: CollectorRegistry = request.app.state.registry
    return Response(encoder(registry), headers={"Content-Type": media, "Cache-Control": "no-store"})
