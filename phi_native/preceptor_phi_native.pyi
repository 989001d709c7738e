from collections.abc import Callable, Sequence
from typing import final

@final
class Engine:
    """All rules, asked about many texts at once.

    Made of (pattern, how, source, length, cued) for each rule, as :mod:`preceptor.phi.plans` has it. Raises ValueError
    for a pattern that cannot be read.
    """

    def __new__(cls, rules: Sequence[tuple[str, str, str, int, bool]]) -> Engine: ...
    def find(
        self, texts: list[bytes], judge: Callable[[int, int, int, int], int | None], *, cued_only: bool = False
    ) -> None:
        """Call ``judge(text, rule, start, end)`` for every match of a rule in a text.

        The numbers of the text and the rule, and what the match's value spans in code points. The answer is the code
        point from where the rule is to be matched next in this text; None where the match is nothing: then the next one
        may begin inside it.
        """
