package preceptor.promotion_test

import data.preceptor.promotion

test_another_revision_asked_for_is_denied if {
	"RevisionMismatch" in codes(set_to("/policy/revision", "r2"))
	"RevisionMismatch" in codes(set_to("/release/spec/policy/revision", "r2"))
}

test_another_revision_in_force_is_denied if {
	decision := promotion.decision with input as requested_input
		with data.system.bundles as {"b": {"manifest": {"revision": "r0"}}}
	decision.allow == false
	decision.revision == "r0"
}

test_unknown_revision_in_force_is_denied if {
	nameless := array.concat(set_to("/policy/revision", ""), set_to("/release/spec/policy/revision", ""))
	decision := promotion.decision with input as json.patch(requested_input, nameless)
		with data.system.bundles as {}
	"RevisionMismatch" in {reason.code | some reason in decision.reasons}
	decision.revision == ""
}

test_two_bundles_of_different_revisions_are_denied if {
	decision := promotion.decision with input as requested_input
		with data.system.bundles as {"a": {"manifest": {"revision": "r1"}}, "b": {"manifest": {"revision": "r0"}}}
	decision.allow == false
}

test_revision_that_is_no_text_is_denied if {
	nulled := array.concat(set_to("/policy/revision", null), set_to("/release/spec/policy/revision", null))
	decision := promotion.decision with input as json.patch(requested_input, nulled)
		with data.system.bundles as {"a": {"manifest": {"revision": null}}}
	"RevisionMismatch" in {reason.code | some reason in decision.reasons}
}
