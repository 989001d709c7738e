"""Does a person who meets a reason find out what to do?"""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from docs_pages import ROOT

from preceptor.api.adapterrelease import State as ReleaseState
from preceptor.api.evalgate import State as GateState
from preceptor.api.finetunerun import State as RunState

PAGE = ROOT / "docs" / "how-to" / "look-after-failures.md"
# Where reasons come from that can stand in a status: the operator, what its Jobs answer, and what they call.
SOURCES = (
    "operator/preceptor_operator/**/*.py",
    "trainer_image/preceptor_trainer/*.py",
    "eval_image/preceptor_eval/jobs/*.py",
    "eval_image/preceptor_eval/evaluation/*.py",
    "eval_image/preceptor_eval/generation/*.py",
    "eval_image/preceptor_eval/hub/*.py",
    "core/preceptor/exits.py",
    "core/preceptor/hub.py",
    "core/preceptor/manifests.py",
    "core/preceptor/snapshot.py",
    "core/preceptor/stores.py",
    "core/preceptor/api/jobs.py",
    "core/preceptor/phi/*.py",
    "core/preceptor/policy/*.py",
    "core/preceptor/evidence/*.py",
)
REASON = re.compile(r"^[A-Z][A-Za-z]+$")


# Functions of the deciding modules that take a reason in the middle of their arguments, and the states beside it.
DECIDING = {"_denied", "_end", "_ongoing", "_pending", "_waiting", "_withdrawn", "build"}
STATES = {state for kind in (RunState, GateState, ReleaseState) for state in get_args(kind)}


def in_python(path: Path) -> set[str]:
    """Reasons that a module gives, and all constants of a module of reasons."""
    given: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "reason":
            given.append(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if names & {"reason", "REASONS", "MISMATCH"} or (path.stem == "reasons" and names):
                given.append(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DECIDING:
            given += [arg for arg in node.args if not leaves(arg) & STATES]
        elif isinstance(node, ast.FunctionDef) and node.name == "_reason":
            given += [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return)]
    texts = {text for value in given if value is not None for text in leaves(value)}
    return {text for text in texts if REASON.match(text)}


def leaves(value: ast.expr) -> set[str]:
    """The texts that an expression can come to: both arms of a conditional, all values of a table."""
    if isinstance(value, ast.IfExp):
        return leaves(value.body) | leaves(value.orelse)
    if isinstance(value, ast.BoolOp):
        return {text for part in value.values for text in leaves(part)}
    if isinstance(value, ast.Dict):
        return {text for part in value.values for text in leaves(part)}
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) else set()


def in_rego() -> set[str]:
    """Codes of the promotion policy."""
    files = [path for path in (ROOT / "policies" / "promotion").glob("*.rego") if not path.stem.endswith("_test")]
    return {code for path in files for code in re.findall(r'"code": "(\w+)"', path.read_text())}


GIVEN = {reason for pattern in SOURCES for path in sorted(ROOT.glob(pattern)) for reason in in_python(path)} | in_rego()
# The one reason of preceptor.keys that is not about making keys.
GIVEN |= {"SignatureInvalid"}
# The one reason of the gateway alone for which a release waits; those for which it refuses stand in gateway.md.
GIVEN |= {"DatabaseUnavailable"}
DOCUMENTED = {
    reason
    for row in re.findall(r"^\| (`.*?) \|", PAGE.read_text(), re.MULTILINE)
    for reason in re.findall(r"`(\w+)`", row)
}


def test_reasons_are_collected_from_all_their_sources() -> None:
    assert {"PhiFound", "OutputsMissing", "StoreUnready", "ThresholdTooWeak", "ThresholdMissed", "TryAgain"} <= GIVEN
    assert len(GIVEN) > 90


@pytest.mark.parametrize("reason", sorted(GIVEN))
def test_every_reason_is_explained(reason: str) -> None:
    assert reason in DOCUMENTED, f"{reason} can be met, and {PAGE.name} does not say what to do"


@pytest.mark.parametrize("reason", sorted(DOCUMENTED))
def test_every_explained_reason_can_be_met(reason: str) -> None:
    assert reason in GIVEN, f"{PAGE.name} explains {reason}, which nothing gives"
