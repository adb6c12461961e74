"""One origin for the whole Workshop, as CloudFront makes it: the page at `/`, the API at `/api`.

Beside them what a laptop lacks: Cognito's endpoint at `/cognito/`, signed links to S3 at `/s3/`.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from werkzeug.security import safe_join
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local import request_isolation
from local.http_api import HttpApi, deployed_routes
from local.stack import Stack
from local.tokens import sign_with_own_key
from local.users import cognito

_SIGNED = re.compile(r"https://(?P<bucket>[a-z0-9.-]+)\.s3[a-z0-9.-]*\.amazonaws\.com/(?P<rest>[^\s\"\\]*)")
_ASSETS_FOREVER = "public, max-age=31536000, immutable"
_SQUEEZED = ("text/", "application/javascript", "application/json", "image/svg+xml")
_OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}


@dataclass
class Site:
    """Everything behind one local port.

    Parameters
    ----------
    stack
        The deployed stack.
    page
        Folder of the built page; it need not be there.
    docs
        Makes the API's own documentation page.
    """

    stack: Stack
    page: Path
    docs: Callable[[], str]
    _links: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        request_isolation.install()
        client, outputs = self.stack.client, self.stack.outputs
        sign_with_own_key(outputs["UserPoolId"], client("cognito-idp").meta.region_name)
        self._api = HttpApi(deployed_routes(client("apigatewayv2"), outputs["WorkshopApiId"]), client("lambda"))

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a WSGI request."""
        request = Request(environ)
        response = self._answer(request) if _is_own_host(environ) else _of_another_host()
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/api/"):
            return self._with_local_links(self._api.answer(request), request)
        if path == "/cognito/":
            return cognito(self.stack.client("cognito-idp"), request)
        if path == "/config.json":
            return _json(self._config())
        if path == "/docs":
            return Response(self.docs(), content_type="text/html; charset=utf-8")
        if path.startswith("/s3/"):
            return self._signed(request)
        return self._file(request)

    def _config(self) -> dict[str, str]:
        """Return what the page has to know before anybody is signed in; deployed beside it, it names AWS's own."""
        return {
            "region": self.stack.client("cognito-idp").meta.region_name,
            "user_pool_id": self.stack.outputs["UserPoolId"],
            "client_id": self.stack.outputs["UserPoolClientId"],
            "cognito_endpoint": "/cognito/",
            "api": "/api",
        }

    def _with_local_links(self, response: Response, request: Request) -> Response:
        """Let signed links to S3 lead to this server, and remember them: only what was signed is handed out."""
        if not response.content_type.startswith("application/json"):
            return response
        text = response.get_data(as_text=True)
        if "X-Amz-Signature" in text:
            response.set_data(_SIGNED.sub(lambda m: self._local_link(m, request), text))
        return response

    def _local_link(self, link: re.Match[str], request: Request) -> str:
        expires = re.search(r"X-Amz-Expires=(\d+)", link["rest"])
        path = f"/s3/{link['bucket']}/{link['rest']}"
        self._links[path] = time.time() + int(expires[1] if expires else 0)
        return f"{request.host_url.rstrip('/')}{path}"

    def _signed(self, request: Request) -> Response:
        asked = f"{request.environ.get('REQUEST_URI', '')}"
        if self._links.get(asked, 0) < time.time():
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, content_type="application/xml")
        bucket, _, key = request.path.removeprefix("/s3/").partition("/")
        found = self.stack.client("s3").get_object(Bucket=bucket, Key=unquote(key))
        response = Response(found["Body"].read(), content_type=request.args.get("response-content-type"))
        response.headers["Content-Disposition"] = request.args.get("response-content-disposition", "attachment")
        return response

    def _file(self, request: Request) -> Response:
        """Return a file of the page; a path without a suffix is one of the page's own addresses."""
        if request.method not in ("GET", "HEAD"):
            return Response("method not allowed", 405)
        name = request.path.lstrip("/")
        found = safe_join(str(self.page), name) if name else None
        file = Path(found) if found and Path(found).is_file() else None
        if file is None and not Path(name).suffix:
            file = self.page / "index.html"
        if file is None or not file.is_file():
            return Response("not found" if self.page.is_dir() else f"{self.page} is not built; the API is at /api", 404)
        return _of_file(file, request)


def _is_own_host(environ: Mapping[str, Any]) -> bool:
    """Whether a request names this machine: a web page whose name was led here (DNS rebinding) names itself."""
    name, _, port = str(environ.get("HTTP_HOST", "")).rpartition(":")
    return name in _OWN_NAMES and port == str(environ.get("SERVER_PORT"))


def _of_another_host() -> Response:
    return Response("this server answers to localhost and 127.0.0.1 with its port, and to no other name\n", 421)


def _of_file(file: Path, request: Request) -> Response:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    content = file.read_bytes()
    response = Response(content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    if kind.startswith(_SQUEEZED) and "gzip" in request.headers.get("Accept-Encoding", ""):
        content = gzip.compress(content, 6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = _ASSETS_FOREVER if "/assets/" in request.path else "no-cache"
    response.set_data(content)
    return response


def _json(body: dict[str, str]) -> Response:
    return Response(json.dumps(body), content_type="application/json")


class _Quiet(WSGIRequestHandler):
    """A handler that keeps connections open and says nothing."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Say nothing of a request."""


def server(site: Site, port: int) -> BaseWSGIServer:
    """Return a server of the site on 127.0.0.1, not yet serving; port 0 takes a free one."""
    return make_server("127.0.0.1", port, site, threaded=True, request_handler=_Quiet)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve a site on a free port of 127.0.0.1, from a thread of its own; yield its address."""
    serving = server(site, 0)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()
