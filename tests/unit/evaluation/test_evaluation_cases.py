"""Claims about suites: what is a case, and when are cases no evidence."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests
from preceptor.exits import BadInput
from preceptor_eval.evaluation.cases import Case, Suite, check_independent, read_suite
from preceptor_eval.generation import conversation


def case(identifier: str = "one", message: str = "my chest hurts", **more: Any) -> dict[str, Any]:
    return {"id": identifier, "messages": [{"role": "user", "content": message}], **more}


def suite(folder: Path, lines: list[str], records: int | None = None) -> tuple[Path, manifests.Manifest]:
    folder.mkdir(exist_ok=True)
    (folder / "cases.jsonl").write_text("".join(line + "\n" for line in lines))
    manifest = manifests.create(
        folder,
        kind="suite",
        name=folder.name,
        provenance_id=uuid.UUID(int=1),
        source="a test",
        deid_method="synthetic",
        curator="tests",
        date="2026-01-01",
        licence="Apache-2.0",
        record_count=len(lines) if records is None else records,
        schema_name="cases",
    )
    return folder, manifest


SECRET = "Jane Example 1970-01-01"


@pytest.mark.parametrize(
    ("lines", "records", "word"),
    [
        ([json.dumps(case()), "{not json"], None, "Line 2"),
        ([json.dumps(case(label="urgent"))], None, "label"),
        ([json.dumps({**case(), "patient": SECRET})], None, "extra"),
        ([json.dumps({"id": "x", "messages": []})], None, "messages"),
        ([json.dumps({"id": "x", "messages": [{"role": "assistant", "content": SECRET}]})], None, "user"),
        ([json.dumps(case(identifier="=cmd"))], None, "id"),
        ([json.dumps(case())], 2, "its manifest counts 2"),
        ([""], None, "Line 1"),
    ],
)
def test_a_line_that_is_no_case_is_bad_input_named_by_place_and_without_its_text(
    tmp_path: Path, lines: list[str], records: int | None, word: str
) -> None:
    with pytest.raises(BadInput, match=word) as error:
        read_suite(*suite(tmp_path / "s", lines, records))
    assert SECRET not in str(error.value)
    assert error.value.reason == "SuiteInvalid"


@pytest.mark.parametrize("end", ["", "\r"])
@pytest.mark.parametrize("broken", ["\u2028", "\u2029", "\x85"])
def test_a_text_may_hold_what_python_takes_for_a_line_break(tmp_path: Path, broken: str, end: str) -> None:
    message = f"my chest{broken}hurts"
    lines = [json.dumps(case(name, message), ensure_ascii=False) + end for name in ("one", "two")]
    read = read_suite(*suite(tmp_path / "s", lines))
    assert [each.messages[0].content for each in read.cases] == [message, message]


def test_contexts_come_once_whether_the_message_ends_with_them_or_not() -> None:
    bare = Case.model_validate(case(contexts=["A.", "B."]))
    whole = Case.model_validate(case(message="my chest hurts\n\nProtocol:\n- A.\n- B.", contexts=["A.", "B."]))
    expected = conversation("Be brief.", "my chest hurts", ["A.", "B."])
    assert bare.conversation("Be brief.") == whole.conversation("Be brief.") == expected
    assert bare.message == whole.message == "my chest hurts"


def cases(name: str, *documents: dict[str, Any]) -> Suite:
    return Suite(name=name, digest="sha256:0", cases=tuple(Case.model_validate(d) for d in documents))


@pytest.mark.parametrize(
    "suites",
    [
        (cases("a", case("one")), cases("b", case("one", "something else"))),
        (cases("a", case("one")), cases("b", case("two", "My  CHEST\nhurts"))),
        (cases("a", case("one"), case("two", contexts=["A card."])),),
        (cases("a", case("one")), cases("a", case("two", "something else"))),
    ],
)
def test_repeated_suites_identifiers_or_questions_are_refused(suites: tuple[Suite, ...]) -> None:
    with pytest.raises(BadInput) as error:
        check_independent(suites)
    assert error.value.reason == "CasesRepeat"


def test_different_questions_are_independent() -> None:
    check_independent((cases("a", case("one")), cases("b", case("two", "my chest does not hurt"))))
