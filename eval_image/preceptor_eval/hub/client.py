"""What does a hub say about a model at one commit, and how does a model come from there?

The library's environment applies: HF_ENDPOINT names the hub or its mirror, HF_TOKEN is shown to it.
"""

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from preceptor.exits import BadInput, PreceptorError, TryAgain
from preceptor.hub import HubModel

# For the hub's first answer; a download has the library's own bound on every read.
ANSWER_SECONDS: Final = 30.0
WORKERS: Final = 4
# Statuses that say "later" rather than "no"; beside them every 5xx.
LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Listing:
    """What a hub says about one commit: the day it was made, and the size in bytes of every file."""

    day: date
    sizes: dict[str, int]


def listing(model: HubModel) -> Listing:
    """Ask a hub about a model.

    Raises BadInput where it knows no such model or commit (``BaseModelMissing``) or does not show it
    (``HubAccessDenied``), and TryAgain (``HubUnavailable``) where it cannot be asked or answers otherwise than a hub.
    """
    _prepare()
    from huggingface_hub import HfApi

    api = HfApi(endpoint=_endpoint(), library_name="preceptor")
    with _said_in_sentences(model):
        found = api.model_info(model.repository, revision=model.commit, files_metadata=True, timeout=ANSWER_SECONDS)
        sizes = {each.rfilename: int(each.size or 0) for each in found.siblings or ()}
        commits = api.list_repo_commits(model.repository, revision=model.commit)
        made = next((each.created_at for each in commits if each.commit_id == model.commit), None)
    if found.sha != model.commit or made is None:
        raise _unavailable("answered for another commit than it was asked for")
    return Listing(day=made.astimezone(UTC).date(), sizes=sizes)


def download(model: HubModel, names: tuple[str, ...], folder: Path) -> None:
    """Download files at a repository's root into a new folder, as regular files and without anything beside them.

    Raises as ``listing`` does, and OSError where the folder cannot be written.
    """
    _prepare()
    from huggingface_hub import snapshot_download

    with _said_in_sentences(model):
        snapshot_download(
            model.repository,
            revision=model.commit,
            local_dir=folder,
            allow_patterns=[glob.escape(name) for name in names],
            max_workers=WORKERS,
            endpoint=_endpoint(),
            library_name="preceptor",
        )


def _prepare() -> None:
    """Set what the library reads when it is first imported."""
    # One way of transfer, the one that the tests show: over Xet an error is whatever the native code says.
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if not os.isatty(2):
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def _endpoint() -> str:
    from huggingface_hub import constants

    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT


@contextmanager
def _said_in_sentences(model: HubModel) -> Iterator[None]:
    """Turn the library's failures into ours. Its texts are long, hold URLs, and are not passed on."""
    try:
        yield
    except PreceptorError:
        raise
    except Exception as error:
        if (sentence := _failure(error, model)) is None:
            raise
        raise sentence from None


def _failure(error: BaseException, model: HubModel) -> PreceptorError | None:
    from huggingface_hub import errors

    if isinstance(error, errors.HfHubHTTPError):
        return _refusal(error, model)
    if isinstance(error, errors.HFValidationError):
        return BadInput(f"{model.repository} is no name that a hub can have: correct the URI.", reason="BadUri")
    if isinstance(error, errors.LocalEntryNotFoundError) and error.__cause__ is not None:
        # The library looked for a copy in its cache after this; there never is one.
        return _failure(error.__cause__, model)
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
        # The folder's, not the hub's.
        return None
    # No connection, no answer in time, an answer that is none of a hub's, a body of another length than promised.
    return _unavailable(f"cannot be asked, or does not answer as a hub does ({type(error).__name__})")


def _refusal(error: Exception, model: HubModel) -> PreceptorError:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.RevisionNotFoundError):
        return BadInput(
            f"{_host()} has no commit {model.commit} of {model.repository}: correct the URI.", reason="BaseModelMissing"
        )
    if isinstance(error, errors.GatedRepoError | errors.DisabledRepoError) or status == 403:
        return BadInput(
            f"{_host()} does not let this token have {model.repository}: accept the model's terms there, and set "
            "HF_TOKEN to one that may read it (for Fetch pods in jobs.fetch.env).",
            reason="HubAccessDenied",
        )
    if status == 401:
        return BadInput(
            f"{_host()} has no model {model.repository}, or shows it to nobody without the right token: "
            "correct the URI, or set HF_TOKEN to one that may read it (for Fetch pods in jobs.fetch.env).",
            reason="HubAccessDenied",
        )
    if isinstance(error, errors.RepositoryNotFoundError | errors.EntryNotFoundError) or status == 404:
        return BadInput(
            f"{_host()} has no model {model.repository} at this commit: correct the URI.", reason="BaseModelMissing"
        )
    if status is None or status >= 500 or status in LATER:
        return _unavailable(f"answers with status {status}")
    return BadInput(
        f"{_host()} refuses to give {model.repository} (status {status}): correct the URI or HF_ENDPOINT.",
        reason="HubAccessDenied",
    )


def _unavailable(what: str) -> TryAgain:
    return TryAgain(
        f"{_host()} {what}: check HF_ENDPOINT, and that the way there is open.",
        reason="HubUnavailable",
    )


def _host() -> str:
    """The hub as a sentence names it: without what a URL may hold beside host and port."""
    parts = urlsplit(_endpoint())
    return f"The hub {parts.hostname or '?'}" + (f":{parts.port}" if parts.port else "")
