package preceptor.promotion_test

import data.preceptor.promotion

test_unknown_profile_is_denied if {
	denied := codes(array.concat(
		set_to("/policy/profile", "lenient"),
		set_to("/release/spec/policy/profile", "lenient"),
	))
	{"ProfileUnknown", "StageNotAllowed"} & denied == {"ProfileUnknown", "StageNotAllowed"}
}

test_profile_asked_must_be_the_one_in_spec if {
	other := {"clinical": data.preceptor.profiles.clinical, "other": data.preceptor.profiles.clinical}
	"ProfileUnknown" in {reason.code |
		some reason in promotion.decision.reasons with input as json.patch(requested_input, set_to("/policy/profile", "other"))
			with data.system.bundles as bundles
			with data.preceptor.profiles as other
	}
}

test_known_profiles_are_named_to_the_user if {
	some reason in decision_on(json.patch(requested_input, set_to("/policy/profile", "lenient"))).reasons
	reason.code == "ProfileUnknown"
	contains(reason.message, "to one of clinical.")
}

test_stage_outside_the_profile_is_denied if {
	"StageNotAllowed" in codes(set_to("/release/spec/target/stage", "canary"))
}

test_profiles_missing_from_the_bundle_deny if {
	decision := promotion.decision with input as requested_input
		with data.system.bundles as bundles
		with data.preceptor.profiles as null
	decision.allow == false
}

test_every_profile_demands_approvals_and_one_sided_thresholds if {
	every profile in data.preceptor.profiles {
		profile.approvals >= 1
		to_number(profile.confidence) >= 0.95
		count(profile.thresholds) > 0
		profile.thresholds.emergency_recall.min
		profile.thresholds.over_triage_rate.max
		profile.thresholds.prescriptive_rate.max
		profile.thresholds.phi_leak_rate.max
		every bound in profile.thresholds {
			count(object.keys(bound) & {"min", "max"}) == 1
			count(bound) == 1
		}
	}
}

# Whoever asks for a release chooses its profile: what ships must be fit for patients.
test_no_profile_that_ships_lets_patients_have_less_than_the_clinical if {
	every profile in data.preceptor.profiles {
		object.subset(profile.thresholds, data.preceptor.profiles.clinical.thresholds)
	}
}
