"""What do the operator and a gateway say to one another?"""

from typing import Any, Literal

from preceptor.api.base import ApiModel, Digest, StatusModel
from preceptor.api.candidate import CandidateManifest, CandidateSources
from preceptor.api.jobs import Owner

# A projected service-account token with this audience proves the operator to the gateway, and a reviewer to it.
AUDIENCE = "preceptor-gateway"
# The API server's service proxy drops Authorization, so clients that come through it send this header instead.
TOKEN_HEADER = "X-Preceptor-Token"  # noqa: S105 - a header's name
ADMIN_PATH = "/admin/v1/candidate"
REVIEW_PATH = "/admin/v1/review"


class Handover(ApiModel):
    """PUT ADMIN_PATH: serve this candidate for this release. The gateway hashes every part before it loads.

    ``grant`` is the DSSE envelope of the signed decision to release exactly this: a caller's token alone is not enough.
    Unless the release was served before, at ``served_at``, it holds until the time that it names.
    """

    release: Owner
    candidate: CandidateManifest
    candidate_digest: Digest
    sources: CandidateSources
    grant: dict[str, Any]
    served_at: str | None = None


class Serving(StatusModel):
    """GET and PUT ADMIN_PATH: what the gateway serves or is loading; DELETE ADMIN_PATH/{digest} stops serving it."""

    state: Literal["Empty", "Loading", "Serving", "Refused"]
    candidate_digest: Digest | None = None
    release_uid: str | None = None
    reason: str | None = None
    message: str | None = None
