"""A small hub: serves folders as model repositories in the protocol that huggingface_hub speaks.

The standard library alone, so that a pod can run this file as it is:

    python hub_server.py PORT ORG/NAME=COMMIT=FOLDER...

Behaviours of single repositories that tests want (gated, failing, …) are set on the object.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

MADE = "2024-05-06T07:08:09.000Z"
# Files from this size on are answered as large ones are: by a redirect to where the bytes lie.
LARGE = 1024


@dataclass
class Repository:
    """One model at one commit, and how the hub misbehaves about it."""

    folder: Path
    commit: str
    # A token without which nothing but the listing is shown.
    gate: str | None = None
    # A status that every request about it gets, with the hub's error code beside it.
    status: int | None = None
    code: str = ""
    # Seconds before any answer.
    delay: float = 0.0
    # Whether every body ends half-way, under a length that says so.
    truncated: bool = False
    # Answers about files that another commit made.
    answers_for: str | None = None

    def files(self) -> dict[str, Path]:
        """Every file by its path in the repository."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in found}


@dataclass
class Hub:
    """Repositories by name, and what was asked for."""

    repositories: dict[str, Repository]
    # Method and path of every request.
    asked: list[tuple[str, str]] = field(default_factory=list)

    def serve(self, host: str, port: int) -> ThreadingHTTPServer:
        """A server on this address; ``serve_forever`` runs it."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.answer(self, send_body=True)

            def do_HEAD(self) -> None:
                hub.answer(self, send_body=False)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return ThreadingHTTPServer((host, port), Handler)

    def answer(self, request: BaseHTTPRequestHandler, *, send_body: bool) -> None:
        """Answer one request."""
        path = unquote(urlsplit(request.path).path)
        self.asked.append((request.command, path))
        for name, repository in self.repositories.items():
            for prefix, method in self._routes(name).items():
                if path.startswith(prefix):
                    time.sleep(repository.delay)
                    if repository.status is not None:
                        _refuse(request, repository.status, repository.code, send_body)
                    else:
                        method(request, repository, path.removeprefix(prefix), send_body)
                    return
        _refuse(request, 404, "RepoNotFound", send_body)

    def _routes(self, name: str) -> dict[str, Callable[[BaseHTTPRequestHandler, Repository, str, bool], None]]:
        return {
            f"/api/models/{name}/revision/": self._information,
            f"/api/models/{name}/commits/": self._commits,
            f"/api/models/{name}/tree/": self._tree,
            f"/{name}/resolve/": self._resolve,
            f"/large/{name}/": self._large,
        }

    def _information(self, request: BaseHTTPRequestHandler, repository: Repository, rest: str, body: bool) -> None:
        if rest != repository.commit:
            _refuse(request, 404, "RevisionNotFound", body)
            return
        siblings = [{"rfilename": name, "size": path.stat().st_size} for name, path in repository.files().items()]
        sha = repository.answers_for or repository.commit
        _json(request, {"id": "x", "sha": sha, "siblings": siblings, "tags": []}, body)

    def _commits(self, request: BaseHTTPRequestHandler, repository: Repository, rest: str, body: bool) -> None:
        commit = {"id": repository.commit, "authors": [{"user": "a"}], "date": MADE, "title": "t", "message": ""}
        earlier = {**commit, "id": "0" * 40, "date": "2020-01-01T00:00:00.000Z"}
        _json(request, [commit, earlier], body)

    def _tree(self, request: BaseHTTPRequestHandler, repository: Repository, rest: str, body: bool) -> None:
        entries = []
        for name, path in repository.files().items():
            size, content = path.stat().st_size, path.read_bytes()
            entry: dict[str, object] = {"type": "file", "path": name, "size": size, "oid": _git_digest(content)}
            if size >= LARGE:
                entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": size, "pointerSize": 134}
            entries.append(entry)
        _json(request, entries, body)

    def _resolve(self, request: BaseHTTPRequestHandler, repository: Repository, rest: str, body: bool) -> None:
        commit, _, name = rest.partition("/")
        path = repository.files().get(name)
        if commit != repository.commit or path is None:
            _refuse(request, 404, "EntryNotFound", body)
            return
        if repository.gate and request.headers.get("Authorization") != f"Bearer {repository.gate}":
            refused = 403 if "Authorization" in request.headers else 401
            _refuse(request, refused, "GatedRepo", body)
            return
        content = path.read_bytes()
        known = {"X-Repo-Commit": commit, "X-Linked-Size": str(len(content))}
        if len(content) >= LARGE:
            repository_path = urlsplit(request.path).path.split("/resolve/")[0]
            place = f"http://{request.headers['Host']}/large{repository_path}/{name}"
            etag = f'"{hashlib.sha256(content).hexdigest()}"'
            _send(request, 302, b"", {**known, "Location": place, "X-Linked-Etag": etag}, body)
            return
        sent = content[: len(content) // 2] if repository.truncated and body else content
        _send(request, 200, sent, {**known, "ETag": f'"{_git_digest(content)}"'}, body)

    def _large(self, request: BaseHTTPRequestHandler, repository: Repository, rest: str, body: bool) -> None:
        content = repository.files()[rest].read_bytes()
        sent = content[: len(content) // 2] if repository.truncated and body else content
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": repository.commit}
        _send(request, 200, sent, headers, body)


def _git_digest(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _json(request: BaseHTTPRequestHandler, document: object, body: bool) -> None:
    _send(request, 200, json.dumps(document).encode(), {"Content-Type": "application/json"}, body)


def _refuse(request: BaseHTTPRequestHandler, status: int, code: str, body: bool) -> None:
    _send(request, status, b"{}", {"X-Error-Code": code} if code else {}, body)


def _send(request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    if body:
        request.wfile.write(content)


def main(arguments: list[str]) -> None:
    """Serve until killed."""
    repositories = {}
    for each in arguments[1:]:
        name, commit, folder = each.split("=", 2)
        repositories[name] = Repository(Path(folder), commit)
    print(f"Serving {len(repositories)} repositories.", flush=True)
    Hub(repositories).serve("0.0.0.0", int(arguments[0])).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
