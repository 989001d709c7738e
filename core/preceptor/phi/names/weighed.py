"""What decides whatever weighs words by facts whose weights were learnt, and which facts spoke most for a word?"""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files

import preceptor_phi_native as native

from preceptor.phi.names import gazetteer
from preceptor.phi.names.native import NO_NAMES, PHRASES, WORDS

# So many facts are told of a finding.
_TOLD = 6


def digest(version: str, stored: bytes) -> str:
    """Of the stored weights, the lists and the native part."""
    state = hashlib.sha256(f"{version} {native.__version__} {gazetteer.digest()}".encode())
    data = files("preceptor.phi").joinpath("data")
    for name in ("prose.yml", "cues.yml", *(f"{words}.txt" for words in (*WORDS, NO_NAMES, PHRASES))):
        state.update(data.joinpath(name).read_bytes())
    state.update(stored)
    return state.hexdigest()


def reason(kind: str, says: str, facts: Sequence[str], weights: Mapping[str, int]) -> str:
    """One sentence: what the facts of a word weigh together, in units of a hundred, and which of them most.

    How it ends is not told: that is half of a short name.
    """
    shown_facts = ((weights.get(fact, 0), fact) for fact in facts if not fact.startswith("suffix"))
    told = sorted(shown_facts, key=lambda each: -abs(each[0]))[:_TOLD]
    total = sum(weights.get(fact, 0) for fact in facts)
    shown = "; ".join(f"{fact.replace(chr(9), ' ')} ({weight / 100:+.2f})" for weight, fact in told if weight)
    return f"{kind} {total / 100:+.2f}, above 0 it {says}. Most: {shown}."
