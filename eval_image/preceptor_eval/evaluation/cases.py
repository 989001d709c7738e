"""Which cases is a candidate examined on, and are they independent of one another?

A suite is a folder of kind ``suite`` with a manifest and one or more ``*.jsonl`` files, one case a line:

    {"id": "heldout-0001", "messages": [{"role": "user", "content": "…"}], "contexts": ["…"], "label": "emergency",
     "subgroup": {"patient": "child"}}

``messages`` is the conversation after the candidate's system prompt, the user's turn last; contexts that it does not
end with are put there as the gateway does. ``label`` may be missing where a case asks about grounding or policy only,
``contexts`` and ``subgroup`` may be, too.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from preceptor.api.base import ApiModel
from preceptor.exits import BadInput
from preceptor.lines import lines_of
from preceptor.manifests import Manifest, sentence_of
from preceptor_eval.generation.generator import Message
from preceptor_eval.generation.prompts import with_contexts

Label = Literal["emergency", "routine"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=128)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=65_536)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/+<>=-]*$", max_length=64)]


class Turn(ApiModel):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: Text


class Case(ApiModel):
    """One question to the candidate, with what a clinician says about it."""

    id: Identifier
    messages: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=256)]
    contexts: tuple[Text, ...] = ()
    label: Label | None = None
    subgroup: dict[Word, Word] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _the_user_speaks_last(self) -> Self:
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return self

    @property
    def message(self) -> str:
        """What the user says in the whole conversation, without the contexts."""
        block = with_contexts("", self.contexts)
        turns = [turn.content for turn in self.messages if turn.role == "user"]
        return "\n".join([*turns[:-1], turns[-1].removesuffix(block)])

    def conversation(self, system_prompt: str) -> list[Message]:
        """The conversation as the candidate gets it."""
        block = with_contexts("", self.contexts)
        *earlier, last = ({"role": turn.role, "content": turn.content} for turn in self.messages)
        content = with_contexts(last["content"].removesuffix(block), self.contexts)
        return [{"role": "system", "content": system_prompt}, *earlier, {"role": "user", "content": content}]


@dataclass(frozen=True)
class Suite:
    """A suite's cases in the order of its files."""

    name: str
    digest: str
    cases: tuple[Case, ...]


def read_suite(folder: Path, manifest: Manifest) -> Suite:
    """Read the cases of a verified folder.

    Raises BadInput (``SuiteInvalid``) when the folder is no suite, a line is not a case, or the manifest counts other
    cases than there are. Sentences name file, line and field, never a case's text.
    """
    if manifest.kind != "suite":
        raise BadInput(
            f"{folder} is a folder of kind {manifest.kind}, not suite: name a suite's folder.", reason="SuiteInvalid"
        )
    cases: list[Case] = []
    for entry in manifest.files:
        if entry.path.endswith(".jsonl"):
            cases.extend(_read_lines(folder / entry.path))
    if not cases:
        raise BadInput(f"{folder} holds no case: put cases into a *.jsonl file.", reason="SuiteInvalid")
    if len(cases) != manifest.record_count:
        raise BadInput(
            f"{folder} holds {len(cases)} cases, its manifest counts {manifest.record_count}: make the manifest again.",
            reason="SuiteInvalid",
        )
    return Suite(name=manifest.name, digest=manifest.digest, cases=tuple(cases))


def check_independent(suites: tuple[Suite, ...]) -> None:
    """Raise BadInput when suites or cases repeat: a bound over repeated cases claims more than was seen.

    Two cases are the same when their identifiers are, or their conversations but for case, spaces and Unicode form.
    """
    if len({suite.name for suite in suites}) != len(suites):
        raise BadInput("Two suites have the same name: rename one in its manifest.", reason="CasesRepeat")
    identifiers: dict[str, str] = {}
    texts: dict[str, str] = {}
    for suite in suites:
        for case in suite.cases:
            if case.id in identifiers:
                raise BadInput(
                    f"Case {case.id} of suite {suite.name} is in suite {identifiers[case.id]} already: "
                    "give every case its own identifier, and each suite once.",
                    reason="CasesRepeat",
                )
            identifiers[case.id] = suite.name
            fingerprint = _fingerprint(case)
            if fingerprint in texts:
                raise BadInput(
                    f"Case {case.id} of suite {suite.name} asks the same as case {texts[fingerprint]}: "
                    "remove one, as repeated cases are no further evidence.",
                    reason="CasesRepeat",
                )
            texts[fingerprint] = case.id


def _read_lines(path: Path) -> list[Case]:
    cases: list[Case] = []
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path} is not UTF-8 at byte {error.start}: write it again in UTF-8.", reason="SuiteInvalid"
        ) from None
    for number, line in enumerate(lines_of(content), start=1):
        try:
            cases.append(Case.model_validate_json(line))
        except ValidationError as error:
            raise BadInput(
                f"Line {number} of {path} is not a case: {sentence_of(error)}.", reason="SuiteInvalid"
            ) from None
    return cases


def _fingerprint(case: Case) -> str:
    """Digest of what is asked, whatever contexts come with it: the same question again is no further evidence."""
    text = unicodedata.normalize("NFKC", "\n".join([*(turn.content for turn in case.messages[:-1]), case.message]))
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()
