"""Which URIs name a model of a hub, and which folder or hub may a run's base model come from?"""

import pytest
from pydantic import ValidationError

from preceptor.api.base import BaseModelSource
from preceptor.api.finetunerun import BaseModelOrigin
from preceptor.exits import BadInput
from preceptor.hub import HubModel, hub_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "sha256:" + "1" * 64


@pytest.mark.parametrize(
    ("uri", "repository", "owner"),
    [
        (f"hf://clinic/tiny-1.5_B@{COMMIT}", "clinic/tiny-1.5_B", "clinic"),
        (f"hf://gpt2@{COMMIT}", "gpt2", "gpt2"),
    ],
)
def test_an_organizations_and_a_canonical_model_are_read(uri: str, repository: str, owner: str) -> None:
    model = hub_model(uri)
    assert model == HubModel(repository=repository, commit=COMMIT)
    assert (model.owner, model.uri) == (owner, uri)
    assert BaseModelOrigin(uri=uri, digest=DIGEST).uri == uri


WRONG = {
    "a branch": "hf://clinic/tiny@main",
    "a tag": "hf://clinic/tiny@v1.0",
    "nothing after the name": "hf://clinic/tiny",
    "a short commit": f"hf://clinic/tiny@{COMMIT[:12]}",
    "a long commit": f"hf://clinic/tiny@{COMMIT}0",
    "capitals in the commit": f"hf://clinic/tiny@{COMMIT.upper()}",
    "a file": f"hf://clinic/tiny/config.json@{COMMIT}",
    "a way up": f"hf://../tiny@{COMMIT}",
    "no name": f"hf://clinic/@{COMMIT}",
    "a line's end": f"hf://clinic/tiny@{COMMIT}\n",
}


@pytest.mark.parametrize("uri", WRONG.values(), ids=WRONG)
def test_what_does_not_say_which_bytes_is_refused_with_a_sentence(uri: str) -> None:
    with pytest.raises(BadInput, match="never a branch or a tag") as refused:
        hub_model(uri)
    assert refused.value.reason == "BadUri"
    with pytest.raises(ValidationError):
        BaseModelOrigin(uri=uri, digest=DIGEST)


@pytest.mark.parametrize("uri", ["pvc://models/tiny", "file:///models/tiny"])
def test_a_store_is_taken_as_before(uri: str) -> None:
    assert BaseModelOrigin(uri=uri, digest=DIGEST).uri == BaseModelSource(uri=uri, digest=DIGEST).uri == uri


def test_only_a_runs_base_model_may_come_from_a_hub() -> None:
    with pytest.raises(ValidationError):
        BaseModelSource(uri=f"hf://clinic/tiny@{COMMIT}", digest=DIGEST)
