"""How much PHI is found, and how much else?"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.figure import Figure, share
from benchmarks.phi import asked, prose, sets, written
from benchmarks.phi.scoring import Row, Score, f_beta
from benchmarks.phi.vignettes import vignettes

from preceptor.phi import detect

BENCH = "phi-accuracy"
Found = list[tuple[int, int, str]]
# The figures of the peers as published or measured on the same files, by (set, measure).
PEERS = {
    ("presidio_synth_v2", "char-f2"): ("presidio-analyzer, tuned", 0.903),
    ("presidio_synth_v2", "token-f2"): ("presidio-analyzer, tuned", 0.903),
    ("meddocan_train", "entity-recall"): ("a model trained on the set", 0.969),
}


def _detect(text: str) -> Found:
    return [(s.start, s.end, s.detector) for s in detect(text)]


def score(path: Path, find: Callable[[str], Found] = _detect, part: int | None = None) -> Score:
    """The score of one labelled set; ``part`` 0 or 1 is its even or odd rows, to tune on one and judge on the other."""
    total = Score()
    for index, row in enumerate(sets.rows(path)):
        if part is None or index % 2 == part:
            total.add(row, find(row.text))
    return total


def labelled(path: Path, part: int | None = None) -> Iterator[Figure]:
    """The figures of one set of labelled texts."""
    yield from _of(path.stem, score(path, part=part))


def made(seed: int = 1, count: int = 900) -> Iterator[Figure]:
    """The figures of the texts that are made here, for whoever has no set: queries, look-alikes, clean vignettes.

    The vignettes are of the half of the words and templates that no rule was mended on.
    """
    texts: dict[str, Iterable[Row]] = {
        "made-queries": prose.queries(count, seed),
        "made-look-alikes": prose.negatives(count, seed),
        "made-vignettes": vignettes(count, seed, 1),
        "written-queries": written.queries(),
        "written-clean": written.clean(),
        "taught-queries": written.queries("taught"),
        "taught-clean": written.clean("taught"),
        "unseen-queries": written.queries("unseen"),
        "unseen-clean": written.clean("unseen"),
    }
    for name, rows in texts.items():
        total = Score()
        for row in rows:
            total.add(row, _detect(row.text))
        yield from _of(name, total)


def _of(name: str, total: Score) -> Iterator[Figure]:

    def figure(measure: str, good: int, all_: int, *, lower_is_better: bool = False) -> Figure:
        peer, value = PEERS.get((name, measure), (None, None))
        return share(
            BENCH, f"{name} {measure}", good, all_, peer=peer, peer_value=value, lower_is_better=lower_is_better
        )

    if total.entities:
        yield figure("entity-recall", total.covered.total(), total.entities.total())
        for label, count in total.entities.most_common():
            yield figure(f"entity-recall {label}", total.covered[label], count)
        yield figure("texts-fully-covered", total.texts_covered, total.texts)
        yield figure("texts-missed-altogether", total.texts_missed, total.texts, lower_is_better=True)
        for measure, counts in (("char-f2", total.characters), ("token-f2", total.words)):
            peer, value = PEERS.get((name, measure), (None, None))
            yield Figure(
                BENCH, f"{name} {measure}", f_beta(counts), "F2", peer=peer, peer_value=value, more=dict(counts)
            )
    if total.negatives:
        yield figure("negatives-flagged", total.negatives_flagged, total.negatives, lower_is_better=True)


def recognizer_cases(path: Path) -> Iterator[Figure]:
    """Agreement with the cases of a peer's own tests: found where a hit is expected, silent where none is.

    Told twice. ``agreement`` holds every finding against a text of which silence is expected. ``agreement-as-asked``
    reads a case as its test does, which asks one recognizer alone: see :mod:`benchmarks.phi.asked`.
    """
    documents = list(sets.documents(path))
    for measure, agrees, counted in (
        ("agreement", case_agrees, documents),
        ("agreement-as-asked", asked.agrees, asked.asking(documents)),
    ):
        cases = [(bool(case["expected_len"]), agrees(case)) for case in counted]
        parts = {
            name: sum(agreed for expected, agreed in cases if expected == hit)
            for name, hit in (("found", True), ("silent", False))
        }
        yield share(BENCH, f"{path.stem} {measure}", sum(agreed for _, agreed in cases), len(cases), more=parts)


def case_agrees(case: asked.Case) -> bool:
    """Whether every expected place is covered, or, where none is expected, nothing is found."""
    found = _detect(str(case["text"]))
    return asked.covers(case, found) if case["expected_len"] else not found


def stdnum_numbers(path: Path) -> Iterator[Figure]:
    """Agreement with python-stdnum's own examples, each alone: valid ones are found, others not."""
    good = {True: 0, False: 0}
    all_ = {True: 0, False: 0}
    for case in sets.documents(path):
        text = str(case["number"])
        all_[case["valid"]] += 1
        good[case["valid"]] += bool(_detect(text)) == case["valid"]
    yield share(BENCH, f"{path.stem} valid-found", good[True], all_[True])
    yield share(BENCH, f"{path.stem} invalid-silent", good[False], all_[False])


def disagreements(path: Path) -> Iterator[dict[str, object]]:
    """The cases that are answered otherwise than expected, with what was found."""
    for case in sets.documents(path):
        if "number" in case:
            found = _detect(str(case["number"]))
            agrees = bool(found) == case["valid"]
        else:
            found = _detect(str(case["text"]))
            agrees = case_agrees(case)
        if not agrees:
            yield {**case, "found": found}


SPECIAL = {"presidio_recognizer_cases": recognizer_cases, "stdnum_numbers": stdnum_numbers}


def figures(folder: Path, only: str | None = None, part: int | None = None) -> Iterator[Figure]:
    """The figures of every set in a folder, and of the made texts where no one set is asked for."""
    if only is None or only == "made":
        yield from made()
    for path in sorted(folder.glob("*.jsonl")):
        if only is None or path.stem == only:
            special = SPECIAL.get(path.stem)
            yield from special(path) if special else labelled(path, part)
