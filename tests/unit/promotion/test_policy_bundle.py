"""Which revision does a policy have, and what is said when no bundle can be made?"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from preceptor import policy_bundle
from preceptor.cli.policy import app
from preceptor.exits import BadInput

POLICY = Path(__file__).resolve().parents[3] / "policies" / "promotion"


def policy(folder: Path) -> Path:
    folder.mkdir()
    (folder / "decision.rego").write_text("package preceptor.promotion\n")
    (folder / "decision_test.rego").write_text("package preceptor.promotion_test\n")
    (folder / "data.json").write_text("{}\n")
    (folder / ".manifest").write_text('{"roots": ["preceptor"]}\n')
    return folder


def test_sources_are_rules_data_and_manifest_without_tests(tmp_path: Path) -> None:
    folder = policy(tmp_path / "policy")
    (folder / "notes.txt").write_text("not part of it")
    assert [path.name for path in policy_bundle.sources(folder)] == [".manifest", "data.json", "decision.rego"]


def test_revision_does_not_depend_on_where_the_policy_lies(tmp_path: Path) -> None:
    one, two = policy(tmp_path / "one"), policy(tmp_path / "two")
    assert policy_bundle.revision(one) == policy_bundle.revision(two)


def test_revision_changes_when_a_rule_moves_to_another_file(tmp_path: Path) -> None:
    one, two = policy(tmp_path / "one"), policy(tmp_path / "two")
    (two / "decision.rego").rename(two / "other.rego")
    assert policy_bundle.revision(one) != policy_bundle.revision(two)


def test_revision_changes_with_further_profiles(tmp_path: Path) -> None:
    folder, more = policy(tmp_path / "policy"), tmp_path / "profiles.json"
    more.write_text('{"pilot": {}}')
    one = policy_bundle.revision(folder, more)
    more.write_text('{"pilot": {"approvals": 2}}')
    assert len({policy_bundle.revision(folder), one, policy_bundle.revision(folder, more)}) == 3


def test_bundle_has_the_revision_of_its_further_profiles(tmp_path: Path) -> None:
    folder, out, more = policy(tmp_path / "policy"), tmp_path / "bundle.tar.gz", tmp_path / "profiles.json"
    more.write_text('{"pilot": {}}')
    opa = stand_in(tmp_path / "opa", evaluated('[["pilot"], {}]'))
    built = policy_bundle.build(folder, tmp_path / "bundle.key", out, profiles=more, opa=opa)
    assert built == policy_bundle.revision(folder, more)


@pytest.mark.parametrize("text", [None, "", "[]", "pilot: {}"])
def test_file_that_holds_no_profiles_is_bad_input(tmp_path: Path, text: str | None) -> None:
    folder, more = policy(tmp_path / "policy"), tmp_path / "profiles.json"
    if text is not None:
        more.write_text(text)
    with pytest.raises(BadInput, match="no JSON file of profiles"):
        policy_bundle.revision(folder, more)


def test_policy_that_ships_has_no_profile_for_demonstrations() -> None:
    profiles = json.loads((POLICY / "data.json").read_text())["preceptor"]["profiles"]
    assert set(profiles) == {"clinical"}


def test_revision_fits_into_an_adapter_release() -> None:
    from preceptor.api.adapterrelease import PolicyReference

    PolicyReference(profile="clinical", revision=policy_bundle.revision(POLICY))


def test_folder_without_rules_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no Rego"):
        policy_bundle.revision(tmp_path)


def test_missing_opa_is_bad_input_and_leaves_no_bundle(tmp_path: Path) -> None:
    folder, out = policy(tmp_path / "policy"), tmp_path / "bundle.tar.gz"
    with pytest.raises(BadInput, match="is not installed"):
        policy_bundle.build(folder, tmp_path / "bundle.key", out, opa=tmp_path / "no-such-opa")
    assert not out.exists()


def stand_in(path: Path, answer: str) -> Path:
    """A program that builds whatever it is told to, and answers what is asked of the profiles."""
    path.write_text(
        f"""#!/bin/sh
if [ "$1" = build ]; then
  while [ "$1" != --output ]; do shift; done
  echo bundle > "$2"
else
  echo '{answer}'
fi
"""
    )
    path.chmod(0o755)
    return path


def evaluated(value: str) -> str:
    return f'{{"result": [{{"expressions": [{{"value": {value}}}]}}]}}'


def test_bundle_is_made_where_every_profile_can_be_used(tmp_path: Path) -> None:
    folder, out = policy(tmp_path / "policy"), tmp_path / "bundle.tar.gz"
    opa = stand_in(tmp_path / "opa", evaluated('[["clinical"], {}]'))
    assert policy_bundle.build(folder, tmp_path / "bundle.key", out, opa=opa) == policy_bundle.revision(folder)
    assert out.exists()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (evaluated('[["weak"], {"weak": ["it is no object"]}]'), "weak: it is no object"),
        (evaluated("[[], {}]"), "has no profile"),
        ("{}", "no rule that tells"),
        ("", "no rule that tells"),
        (evaluated("null"), "no rule that tells"),
        (evaluated('[["weak"], null]'), "no rule that tells"),
    ],
)
def test_profile_that_cannot_be_used_makes_no_bundle(tmp_path: Path, answer: str, sentence: str) -> None:
    folder, out = policy(tmp_path / "policy"), tmp_path / "bundle.tar.gz"
    with pytest.raises(BadInput, match=sentence):
        policy_bundle.build(folder, tmp_path / "bundle.key", out, opa=stand_in(tmp_path / "opa", answer))
    assert not out.exists()


def test_command_prints_the_revision() -> None:
    done = CliRunner().invoke(app, ["revision", "--source", str(POLICY)])
    assert done.exit_code == 0, done.output
    assert done.output.strip() == policy_bundle.revision(POLICY)
