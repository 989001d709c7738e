"""Does the examination of the assets count as an EvalGate's does?"""

import pytest

from preceptor.policy import default_path
from preceptor_eval.evaluation.cases import Case
from preceptor_eval.evaluation.groundedness import LexicalVerifier
from preceptor_eval.evaluation.rows import judge
from preceptor_eval.evaluation.served_policy import load_judge
from preceptor_eval.generation import Completion
from preceptor_local.assets import examine


@pytest.mark.parametrize(
    ("answer", "over", "off"),
    [
        ("ROUTINE. Rest and drink water.", 0, 0),
        ("EMERGENCY. Rest and drink water.", 1, 0),
        # Neither of the next two tells the reader that it is routine.
        ("Rest and drink water.", 1, 0),
        ("ROUTINE. Take 400 mg ibuprofen every 4 hours.", 1, 1),
    ],
)
def test_over_triage_and_hallucination_are_counted_and_bounded_as_the_gate_does(
    answer: str, over: int, off: int
) -> None:
    asked = {"id": "a", "messages": [{"role": "user", "content": "I have a cold."}], "label": "routine"}
    case = Case.model_validate({**asked, "contexts": ["Rest and drink water."]})
    row = judge("dev", case, Completion(answer, 1, 1, "stop"), LexicalVerifier(), load_judge(default_path()))
    found = {metric.metric: metric for metric in examine.measured((row,))}
    assert (found["over_triage_rate"].count, found["over_triage_rate"].total) == (over, 1)
    assert (found["hallucination_rate"].count, found["hallucination_rate"].total) == (off, 1)
    assert found["hallucination_rate"].upper is not None
