"""Are steps that a killed process had done, and that are done again, counted?"""

import json
from pathlib import Path

from preceptor_trainer.checkpoint import FOLDER
from preceptor_trainer.waste import FILE, Waste


def process(folder: Path, *, goes_on_after: int, reaches: int) -> Waste:
    """One process: what it finds, from where it goes on, and the step in which it is killed."""
    log = folder / "train.jsonl"
    waste = Waste(folder, log)
    waste.note()
    waste.went_on(goes_on_after)
    steps = range(1, reaches + 1)
    log.write_text("".join(json.dumps({"step": step}) + "\n" for step in steps))
    return waste


def test_a_training_that_was_never_stopped_wastes_nothing(tmp_path: Path) -> None:
    assert process(tmp_path, goes_on_after=0, reaches=9).steps == 0


def test_steps_behind_the_last_checkpoint_of_every_killed_process_count(tmp_path: Path) -> None:
    process(tmp_path, goes_on_after=0, reaches=7)
    process(tmp_path, goes_on_after=5, reaches=12)
    assert process(tmp_path, goes_on_after=10, reaches=20).steps == (7 - 5) + (12 - 10)


def test_a_training_without_a_checkpoint_that_begins_anew_wasted_all(tmp_path: Path) -> None:
    process(tmp_path, goes_on_after=0, reaches=7)
    assert process(tmp_path, goes_on_after=0, reaches=9).steps == 7


def test_a_count_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / FILE).write_text("[]")
    assert process(tmp_path, goes_on_after=3, reaches=4).steps == 0
