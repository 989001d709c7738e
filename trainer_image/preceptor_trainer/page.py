"""What does a person read about a run?

One self-contained page without script, made of the run's own record and logs: numbers and digests, never the text of a
row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from preceptor_trainer import curve


def render(record: Mapping[str, Any], log: bytes, looks: bytes, counts: Mapping[str, int]) -> str:
    """The page of a finished run: of its record, its steps and its looks at rows held out, both as JSON lines."""
    steps = [json.loads(line) for line in log.splitlines()]
    held = [json.loads(line) for line in looks.splitlines()]
    environment = Environment(
        loader=PackageLoader("preceptor_trainer", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, duration=_duration)
    return environment.get_template("report.html.j2").render(
        record=record,
        config=record["config"],
        loss=_drawing("loss", steps, held),
        norm=_drawing("gradNorm", steps, []),
        rate=_drawing("learningRate", steps, [], noisy=False),
        first=steps[0],
        last=steps[-1],
        best=next((look for look in reversed(held) if look["best"]), None),
        held=held,
        counts=dict(counts),
        speed=counts["tokens"] / max(steps[-1]["seconds"], 1e-9),
        gpu=record["environment"].get("device", "cpu") != "cpu",
        width=curve.WIDTH,
        height=curve.HEIGHT,
        edges=(curve.LEFT, curve.WIDTH - curve.RIGHT, curve.TOP, curve.HEIGHT - curve.BOTTOM),
    )


def _drawing(
    field: str, steps: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]], *, noisy: bool = True
) -> dict[str, Any]:
    points = [(int(step["step"]), float(step[field])) for step in steps]
    looks = [(int(look["step"]), float(look["loss"])) for look in held]
    x = curve.steps_axis(points[-1][0])
    y = curve.values_axis([value for _, value in (*points, *looks)])
    (first, start), (last, end) = points[0], points[-1]
    return {
        "line": curve.polyline(points, x, y),
        "mean": curve.polyline(curve.smoothed(points), x, y) if noisy and len(points) > 30 else "",
        "held": curve.polyline(looks, x, y),
        "dots": [{"x": x.at(s), "y": y.at(v), "best": look["best"]} for (s, v), look in zip(looks, held, strict=True)],
        "across": [(x.at(tick), _number(tick)) for tick in x.ticks() if tick == int(tick)],
        "up": [(y.at(tick), _number(tick)) for tick in y.ticks()],
        "sentence": f"{field} from {_number(start)} at step {first} to {_number(end)} at step {last}",
    }


def _number(value: float) -> str:
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:.3g}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
