package preceptor.promotion_test

test_unverified_evidence_is_denied if {
	codes(set_to("/evidence/verified", false)) == {"EvidenceNotVerified"}
	codes(set_to("/evidence/verified", "true")) == {"EvidenceNotVerified"}
	codes(without("/evidence/verified")) == {"EvidenceNotVerified"}
	codes(set_to("/evidence/digest", null)) == {"EvidenceNotVerified", "ExaminationsMissing"}
}

test_verdict_other_than_pass_is_denied if {
	every verdict in ["fail", "inconclusive", "missing", "Pass", "", null, true] {
		codes(set_to("/evidence/verdict", verdict)) == {"VerdictNotPass"}
	}
	codes(without("/evidence/verdict")) == {"VerdictNotPass"}
}

test_evidence_of_another_gate_is_denied if {
	codes(set_to("/evidence/gate/name", "other")) == {"EvalGateMismatch"}
	codes(set_to("/evidence/gate/namespace", "other")) == {"EvalGateMismatch"}
	codes(without("/evidence/gate/uid")) == {"EvalGateMismatch"}
	codes(set_to("/evidence/gate", null)) == {"EvalGateMismatch"}
}
