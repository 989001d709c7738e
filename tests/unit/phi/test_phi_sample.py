"""Is a sample drawn by chance alone, and does it say no more than people's marks bear out?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from preceptor import manifests
from preceptor.cli import main as cli
from preceptor.cli import manifest as manifest_cli
from preceptor.cli import phi
from preceptor.phi.agreement import cohens_kappa, f1, upper_bound
from preceptor.phi.sampling import Record, draw
from preceptor.phi.values import Value

Call = Callable[..., int]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95, 0.99])
)
def test_bound_is_scipy_s(counts: tuple[int, int], confidence: float) -> None:
    misses, n = counts
    expected = 1.0 if misses == n else float(beta.ppf(confidence, misses + 1, n - misses))
    assert upper_bound(misses, n, confidence) == pytest.approx(expected, rel=1e-6)


def test_bound_without_a_miss_is_the_rule_of_three() -> None:
    assert upper_bound(0, 300) == pytest.approx(3 / 300, rel=0.01)


@pytest.mark.parametrize("counts", [(0, 0), (2, 1), (-1, 5)])
def test_impossible_counts_have_no_bound(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="bound"):
        upper_bound(*counts)


def test_kappa_is_the_textbook_s() -> None:
    # Cohen's kappa of 20 both, 5 first only, 10 second only, 15 neither: 0.4.
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert cohens_kappa(first, second) == pytest.approx(0.4)
    assert cohens_kappa([False] * 5, [False] * 5) is None
    assert f1(0, 0, 0) is None
    assert f1(1, 2, 2) == 0.5


def records(n: int) -> list[Record]:
    return [Record([Value(k, None, str(k))]) for k in range(1, n + 1)]


def test_same_seed_draws_the_same_and_every_record_has_its_chance() -> None:
    assert draw(records(50), 5, 1)[0] == draw(records(50), 5, 1)[0]
    seen = {record.values[0].record for seed in range(200) for record in draw(records(20), 3, seed)[0]}
    assert seen == set(range(1, 21))
    counts = [sum(r.values[0].record == 1 for r in draw(records(10), 5, seed)[0]) for seed in range(400)]
    assert 150 < sum(counts) < 250
    assert draw(records(3), 5, 1) == (records(3), 3)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    def invoke(app: Any, *words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(app)

    return invoke


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [{"t": f"ok {n}"} for n in range(40)] + [{"t": "SSN 123-45-6789"}, {"t": "the Blauer from Zjprice Lane"}]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    manifest = manifests.create(
        folder, kind="dataset", name="n", provenance_id="00000000-0000-4000-8000-000000000001", source="tests",
        deid_method="none", curator="tests", date="2026-11-24", licence="MIT", record_count=42, schema_name="text",
    )  # fmt: skip
    manifests.write(manifest, folder)
    return folder


def annotate(path: Path, marks: dict[str, list[str]]) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row["phi"] = [words for text in row["texts"] for words in marks.get(text["text"], [])]
        row["done"] = True
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


FIRST = {"SSN 123-45-6789": ["123-45-6789"], "the Blauer from Zjprice Lane": ["Blauer"]}
SECOND = {"SSN 123-45-6789": ["123-45-6789"]}


def test_two_annotators_an_adjudicator_and_the_bound(
    call: Call, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets, result = tmp_path / "sheets", tmp_path / "result.json"
    assert call(phi.app, "sample", "draw", data, "--out", sheets, "--size", 42) == 0
    assert sheets.stat().st_mode & 0o077 == 0
    assert call(phi.app, "sample", "draw", data, "--out", sheets) == 64
    assert call(phi.app, "sample", "report", sheets) == 64
    annotate(sheets / "annotator-1.jsonl", FIRST)
    annotate(sheets / "annotator-2.jsonl", SECOND)
    assert call(phi.app, "sample", "report", sheets) == 64
    assert call(phi.app, "sample", "adjudicate", sheets) == 0
    assert call(phi.app, "sample", "adjudicate", sheets) == 64
    assert len((sheets / "adjudicator.jsonl").read_text().splitlines()) == 1
    assert call(phi.app, "sample", "report", sheets) == 64
    annotate(sheets / "adjudicator.jsonl", {"the Blauer from Zjprice Lane": ["Blauer"]})
    assert call(phi.app, "sample", "report", sheets, "--out", result) == 0
    found = json.loads(result.read_text())
    assert (found["records"], found["population"], found["adjudicated"], found["recordsWithPhi"]) == (42, 42, 1, 2)
    assert found["leakedRecords"] in (0, 1)
    assert found["leakRateUpperBound"] == pytest.approx(upper_bound(found["leakedRecords"], 42), abs=1e-6)
    assert found["kappa"] == pytest.approx(0.6557, abs=0.001)
    shown = "".join(capsys.readouterr()) + result.read_text()
    assert not any(word in shown for word in ("123-45", "Blauer", "Zjprice"))

    before = manifests.read(data).digest
    assert call(manifest_cli.app, "attach", data, "--phi-sample", result) == 0
    attached = manifests.verify(data)
    assert attached.digest != before
    assert attached.attributes is not None
    assert attached.attributes["phiLeakRateUpperBound"] == str(found["leakRateUpperBound"])
    (data / "a.jsonl").write_text('{"t":"other"}\n')
    assert call(manifest_cli.app, "attach", data, "--phi-sample", result) == 1


def test_words_that_do_not_stand_in_the_record_are_refused_unquoted(
    call: Call, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = tmp_path / "sheets"
    assert call(phi.app, "sample", "draw", data, "--out", sheets, "--size", 5) == 0
    for name in ("annotator-1.jsonl", "annotator-2.jsonl"):
        rows = [json.loads(line) for line in (sheets / name).read_text().splitlines()]
        (sheets / name).write_text("".join(json.dumps({**r, "phi": ["Xqwalter"], "done": True}) + "\n" for r in rows))
    assert call(phi.app, "sample", "report", sheets) == 64
    assert "Xqwalter" not in "".join(capsys.readouterr())


def test_scanner_s_marks_that_were_changed_are_no_evidence(call: Call, data: Path, tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    assert call(phi.app, "sample", "draw", data, "--out", sheets, "--size", 5) == 0
    for name in ("annotator-1.jsonl", "annotator-2.jsonl"):
        annotate(sheets / name, {})
    assert call(phi.app, "sample", "report", sheets) == 0
    with (sheets / "scanner.jsonl").open("a") as file:
        file.write("\n")
    assert call(phi.app, "sample", "report", sheets) == 64


def test_sample_of_what_cannot_be_read_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"t":"ok"}\n\xff\n')
    assert call(phi.app, "sample", "draw", tmp_path / "a.jsonl", "--out", tmp_path / "s") == 64
