"""Claims about how one answer is judged."""

import pytest

from preceptor_eval.evaluation import words
from preceptor_eval.evaluation.claims import check_worthy
from preceptor_eval.evaluation.groundedness import ClaimVerdict, LexicalVerifier, ground
from preceptor_eval.evaluation.triage import label_of

CHEST = "Crushing or spreading chest pain is an emergency. Call emergency services now. Keep the patient sitting still."
STRAIN = "Chest soreness from a strain or heartburn is routine. Rest and book a visit if it returns."
BELLY = (
    "Severe belly pain with blood. Give nothing to eat or drink. Recheck the pulse every 15 minutes, at most 4 times."
)
CONTEXTS = (CHEST, STRAIN, BELLY)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("EMERGENCY. Call emergency services now.", "emergency"),
        ("ROUTINE. Rest.", "routine"),
        ("Emergency: call now", "emergency"),
        ("emergency", "emergency"),
        ("**EMERGENCY** - call now", "emergency"),
        ("Triage: ROUTINE", "routine"),
        ("This sounds like an EMERGENCY, call now.", "emergency"),
        ("ROUTINE. This is not an emergency.", "routine"),
        ("ROUTINE. Go to the emergency department if it gets worse.", "routine"),
        ("Emergency services are not needed here.", "unparsable"),
        ("EMERGENCY or ROUTINE, hard to say.", "unparsable"),
        ("ROUTINE. No, EMERGENCY.", "unparsable"),
        ("This is NOT an EMERGENCY.", "unparsable"),
        ("Not EMERGENCY", "unparsable"),
        ("EMERGENCY: no", "unparsable"),
        ("non-EMERGENCY", "unparsable"),
        ("EMERGENCYROUTINE", "unparsable"),
        ("Take 400 mg of ibuprofen.", "unparsable"),
        ("", "unparsable"),
        ("   \n", "unparsable"),
    ],
)
def test_the_label_is_read_from_free_text_and_doubt_is_no_label(answer: str, label: str) -> None:
    assert label_of(answer) == label


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        (
            "EMERGENCY. Call emergency services now. Keep the patient sitting still.",
            ["Keep the patient sitting still."],
        ),
        ("Call 911 now and take 400 mg aspirin.", ["Call 911 now and take 400 mg aspirin."]),
        ("Hello. How long have you had it? Why not take 400 mg?", ["Why not take 400 mg?"]),
        ("ROUTINE: rest at home", ["rest at home"]),
        ("- Rest.\n- Sip fluids.", ["Rest.", "Sip fluids."]),
        ("EMERGENCY.", []),
    ],
)
def test_labels_calls_for_help_and_courtesy_are_no_claims_but_nothing_hides_behind_them(
    answer: str, claims: list[str]
) -> None:
    assert check_worthy(answer) == claims


@pytest.mark.parametrize(
    ("sentence", "answer", "outcome"),
    [
        ("what a context says is supported", "EMERGENCY. Keep the patient sitting still.", "supported"),
        ("and so is what the user said", "ROUTINE. Your chest hurts after lifting boxes.", "supported"),
        ("a diagnosis that no context names is not", "ROUTINE. You have bronchitis.", "unsupported"),
        (
            "nor advice put together from two contexts",
            "Keep the patient drinking and book a belly visit.",
            "unsupported",
        ),
        ("a negated instruction is contradicted", "Do not keep the patient sitting still.", "contradicted"),
        ("and a negation left out is, too", "Give the patient food to eat and drink. Eat and drink.", "contradicted"),
        ("a negation kept is supported", "Do not give anything to eat or drink.", "supported"),
        ("another number of the same unit is contradicted", "Recheck the pulse every 30 minutes.", "contradicted"),
        ("a number that no context has is not supported", "Recheck the pulse, 400 mg.", "unsupported"),
        ("a spelt number is a number", "Recheck the pulse at most nine times.", "contradicted"),
        ("the same number is supported", "Recheck the pulse every fifteen minutes or 15 minutes.", "supported"),
        ("an answer of label and call alone claims nothing", "EMERGENCY. Call emergency services now.", "no_claims"),
        ("nonsense is not supported", "zxcv qwer asdf.", "unsupported"),
    ],
)
def test_a_claim_needs_its_words_numbers_and_negations_in_one_context(sentence: str, answer: str, outcome: str) -> None:
    grounding = ground(answer, CONTEXTS, "my chest hurts after lifting boxes", LexicalVerifier())
    assert grounding.outcome == outcome, sentence


def test_an_answer_is_judged_by_its_worst_claim() -> None:
    grounding = ground("Rest. Recheck every 90 minutes.", CONTEXTS, "", LexicalVerifier())
    assert (grounding.outcome, grounding.claims, grounding.unsupported) == ("contradicted", 2, 1)


def test_an_answer_without_contexts_is_not_checked_rather_than_supported() -> None:
    assert ground("Keep still.", (), "hello", LexicalVerifier()).outcome == "no_contexts"


def test_a_verifier_that_drops_a_claim_is_an_error() -> None:
    class Forgetful:
        name = "forgetful"

        def check(self, claims: object, contexts: object, message: object) -> list[ClaimVerdict]:
            return []

    assert ground("Keep still.", CONTEXTS, "", Forgetful()).outcome == "error"


def test_numbers_agree_in_value_and_unit() -> None:
    assert words.numbers("1,000 mg and 0.50 ml and 2 tablets") == (
        words.Number("1000", "mg"),
        words.Number("0.5", "ml"),
        words.Number("2", "tablet"),
    )
    assert not words.Number("5", "mg").agrees(words.Number("5", "ml"))
