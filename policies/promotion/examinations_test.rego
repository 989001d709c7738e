package preceptor.promotion_test

# A failed examination of the same candidate by another gate, before the one that passed.
failed(changes) := object.union(
	{
		"digest": sha("f"),
		"gate": "clinical-ai/hard",
		"verdict": "fail",
		"suites": [sha("8")],
		"finishedAt": "2026-11-24T09:00:00Z",
	},
	changes,
)

beside(examination) := json.patch(requested_input, [{"op": "add", "path": "/examinations/-", "value": examination}])

saying(changes) := object.union(data.preceptor.profiles.clinical, changes)

test_failed_examination_on_any_suite_at_any_time_is_denied if {
	codes_of(beside(failed({}))) == {"ExaminationFailed"}
	codes_of(beside(failed({"suites": [sha("7")]}))) == {"ExaminationFailed"}
	codes_of(beside(failed({"finishedAt": "2026-11-24T11:00:00Z"}))) == {"ExaminationFailed"}
	codes_under(beside(failed({})), saying({"failedExaminations": "any"})) == {"ExaminationFailed"}
}

test_gate_that_failed_and_when_are_said if {
	some reason in decision_on(beside(failed({}))).reasons
	startswith(reason.message, "EvalGate clinical-ai/hard failed this candidate at 2026-11-24T09:00:00Z: ")
}

test_other_examination_that_did_not_fail_is_no_objection if {
	codes_of(beside(failed({"verdict": "pass"}))) == set()
	codes_of(beside(failed({"verdict": "inconclusive"}))) == set()
}

test_examination_that_cannot_be_read_is_denied if {
	every examination in [null, true, "x", [], {}] {
		codes_of(beside(examination)) == {"ExaminationFailed"}
	}
	every verdict in [null, "missing", "Pass", "", true] {
		codes_of(beside(failed({"verdict": verdict}))) == {"ExaminationFailed"}
	}
}

test_examination_that_the_release_rests_on_has_to_be_known if {
	named := {"first": requested_input.examinations[0]}
	every examinations in [[], null, "x", {}, named, [failed({"verdict": "pass"})]] {
		codes(set_to("/examinations", examinations)) == {"ExaminationsMissing"}
	}
	codes(without("/examinations")) == {"ExaminationsMissing"}
	codes(set_to("/examinations/0/verdict", "inconclusive")) == {"ExaminationsMissing"}
}

test_failed_examination_on_suites_that_the_profile_does_not_pin_is_no_objection if {
	codes_under(beside(failed({})), saying({"suites": [sha("7")]})) == set()
}

test_failed_examination_on_a_pinned_suite_among_others_is_denied if {
	codes_under(beside(failed({"suites": [sha("8"), sha("7")]})), saying({"suites": [sha("7")]})) == {"ExaminationFailed"}
}

test_failed_examination_on_unknown_suites_is_denied_whatever_is_pinned if {
	every suites in [null, [], "x", {}, {"first": sha("8")}, [null], ["x"]] {
		codes_under(beside(failed({"suites": suites})), saying({"suites": [sha("7")]})) == {"ExaminationFailed"}
	}
}

newer := saying({"failedExaminations": "newer"})

test_pass_outweighs_what_failed_before_it_where_the_profile_says_so if {
	codes_under(beside(failed({})), newer) == set()
}

test_pass_never_outweighs_what_failed_after_it if {
	every finished in ["2026-11-24T10:00:00Z", "2026-11-24T10:00:01Z", "2026-11-24T09:00:00-02:00"] {
		codes_under(beside(failed({"finishedAt": finished})), newer) == {"ExaminationFailed"}
	}
}

test_failure_at_an_unknown_time_is_never_outweighed if {
	every finished in [null, "", "before", 0] {
		codes_under(beside(failed({"finishedAt": finished})), newer) == {"ExaminationFailed"}
	}
	unknown := json.patch(beside(failed({})), without("/evidence/finishedAt"))
	codes_under(unknown, newer) == {"ExaminationFailed"}
}

test_other_words_about_failed_examinations_allow_nothing if {
	every word in [null, "", "none", true, ["newer"]] {
		codes_under(requested_input, saying({"failedExaminations": word})) == {"ProfileInvalid"}
		"ExaminationFailed" in codes_under(beside(failed({})), saying({"failedExaminations": word}))
	}
}
