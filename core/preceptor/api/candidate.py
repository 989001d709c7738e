"""What exactly is examined, approved and served?"""

from typing import Annotated, Literal

from pydantic import Field

from preceptor.api.base import ApiModel, Decimal, Digest
from preceptor.digests import digest_json


class Decoding(ApiModel):
    """How answers are drawn; temperature 0 is greedy."""

    max_tokens: Annotated[int, Field(ge=1, le=32_768)] = 256
    temperature: Decimal = "0"
    top_p: Decimal = "1"
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = 17


class Retrieval(ApiModel):
    """Where contexts come from: only what the caller sends with the request."""

    type: Literal["request"] = "request"


class CandidateManifest(ApiModel):
    """Everything that shapes an answer, by digest (DESIGN.md §1). A changed part is another candidate."""

    schema_version: Literal[1] = 1
    adapter: Digest
    base_model: Digest
    tokenizer: Digest
    chat_template: Digest
    system_prompt: Digest
    output_policy: Digest
    decoding: Decoding = Decoding()
    retrieval: Retrieval = Retrieval()

    @property
    def digest(self) -> str:
        """Digest of the candidate: of the canonical JSON of this manifest."""
        return digest_json(self.document())


class CandidateSources(ApiModel):
    """Where the parts of a candidate lie, and the system prompt's text; all of it is checked against the manifest."""

    adapter_uri: str
    base_model_uri: str
    system_prompt: Annotated[str, Field(max_length=65_536)]
