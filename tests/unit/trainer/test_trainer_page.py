"""Does the page of a run say what the run's own files say, and nothing of its data?"""

import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor_trainer import curve, page

DIGEST = "sha256:" + "ab" * 32
RECORD: dict[str, Any] = {
    "adapter": DIGEST,
    "recipe": DIGEST,
    "config": {
        "baseModel": {"uri": "file:///home/somebody/models/base", "digest": DIGEST},
        "dataset": {"uri": "file:///home/somebody/rows", "manifestDigest": DIGEST},
        "method": {"type": "dora", "rank": 8, "targetModules": ["q_proj", "v_proj"]},
        "training": {"maxLength": 96},
        "reproducibility": {"mode": "invariant", "seed": 17},
        "strategy": "ddp",
    },
    "worldSize": 2,
    "shards": 4,
    "steps": 40,
    "resumedAfterSteps": [],
    "environment": {"device": "cpu", "versions": {"torch": "2.13.0"}},
}
COUNTS = {"steps": 40, "tokens": 12_345, "records": 100, "truncated": 0}


def log(count: int = 40) -> bytes:
    lines = (
        {"step": step, "loss": 4 / step, "gradNorm": 1.5, "learningRate": 1e-4 * step, "seconds": 2.5 * step}
        for step in range(1, count + 1)
    )
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


LOOKS = b'{"best":true,"loss":1.5,"step":20}\n{"best":false,"loss":1.75,"step":40}\n'


def rendered(looks: bytes = b"", **changes: Any) -> str:
    counts = COUNTS | {name: changes.pop(name) for name in list(changes) if name in COUNTS}
    return page.render(RECORD | changes, log(), looks, counts)


def test_the_page_says_adapter_method_mode_tokens_and_time() -> None:
    text = rendered()
    for said in (DIGEST, "dora of rank 8", "mode invariant, seed 17", "2 ranks", "12,345", "1 min 40 s", "4 → 0.1"):
        assert said in text


def test_time_on_gpus_is_that_of_all_ranks() -> None:
    assert "200 GPU-seconds" in rendered(environment={"device": "cuda"})
    assert "GPU" not in rendered()


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    text = rendered(LOOKS)
    assert "<script" not in text
    assert "http://" not in text.replace("http-equiv", "")
    assert "https://" not in text
    assert "default-src 'none'" in text


def test_the_page_names_no_folder_of_a_machine() -> None:
    assert "somebody" not in rendered()


def test_cut_rows_and_a_resumed_run_are_said_first() -> None:
    text = rendered(truncated=3, resumedAfterSteps=[20])
    assert "3 of 100 rows were longer than 96 tokens" in text
    assert "taken up again after step 20" in text
    assert "Read this first" not in rendered()


def test_the_best_look_at_rows_held_out_is_the_one_that_was_kept() -> None:
    text = rendered(LOOKS)
    assert "step 20: this adapter" in text
    assert text.count('class="best"') == 1
    assert text.count('class="look"') == 1


def test_the_same_files_give_the_same_bytes() -> None:
    assert rendered(LOOKS) == rendered(LOOKS)


def test_every_drawing_is_well_formed_and_within_its_frame() -> None:
    text = rendered(LOOKS)
    drawings = [f"<svg{part.split('</svg>')[0]}</svg>" for part in text.split("<svg")[1:]]
    assert len(drawings) == 3
    for drawing in drawings:
        for line in ElementTree.fromstring(drawing).iter("polyline"):
            for point in line.attrib["points"].split():
                x, y = (float(number) for number in point.split(","))
                assert 0 <= x <= curve.WIDTH
                assert 0 <= y <= curve.HEIGHT


@given(
    st.lists(
        st.one_of(st.just(0.0), st.floats(1e-9, 1e6), st.sampled_from([float("nan"), float("inf")])),
        min_size=1,
        max_size=60,
    )
)
def test_no_value_breaks_a_drawing(values: list[float]) -> None:
    points = list(enumerate(values, start=1))
    x, y = curve.steps_axis(len(points)), curve.values_axis(values)
    drawn = curve.polyline(points, x, y) + curve.polyline(curve.smoothed(points), x, y)
    assert "nan" not in drawn
    assert "inf" not in drawn
    slack = 1e-6 * (y.high - y.low)
    assert all(y.low - slack <= tick <= y.high + slack for tick in y.ticks())


def test_a_long_line_is_drawn_with_few_points_and_keeps_its_ends() -> None:
    points = [(step, 1.0) for step in range(1, 100_001)]
    drawn = curve.polyline(points, curve.steps_axis(100_000), curve.values_axis([0.0, 1.0])).split()
    assert len(drawn) <= curve.MOST_POINTS
    assert float(drawn[0].split(",")[0]) == pytest.approx(curve.LEFT, abs=1)
    assert float(drawn[-1].split(",")[0]) == pytest.approx(curve.WIDTH - curve.RIGHT, abs=1)


def test_a_running_mean_of_a_constant_is_the_constant() -> None:
    assert [value for _, value in curve.smoothed([(step, 2.0) for step in range(1, 100)])] == pytest.approx([2.0] * 99)
