"""Which weights do the labelled texts teach?"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from benchmarks.phi import written
from benchmarks.phi.evidence.examples import Example, Reader
from benchmarks.phi.evidence.fitted import Weighted, fit
from benchmarks.phi.evidence.swapped import copies
from benchmarks.phi.vignettes import vignettes

import preceptor.phi.names.evidence as names

FILE = Path(names.__file__).parents[1] / "data" / names.FILE
COPIES = 3
# A name missed is worse than a false alarm: so much is added, in hundredths, that cross-validation counts at most one
# false alarm in 1,000 words of texts about somebody (``--judge``).
_READINESS = 30
# Half a word each: of one place there are several names.
_OF_A_COPY = 0.5
# Templates say the same again and again. Only of the half that rules were mended on: the other judges.
_VIGNETTES, _SEED, _OF_A_VIGNETTE = 900, 7, 0.2
# The fact that is said of every word.
ALWAYS = "found: always"


@cache
def own() -> Mapping[str, Sequence[Example]]:
    """The words that are left in each row of ``written.yml``."""
    return {row.id: examples for row, (_, examples) in _read().items()}


@cache
def _read() -> Mapping[written.Row, tuple[Sequence[names.Span], Sequence[Example]]]:
    reader = Reader()
    return {row: reader.read(row) for row in written.studied()}


@cache
def swapped() -> Sequence[Mapping[str, Sequence[Example]]]:
    """The same in copies with other names; one more than is learnt from."""
    reader = Reader()
    marked = [(row, found) for row, (found, _) in _read().items() if row.spans]
    return [{row.id: reader.read(row)[1] for row in rows} for rows in copies(marked, COPIES + 1)]


@cache
def _clean() -> Sequence[Example]:
    reader = Reader()
    return [each for row in vignettes(_VIGNETTES, _SEED, 0) for each in reader.read(row)[1]]


def learnt(rows: Iterable[str] | None = None) -> dict[str, int]:
    """The weights that all rows teach, or some."""
    chosen = list(own()) if rows is None else list(rows)
    examples: list[Weighted] = [(each.facts, each.marked, 1.0) for row in chosen for each in own()[row]]
    examples += [(each.facts, False, _OF_A_VIGNETTE) for each in _clean()]
    for copy in swapped()[:COPIES]:
        # What stands around the names is the same as in the row itself.
        left = (each for row in chosen for each in copy.get(row, ()))
        examples += [(each.facts, True, _OF_A_COPY) for each in left if each.marked]
    weights = fit(examples)
    weights[ALWAYS] = weights.get(ALWAYS, 0) + _READINESS
    return weights


def are_current() -> bool:
    """Whether the file holds what the texts teach, to a hundredth: another processor may add in another order."""
    stored: dict[str, int] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    taught = learnt()
    return all(abs(stored.get(fact, 0) - taught.get(fact, 0)) <= 1 for fact in stored.keys() | taught.keys())


def page(weights: Mapping[str, int]) -> str:
    """The file: one fact a line."""
    return json.dumps(weights, indent=0, sort_keys=True, ensure_ascii=False) + "\n"
