"""Does the output policy engine fail closed, and does it keep the answer to itself?"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preceptor.digests import digest_file
from preceptor.exits import BadInput
from preceptor.policy import OutputPolicy, check, load

FILE = Path(__file__).resolve().parents[3] / "policies" / "output" / "policy.yml"


@pytest.fixture(scope="module")
def policy() -> OutputPolicy:
    return load(FILE)


def changed(tmp_path: Path, change: Any) -> Path:
    document = yaml.safe_load(FILE.read_text())
    change(document)
    path = tmp_path / "policy.yml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_digest_is_that_of_the_file(policy: OutputPolicy) -> None:
    assert policy.digest == digest_file(FILE) == policy.check("x", []).policy_digest


def test_rule_that_fails_blocks_and_names_no_text(policy: OutputPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(view: object) -> bool:
        raise ValueError("Call emergency services now")

    monkeypatch.setattr(policy, "_rules", [(policy.document.rules[0], broken)])
    verdict = check("Call emergency services now.", [], policy)
    assert verdict.decision == "BLOCK"
    assert verdict.rules == (policy.document.rules[0].id,)
    assert "emergency services" not in str(verdict)


@pytest.mark.parametrize("answer", [None, 3, b"bytes"])
def test_answer_that_is_no_text_blocks(answer: Any, policy: OutputPolicy) -> None:
    assert policy.check(answer, []).decision == "BLOCK"


def test_contexts_given_as_one_text_block_instead_of_being_read_letter_by_letter(policy: OutputPolicy) -> None:
    assert policy.check("ROUTINE. Rest.", "Rest.").decision == "BLOCK"


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=12, max_size=60))
@example("policyDigest")
def test_no_verdict_quotes_the_answer(answer: str) -> None:
    # Each word of a verdict is the policy's own, so none is the answer's, whatever words the two share.
    own = {(rule.id, rule.message, rule.decision, rule.category) for rule in _POLICY.document.rules}
    verdict = _POLICY.check(answer, [])
    assert set(verdict.reasons) <= own
    assert verdict.document() == {
        "decision": verdict.decision,
        "reasons": [reason._asdict() for reason in verdict.reasons],
        "policyDigest": digest_file(FILE),
    }


_POLICY = load(FILE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d["rules"][0].update(extra=1), "extra"),
        (lambda d: d.update(schemaVersion=2), "schemaVersion"),
        (lambda d: d["rules"][1].update(all=["absent"]), "absent"),
        (lambda d: d["phrases"].update(dose=["("]), "dose"),
        (lambda d: d["phrases"].update(dose=["(?=x)"]), "dose"),
        (lambda d: d["phrases"].update(dose=["{absent}"]), "absent"),
        (lambda d: d["rules"].append(dict(d["rules"][0])), "ids"),
        (lambda d: d.update(rules=[]), "rules"),
        (lambda d: d["rules"][4].update(exceptDetectors=["absent"]), "absent"),
    ],
)
def test_policy_with_a_fault_is_refused_with_its_place(change: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        load(changed(tmp_path, change))
    assert words.lower() in str(refused.value).lower()


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "a: [", "\x00", "- 1\n", ""])
def test_file_that_is_no_policy_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(text)
    with pytest.raises(BadInput):
        load(path)


def test_missing_policy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECEPTOR_OUTPUT_POLICY", str(tmp_path / "absent.yml"))
    with pytest.raises(BadInput):
        load()
