"""`/out`: alerts as feeds, of all watches and of each."""

import json
from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitor.model import AlertKind
from monitor.ports import Archive
from monitor.web.api.alerts import OWN
from monitor.web.api.answers import Name, missing, with_tag
from monitor.web.asked import ArchiveAsked, SiteAsked
from monitor.web.out import Out, atom, json_feed
from monitor.web.site import Site

router = APIRouter(prefix="/out", include_in_schema=False)
_SHOWN = 50
_NOT_NEWS = (AlertKind.DIGEST, AlertKind.HEALTH)
"""A digest tells of alerts, and is none; of our own health whoever wants to asks by its watch."""

Kind = Literal["atom", "json"]


@router.get("/all.{kind}")
def of_all(request: Request, archive: ArchiveAsked, kind: Kind) -> Response:
    """What all watches were told."""
    return _fed(request, archive, kind, path="/out/all", title="Alerts of news-monitor")


@router.get("/watch/{name}.{kind}")
def of_watch(
    request: Request, site: SiteAsked, archive: ArchiveAsked, name: Name, kind: Kind
) -> Response:
    """What one watch was told; one that was removed keeps its history."""
    if name not in (*site.config().watches, OWN) and not archive.alerts(watch=name, limit=1):
        raise missing("watch", name, list(site.config().watches))
    path, title = f"/out/watch/{quote(name, safe='')}", f"Alerts of {_called(site, name)}"
    return _fed(request, archive, kind, path=path, title=title, watch=name)


def _called(site: Site, name: str) -> str:
    watch = site.config().watches.get(name)
    return watch.name if watch and watch.name else name


def _fed(
    request: Request,
    archive: Archive,
    kind: Kind,
    *,
    path: str,
    title: str,
    watch: str | None = None,
) -> Response:
    left_out = _NOT_NEWS if watch != OWN else _NOT_NEWS[:1]
    found = archive.alerts(watch=watch, limit=2 * _SHOWN)
    out = Out(
        base=f"{request.url.scheme}://{request.url.netloc}",
        path=path,
        title=title,
        instance=archive.instance,
        alerts=[one for one in found if one.kind not in left_out][:_SHOWN],
    )
    if kind == "atom":
        body, media = atom(out), "application/atom+xml; charset=utf-8"
    else:
        text = json.dumps(json_feed(out), ensure_ascii=False, separators=(",", ":"))
        body, media = text.encode(), "application/feed+json; charset=utf-8"
    return with_tag(request, body, media, headers={}, modified_at=out.updated_at)
