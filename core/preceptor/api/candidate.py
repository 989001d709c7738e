"""What exactly is examined, approved and served?"""

from typing import Annotated, Literal

from pydantic import Field

from preceptor.api.base import ApiModel, Decimal, Digest, described
from preceptor.digests import digest_json


class Decoding(ApiModel):
    """How answers are drawn; temperature 0 is greedy."""

    max_tokens: Annotated[int, Field(ge=1, le=32_768), described("Longest answer, in tokens.")] = 256
    temperature: Annotated[Decimal, described("Decimal string; 0 always takes the likeliest token.")] = "0"
    top_p: Annotated[Decimal, described("Decimal string; share of probability that is drawn from.")] = "1"
    seed: Annotated[int, Field(ge=0, le=2_147_483_647), described("Seed of the draw.")] = 17


class Retrieval(ApiModel):
    """Where contexts come from: only what the caller sends with the request."""

    type: Annotated[Literal["request"], described("Only request: contexts come with the question.")] = "request"


class CandidateManifest(ApiModel):
    """Everything that shapes an answer, by digest (DESIGN.md §1). A changed part is another candidate."""

    schema_version: Annotated[Literal[1], described("Version of this shape.")] = 1
    adapter: Annotated[Digest, described("Digest of the adapter's manifest.")]
    base_model: Annotated[Digest, described("Digest of the base model's manifest.")]
    tokenizer: Annotated[Digest, described("Digest of the base model's tokenizer files.")]
    chat_template: Annotated[Digest, described("Digest of the chat template.")]
    system_prompt: Annotated[Digest, described("Digest of the system prompt's text.")]
    output_policy: Annotated[Digest, described("Digest of the output policy's file.")]
    decoding: Annotated[Decoding, described("How answers are drawn.")] = Decoding()
    retrieval: Annotated[Retrieval, described("Where contexts come from.")] = Retrieval()

    @property
    def digest(self) -> str:
        """Digest of the candidate: of the canonical JSON of this manifest."""
        return digest_json(self.document())


class CandidateSources(ApiModel):
    """Where the parts of a candidate lie, and the system prompt's text; all of it is checked against the manifest."""

    adapter_uri: str
    base_model_uri: str
    system_prompt: Annotated[str, Field(max_length=65_536)]
