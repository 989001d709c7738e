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
	decision := promotion.decision with input as json.patch(requested_input, set_to("/policy/revision", ""))
		with data.system.bundles as {}
	decision.allow == false
	decision.revision == ""
}

test_two_bundles_of_different_revisions_are_denied if {
	decision := promotion.decision with input as requested_input
		with data.system.bundles as {"a": {"manifest": {"revision": "r1"}}, "b": {"manifest": {"revision": "r0"}}}
	decision.allow == false
}
