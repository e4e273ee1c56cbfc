"""What is asked of any path of the API alike: parameters that it knows, and bodies in JSON."""

import re

from fastapi import HTTPException, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from monitor.config.suggest import did_you_mean


def known_parameters(request: Request) -> None:
    """Raises 422 for a parameter that the path does not have: it would narrow down nothing."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = _names(route.dependant)
    for name in request.query_params:
        if name in known:
            continue
        near = did_you_mean(name, known) or "this path takes none"
        told = name[:100].encode("utf-8", "replace").decode()
        raise HTTPException(422, f"there is no parameter {told!r}; {near}")


def _names(dependant: Dependant) -> set[str]:
    names = {one.alias for one in dependant.query_params}
    return names.union(*map(_names, dependant.dependencies))


def body_in_json(request: Request) -> None:
    """Raises 415 for a body that is not called JSON, with the cure.

    Source: RFC 9110, section 15.5.16.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None:
        return
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if re.fullmatch(r"application/(.+\+)?json", media):
        return
    said = f"the body is called {media[:100]!r}" if media else "the body has no Content-Type"
    raise HTTPException(415, f"{said}; send JSON, with 'Content-Type: application/json'")
