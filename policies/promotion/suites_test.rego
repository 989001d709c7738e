package preceptor.promotion_test

pinning(suites) := object.union(data.preceptor.profiles.clinical, {"suites": suites})

examined_on(suites) := json.patch(requested_input, set_to("/evidence/suites", suites))

test_examination_on_the_pinned_suites_is_no_objection if {
	codes_under(requested_input, pinning([sha("7")])) == set()
	codes_under(examined_on([sha("7"), sha("8")]), pinning([sha("8"), sha("7")])) == set()
}

test_examination_on_other_suites_than_those_pinned_is_denied if {
	codes_under(requested_input, pinning([sha("8")])) == {"SuitesDiffer"}
}

test_pinned_suite_may_not_be_left_out_nor_another_be_added if {
	codes_under(requested_input, pinning([sha("7"), sha("8")])) == {"SuitesDiffer"}
	codes_under(examined_on([sha("7"), sha("8")]), pinning([sha("7")])) == {"SuitesDiffer"}
}

test_profile_that_pins_no_suites_takes_any if codes(set_to("/evidence/suites", [sha("8")])) == set()

test_pin_that_names_no_suite_allows_nothing if {
	every suites in [null, [], {}, "", [""], ["sha256:abc"], [null]] {
		"ProfileInvalid" in codes_under(requested_input, pinning(suites))
	}
}
