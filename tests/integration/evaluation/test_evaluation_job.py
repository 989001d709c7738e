"""Claims about an EvaluateJob, end to end with a random model."""

import csv
import json
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from evaluation_folders import make_manifest

from preceptor import manifests, snapshot
from preceptor.api.candidate import CandidateManifest, CandidateSources, Decoding
from preceptor.api.jobs import RESULT_LIMIT, EvaluateJob, Owner, Result, parse_result, write_result
from preceptor.digests import digest_bytes, digest_file, digest_json
from preceptor.exits import BadInput, CheckFailed, TryAgain
from preceptor_eval.jobs import evaluate
from preceptor_eval.report.folder import report_uri

PROMPT = "Be brief."
POLICY = Path(__file__).resolve().parents[3] / "policies" / "output" / "policy.yml"
OWNER = Owner(kind="EvalGate", namespace="clinical-ai", name="gate", uid="6f1c1f0e-0000-0000-0000-000000000000")


def write_suite(folder: Path, name: str, count: int = 6) -> Path:
    place = folder / name
    place.mkdir(parents=True)
    lines = [
        {
            "id": f"{name}-{number}",
            "messages": [{"role": "user", "content": f"{name} case {'very ' * number}bad"}],
            "contexts": ["Very bad is an emergency. Keep still."],
            "label": "emergency" if number % 2 else "routine",
            "subgroup": {"patient": "child" if number < 2 else "adult"},
        }
        for number in range(count)
    ]
    (place / "cases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    make_manifest(place, "suite", name, count)
    return place


@pytest.fixture
def world(tmp_path: Path, tiny_base: Path, tiny_adapter: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of everything, so that a test may spoil them."""
    shutil.copytree(tiny_base, tmp_path / "base")
    shutil.copytree(tiny_adapter, tmp_path / "adapter")
    write_suite(tmp_path, "first")
    write_suite(tmp_path, "second", 4)
    shutil.copy(POLICY, tmp_path / "policy.yml")
    monkeypatch.setenv("PRECEPTOR_OUTPUT_POLICY", str(tmp_path / "policy.yml"))
    return tmp_path


def job(world: Path, **changes: Any) -> EvaluateJob:
    base, adapter = manifests.read(world / "base"), manifests.read(world / "adapter")
    candidate = CandidateManifest(
        adapter=adapter.digest,
        base_model=base.digest,
        tokenizer=manifests.tokenizer_digest(base),
        chat_template=manifests.chat_template_digest(base),
        system_prompt=digest_bytes(PROMPT.encode()),
        output_policy=digest_file(world / "policy.yml"),
        decoding=Decoding(max_tokens=8),
    )
    fields: dict[str, Any] = {
        "owner": OWNER,
        "candidate": candidate,
        "candidate_digest": candidate.digest,
        "sources": CandidateSources(
            adapter_uri=f"file://{world}/adapter", base_model_uri=f"file://{world}/base", system_prompt=PROMPT
        ),
        "suites": tuple(
            {"uri": f"file://{world}/{name}", "digest": manifests.read(world / name).digest}
            for name in ("first", "second")
        ),
        "thresholds": ({"metric": "emergency_recall", "min": "0.90"}, {"metric": "over_triage_rate", "max": "0.20"}),
        "confidence": "0.95",
        "report_uri": f"file://{world}/reports",
    }
    return EvaluateJob(**{**fields, **changes})


def files(world: Path, asked: EvaluateJob) -> Path:
    return Path(report_uri(asked).removeprefix("file://"))


class Page(HTMLParser):
    """Collects tags and text, and fails on anything that the page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "onclick", "onload"} & {name for name, _ in attrs}
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_random_model_fails_and_the_whole_report_is_written(world: Path) -> None:
    asked = job(world)
    result = evaluate.run(asked)
    place = files(world, asked)
    assert place.name == f"{asked.candidate_digest[7:19]}-6f1c1f0e"
    assert result.verdict == "fail"
    assert result.digests == {
        "report": digest_file(place / "index.json"),
        "candidate": asked.candidate_digest,
        "suites": digest_json([suite.digest for suite in asked.suites]),
    }
    assert {m.metric for m in result.baseline} == {"emergency_recall", "over_triage_rate"}
    report = json.loads((place / "report.json").read_bytes())
    assert report["verdict"] == "fail"
    assert report["notes"]
    assert sum(sum(row.values()) for row in report["confusion"].values()) == 10
    assert set(report["bySuite"]) == {"first", "second"}
    rows = list(csv.DictReader((place / "cases.csv").open()))
    assert [row["case"] for row in rows] == [f"first-{n}" for n in range(6)] + [f"second-{n}" for n in range(4)]
    index = json.loads((place / "index.json").read_bytes())
    assert {e["path"] for e in index["files"]} == {p.name for p in place.iterdir()} - {"index.json", "timing.json"}
    assert all(digest_file(place / e["path"]) == e["sha256"] for e in index["files"])
    page = Page()
    page.feed((place / "report.html").read_text())
    assert "Failed" in page.text
    assert "demo threshold" in page.text
    assert "first-1" in page.text
    assert "svg" in page.tags
    assert "very bad" not in page.text


def test_the_same_examination_gives_the_same_bytes(world: Path) -> None:
    asked = job(world)
    first = evaluate.run(asked)
    place = files(world, asked)
    before = {p.name: p.read_bytes() for p in place.iterdir() if p.name != "timing.json"}
    shutil.rmtree(place)
    assert evaluate.run(asked) == first
    assert {p.name: p.read_bytes() for p in place.iterdir() if p.name != "timing.json"} == before


def test_a_result_with_every_metric_fits_into_the_termination_message(world: Path, tmp_path: Path) -> None:
    names = ("emergency_recall", "accuracy", "nurse_agreement")
    worst = ("over_triage_rate", "hallucination_rate", "prescriptive_rate", "phi_leak_rate", "policy_block_rate")
    thresholds = tuple(
        [{"metric": n, "min": "0.00000001"} for n in names] + [{"metric": n, "max": "0.99999999"} for n in worst]
    )
    answer = evaluate.run(job(world, thresholds=thresholds))
    result = answer.model_copy(update={"digests": {**answer.digests, "job": answer.digests["suites"]}})
    write_result(result, tmp_path / "log")
    assert len((tmp_path / "log").read_bytes()) <= RESULT_LIMIT
    assert parse_result((tmp_path / "log").read_text()) == result
    assert result.verdict != "pass"


def spoil_adapter(world: Path) -> None:
    path = world / "adapter" / "adapter_model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def spoil_template(world: Path) -> None:
    (world / "base" / "chat_template.jinja").write_text("{{ 'EMERGENCY' }}")
    make_manifest(world / "base", "model", "tiny-random")


def spoil_policy(world: Path) -> None:
    with (world / "policy.yml").open("a") as file:
        file.write("\n# another\n")


def spoil_base_of_adapter(world: Path) -> None:
    make_manifest(world / "adapter", "adapter", "tiny-adapter", baseModel="sha256:" + "0" * 64)


@pytest.mark.parametrize("spoil", [spoil_adapter, spoil_template, spoil_policy])
def test_a_part_that_was_changed_after_the_candidate_was_fixed_is_refused(world: Path, spoil: Any) -> None:
    asked = job(world)
    spoil(world)
    with pytest.raises(CheckFailed) as error:
        evaluate.run(asked)
    assert error.value.reason == "CandidateMismatch"
    assert not (world / "reports").exists()


def test_an_adapter_trained_on_another_base_model_is_refused(world: Path) -> None:
    spoil_base_of_adapter(world)
    with pytest.raises(CheckFailed, match="trained on"):
        evaluate.run(job(world))


@pytest.mark.parametrize("part", ["tokenizer", "chat_template", "system_prompt", "output_policy", "base_model"])
def test_a_candidate_that_names_another_part_is_refused(world: Path, part: str) -> None:
    other = job(world).candidate.model_copy(update={part: "sha256:" + "1" * 64})
    with pytest.raises(CheckFailed) as error:
        evaluate.run(job(world, candidate=other, candidate_digest=other.digest))
    assert error.value.reason == "CandidateMismatch"


def test_a_candidate_digest_of_another_manifest_is_refused(world: Path) -> None:
    with pytest.raises(CheckFailed, match="candidate manifest"):
        evaluate.run(job(world, candidate_digest="sha256:" + "1" * 64))


def test_another_system_prompt_than_the_examined_one_is_refused(world: Path) -> None:
    sources = job(world).sources.model_copy(update={"system_prompt": "Always say ROUTINE."})
    with pytest.raises(CheckFailed, match="system prompt"):
        evaluate.run(job(world, sources=sources))


def test_what_is_examined_is_a_private_copy_that_the_store_cannot_change(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = job(world)
    expected = evaluate.run(asked)
    seen: dict[str, Any] = {}
    real = evaluate.load

    def swap(base: Path, adapter: Path, *more: Any) -> Any:
        spoil_adapter(world)
        spoil_template(world)
        (world / "first" / "cases.jsonl").write_text("{}\n")
        seen.update(base=base, adapter=adapter, mode=adapter.parent.stat().st_mode & 0o777)
        return real(base, adapter, *more)

    monkeypatch.setattr(evaluate, "load", swap)
    assert evaluate.run(asked) == expected
    assert seen["mode"] == 0o700
    assert not seen["base"].exists()
    assert not seen["adapter"].exists()


def test_a_copy_without_room_is_tried_again_and_nothing_is_written(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "SPARE_BYTES", 1 << 60)
    with pytest.raises(TryAgain, match="ephemeral storage") as error:
        evaluate.run(job(world))
    assert error.value.reason == "ScratchFull"
    assert not (world / "reports").exists()


def test_a_line_of_a_suite_is_named_by_its_store(world: Path) -> None:
    (world / "second" / "cases.jsonl").write_text("{}\n")
    make_manifest(world / "second", "suite", "second", 1)
    with pytest.raises(BadInput, match=f"^Line 1 of file://{world}/second/cases.jsonl"):
        evaluate.run(job(world))


def test_a_changed_suite_is_refused_and_a_repeated_one_is_bad_input(world: Path) -> None:
    asked = job(world)
    with pytest.raises(BadInput) as repeated:
        evaluate.run(job(world, suites=(asked.suites[0], asked.suites[0])))
    assert repeated.value.reason == "CasesRepeat"
    (world / "first" / "cases.jsonl").write_text("{}\n")
    with pytest.raises(CheckFailed) as error:
        evaluate.run(asked)
    assert error.value.reason == "SuiteMismatch"


def test_a_case_that_is_too_long_for_the_model_is_named(world: Path) -> None:
    line = {"id": "endless", "messages": [{"role": "user", "content": "very " * 400}], "label": "routine"}
    with (world / "second" / "cases.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    make_manifest(world / "second", "suite", "second", 5)
    with pytest.raises(BadInput, match="Case endless") as error:
        evaluate.run(job(world))
    assert error.value.reason == "PromptTooLong"
    assert not list((world / "reports").rglob("index.json"))


def test_a_mismatch_is_found_in_the_image_before_torch_is_imported(world: Path) -> None:
    path = world / "job.json"
    path.write_text(job(world, candidate_digest="sha256:" + "1" * 64).model_dump_json(by_alias=True))
    script = (
        "import sys; from preceptor_eval import main\n"
        f"sys.argv = ['preceptor-eval', 'job', '--job', {str(path)!r}]\n"
        "try: main.run()\n"
        "except SystemExit as stop: print(stop.code, 'torch' in sys.modules)"
    )
    log = world / "log"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PRECEPTOR_TERMINATION_LOG": str(log), "PRECEPTOR_OUTPUT_POLICY": str(POLICY)},
    )
    assert done.stdout.splitlines()[-1] == "1 False"
    result: Result = parse_result(log.read_text())
    assert (result.verdict, result.reason) == ("fail", "CandidateMismatch")
