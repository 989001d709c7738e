"""Which numbers follow a scheme, and can a value be one of them?"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from itertools import product
from typing import Any

from preceptor.phi.lexicon import document
from preceptor.phi.rules.checksums import CHECKS
from preceptor.phi.types import national

_SEPARATORS = re.compile(r"[\s./:_+()-]+")


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of number of ``phi/data/schemes.yml``, where its fields are explained.

    ``shapes`` convince by themselves where the number can exist, ``alone`` only as a whole value.
    """

    key: str
    type: str
    labels: tuple[str, ...]
    short: tuple[str, ...]
    shapes: tuple[str, ...]
    alone: tuple[str, ...]
    form: re.Pattern[str]
    guard: re.Pattern[str] | None
    holds: Callable[[str], bool] | None
    unchecked: bool
    strict: bool

    @property
    def slug(self) -> str:
        """The name in a detector's id."""
        return self.key.lower().replace("_", "-")

    def exists(self, value: str) -> bool:
        """Whether the value, as written, could have been issued: its form, range and checksum."""
        plain = compact(value)
        if plain.count(plain[:1]) == len(plain):
            return False
        if not (self.guard or self.form).fullmatch(plain):
            return False
        if self.holds is None:
            return True
        return self.holds(value)

    def convinces(self, value: str, *, whole: bool = False) -> bool:
        """Whether the value convinces without a label: it exists, or its form is distinct enough.

        ``whole`` says that nothing stands beside it; then capitals are not asked for.
        """
        if self.strict and not whole and value != value.upper():
            return False
        if self.unchecked and self.guard is not None:
            return bool(self.guard.fullmatch(compact(value)))
        return self.exists(value)

    def fits(self, value: str) -> bool:
        """Whether the value has the scheme's form, whatever its checksum says."""
        return bool(self.form.fullmatch(compact(value)))


def compact(value: str) -> str:
    """The value in capitals without separators."""
    if value.isdigit():
        return value
    return _SEPARATORS.sub("", value).upper()


def shape(value: str) -> str:
    """The value with 9 for every digit and A for every ASCII letter: "AB12 3C" becomes "AA99 9A"."""
    return value.translate(_SHAPE)


_SHAPE = {ord(c): "9" for c in "0123456789"} | {
    ord(c): "A" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
}


def _checker(module: str, check: str) -> Callable[[str], bool] | None:
    if check:
        function = CHECKS[check]
        return lambda value: function(compact(value))
    if not module:
        return None

    def holds(value: str) -> bool:
        # A hundred and fifty modules take a second to load, and most texts need none of them.
        valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
        try:
            # A number without letters and signs is one and the same in all three.
            return any(map(valid, dict.fromkeys((value.upper(), value, compact(value)))))
        except Exception:  # a checksum library must not end a scan; the value it stumbled over does not hold
            return False

    return lru_cache(maxsize=4096)(holds)


def _form(entry: dict[str, Any]) -> str:
    """The form of an entry, from its shapes where it has none of its own."""
    if "form" in entry:
        return str(entry["form"])
    plain = {compact(one) for one in (*entry.get("bare", ()), *entry.get("alone", ()), *entry.get("prose", ()))}
    parts = sorted("".join({"9": r"\d", "A": "[A-Z]"}.get(c, "[A-Z0-9]") for c in one.upper()) for one in plain)
    return "|".join(parts) if parts else r"(?=.*\d)[A-Z0-9]{6,30}"


def _expanded(shapes: Any) -> tuple[str, ...]:
    out: list[str] = []
    for one in shapes or ():
        pieces = [("9", "A") if c == "*" else (c,) for c in str(one)]
        out.extend("".join(choice) for choice in product(*pieces))
    return tuple(out)


@cache
def schemes() -> tuple[Scheme, ...]:
    """Every scheme of ``phi/data/schemes.yml``, in its order."""
    entries: dict[str, dict[str, Any]] = document("schemes")
    return tuple(
        Scheme(
            key=key,
            type=entry.get("type") or national(key),
            labels=tuple(entry.get("labels") or ()),
            short=tuple(entry.get("short") or ()),
            shapes=_expanded((*(entry.get("bare") or ()), *(entry.get("prose") or ()))),
            alone=_expanded(entry.get("alone")),
            form=re.compile(_form(entry)),
            guard=re.compile(entry["guard"]) if "guard" in entry else None,
            holds=_checker(entry.get("module") or "", entry.get("check") or ""),
            unchecked=bool(entry.get("unchecked")),
            strict=bool(entry.get("strict")),
        )
        for key, entry in entries.items()
    )
