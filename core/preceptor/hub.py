"""Which model, at which commit, does an ``hf://`` URI name?"""

import re
from dataclasses import dataclass

from preceptor.exits import BadInput

SCHEME = "hf://"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
# One segment names a canonical repository, two an organization's or a person's. Only a commit says which bytes: a
# branch moves, and a tag can be moved.
PATTERN = rf"^hf://({_NAME}/)?{_NAME}@[0-9a-f]{{40}}$"
SENTENCE = (
    "a model of a Hugging Face hub is named by its commit: hf://ORG/NAME@ and the 40 hex digits of the commit, "
    "never a branch or a tag"
)
_URI = re.compile(PATTERN)


@dataclass(frozen=True)
class HubModel:
    """One model repository at one commit."""

    repository: str
    commit: str

    @property
    def owner(self) -> str:
        """Who answers for the repository: its organization or person, or the repository itself where it has none."""
        return self.repository.partition("/")[0]

    @property
    def uri(self) -> str:
        """The URI that names it."""
        return f"{SCHEME}{self.repository}@{self.commit}"


def is_hub(uri: str) -> bool:
    """Whether a URI names a model of a hub rather than a folder of a store."""
    return uri.startswith(SCHEME)


def names_commit(uri: str) -> bool:
    """Whether an ``hf://`` URI says by a commit, and by nothing that can move, which bytes it means."""
    return _URI.fullmatch(uri) is not None


def hub_model(uri: str) -> HubModel:
    """Read an ``hf://`` URI. Raises BadInput (``BadUri``) on any other form, a branch or a tag among them."""
    if not names_commit(uri):
        raise BadInput(f"The URI cannot be used: {SENTENCE}.", reason="BadUri")
    repository, _, commit = uri.removeprefix(SCHEME).partition("@")
    return HubModel(repository=repository, commit=commit)
