"""Where does the output policy come from?"""

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from preceptor.digests import digest_bytes
from preceptor.exits import BadInput
from preceptor.manifests import sentence_of
from preceptor.phi.detect import default_detector
from preceptor.phi.types import PhiType
from preceptor.policy.engine import OutputPolicy
from preceptor.policy.model import PhiRule, PolicyDocument

VARIABLE = "PRECEPTOR_OUTPUT_POLICY"
_IMAGE = Path("/opt/preceptor/policies/output/policy.yml")
_REPOSITORY = Path("policies/output/policy.yml")


def default_path() -> Path:
    """The file that ``PRECEPTOR_OUTPUT_POLICY`` names, else the image's, else the repository's.

    Raises BadInput (reason ``PolicyMissing``) when there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    for path in (_IMAGE, _REPOSITORY, *(parent / _REPOSITORY for parent in Path(__file__).resolve().parents)):
        if path.is_file():
            return path
    raise BadInput(
        f"There is no output policy at {_IMAGE} nor {_REPOSITORY}: name one with --policy or {VARIABLE}.",
        reason="PolicyMissing",
    )


def load(path: Path | None = None) -> OutputPolicy:
    """Read a policy file; its digest is that of the file's bytes.

    Raises BadInput when it is missing, is no YAML, has an unknown or repeated field, or a pattern that RE2 refuses.
    """
    path = path or default_path()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"The output policy {path} cannot be read: {error.strerror}.", reason="PolicyMissing") from None
    try:
        document = PolicyDocument.model_validate(yaml.load(data, Loader=_StrictLoader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise BadInput(f"The output policy {path} is not YAML without repeated keys.", reason="PolicyInvalid") from None
    except ValidationError as error:
        raise BadInput(
            f"The output policy {path} is not understood: {sentence_of(error)}.", reason="PolicyInvalid"
        ) from None
    _check_exceptions(document, path)
    return OutputPolicy(document, digest_bytes(data))


def _check_exceptions(document: PolicyDocument, path: Path) -> None:
    detectors = default_detector().detectors
    types = {str(rule.type) for rule in default_detector().rules} | set(PhiType)
    for rule in document.rules:
        if isinstance(rule, PhiRule):
            unknown = sorted((set(rule.except_types) - types) | (set(rule.except_detectors) - detectors))
            if unknown:
                raise BadInput(
                    f"The output policy {path} excepts {', '.join(unknown)} in rule {rule.id}, which no detector has.",
                    reason="PolicyInvalid",
                )


class _StrictLoader(yaml.SafeLoader):
    """YAML without repeated keys: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key is repeated", node.start_mark)
        return super().construct_mapping(node, deep)
