"""Does the refusal of a policy or an allowlist say where the fault is, and quote nothing that may be PHI?"""

from datetime import date
from pathlib import Path

import pytest

from preceptor.exits import BadInput
from preceptor.phi.allow import load_allowlist
from preceptor.phi.policy import load_policy
from preceptor.phi.roster import read_roster

ENTRY = """- fingerprint: 0123456789abcdef0123456789abcdef
  path: a.jsonl
  reason: a test
  owner: tests
  expiry: 2999-01-01
"""


def refusal(path: Path, text: str | bytes, *, of: str = "policy") -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput) as refused:
        load_policy(path) if of == "policy" else load_allowlist(path, date(2026, 1, 1))
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schemaVersion: 1\ntypo: 1\n", "line 2: typo is an unknown field. Remove it or correct its name."),
        ("types:\n  only: [SSN]\n  otherwise: 1\n", "line 3: otherwise is an unknown field."),
        ("organisations: maybe\n", "line 1: organisations: input should be a valid boolean"),
        ("cues:\n  MRN:\n  - ab\n  - c\n", "line 4: cues.(a key).1: string should have at least 2 characters"),
        ("types: {}\n", "line 1: types: value error, types takes either only or without"),
        ("schemaVersion: 1\nWalter Price: 1\n", "line 2: an unknown field, whose name may be PHI."),
        ("schemaVersion: 1\nmrn12345678: 1\n", "line 2: an unknown field, whose name may be PHI."),
        ("schemaVersion: 1\na: [\n", "is no YAML in line 3: "),
        ("schemaVersion: 1\nnote: a: b\n", "is no YAML in line 2: a value that holds a colon and a space needs quotes"),
        ("schemaVersion: 1\nnote: @b\n", "is no YAML in line 2: found character '@' that cannot start any token"),
        ("a: !walterprice 1\n", "is no YAML in line 1: could not determine a constructor for the tag something."),
        ("a: *walterprice\n", "is no YAML in line 1: a value that begins with * needs quotes around it"),
        (b"a: \xff\n", "is no YAML: it holds bytes that are no text of UTF-8"),
        ("[" * 5000, "is nested too deeply"),
        ("- a\n", "is not understood: document: "),
    ],
)
def test_a_policy_s_refusal_names_line_and_rule(text: str | bytes, said: str, tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "p.yml", text)
    assert said in sentence
    assert not any(word in sentence.lower() for word in ("walter", "price", "12345678"))
    assert sentence.startswith("The policy /")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("path: a.jsonl", "path: *.jsonl", "is no YAML in line 2: a value that begins with * needs quotes around it."),
        ("path: a.jsonl", "path: **/a", "is no YAML in line 2: a value that begins with * needs quotes around it."),
        ("owner: tests", "owner: tests\n  note: x", "line 5: note is an unknown field."),
        ("  owner: tests\n", "", "line 1: entries.0.owner: field required."),
        ("2999-01-01", "2999-02-31", "line 5 holds a date or a number that there is not"),
        ("expiry: 2999-01-01", "expiry: soon", "line 5: entries.0.expiry: "),
    ],
)
@pytest.mark.parametrize("head", ["", "entries:\n"])
def test_an_allowlist_s_refusal_names_line_and_rule(head: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    text = head + ENTRY.replace(old, new)
    if head:
        number = said.index("line ") + 5
        said = f"{said[:number]}{int(said[number]) + 1}{said[number + 1 :]}"
    assert said in refusal(tmp_path / "a.yml", text, of="allowlist")


def test_a_path_whose_name_may_be_phi_is_called_by_its_option(tmp_path: Path) -> None:
    path = tmp_path / "Walter_Price.yml"
    assert refusal(path, "a: [").startswith("The policy that --policy names (its own name may be PHI) is no YAML in ")
    sentence = refusal(path, "- a", of="allowlist")
    assert sentence.startswith("The allowlist that --allow names (its own name may be PHI) is not understood: ")
    with pytest.raises(BadInput, match=r"^The roster that --roster names"):
        read_roster(path)
    with pytest.raises(BadInput, match=r"^The policy that --policy names .* cannot be read"):
        load_policy(tmp_path / "John_Smith.yml")
