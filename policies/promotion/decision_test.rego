package preceptor.promotion_test

import data.preceptor.promotion

test_good_request_is_allowed if {
	decision_on(requested_input) == {"allow": true, "phase": "request", "revision": "r1", "approvalsNeeded": 1, "reasons": []}
}

test_good_release_is_allowed if {
	decision_on(released_input) == {"allow": true, "phase": "release", "revision": "r1", "approvalsNeeded": 1, "reasons": []}
}

test_empty_input_is_denied_by_every_rule if {
	decision := decision_on({})
	decision.allow == false
	{reason.code | some reason in decision.reasons} == {
		"CandidateMismatch",
		"ComponentsChanged",
		"ComponentsNotVerified",
		"ConfidenceTooLow",
		"EvalGateMismatch",
		"EvidenceNotVerified",
		"ExaminationsMissing",
		"NotReproducible",
		"PhaseUnknown",
		"ProfileUnknown",
		"ProvenanceNotVerified",
		"RequestDigestMismatch",
		"RequesterUnknown",
		"RevisionMismatch",
		"ScanNotClean",
		"StageNotAllowed",
		"SuitesDiffer",
		"SystemPromptChanged",
		"ThresholdsMissing",
		"VerdictNotPass",
		"Withdrawn",
	}
}

test_no_input_is_denied if {
	decision := promotion.decision with data.system.bundles as bundles
	decision.allow == false
	decision.reasons[0].code == "InputMissing"
}

test_unknown_phase_is_denied if codes(set_to("/phase", "force")) == {"PhaseUnknown"}

# Whatever top-level part is missing, somebody objects.
test_no_part_may_be_missing if {
	every part in object.keys(requested_input) - {"now"} {
		decision := decision_on(object.remove(requested_input, [part]))
		decision.allow == false
		count(decision.reasons) > 0
	}
}

# Whatever part is of another type, somebody objects.
test_no_part_may_be_of_another_type if {
	every part in object.keys(requested_input) - {"now"} {
		every value in [null, true, 1, "x", [], {}, ["x"]] {
			decision_on(object.union(object.remove(requested_input, [part]), {part: value})).allow == false
		}
	}
}

test_every_reason_is_a_sentence_with_a_code if {
	every reason in decision_on({}).reasons {
		regex.match(`^[A-Z][A-Za-z]+$`, reason.code)
		endswith(reason.message, ".")
	}
}
