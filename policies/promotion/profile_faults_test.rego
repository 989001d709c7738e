package preceptor.promotion_test

import data.preceptor.promotion

# What a request is told that hardly anything was asked of, by a profile that is clinical but for these fields.
weakly_examined := json.patch(requested_input, [
	{"op": "replace", "path": "/evidence/metrics", "value": [metric("accuracy", "0.01", "0.5", "Pass")]},
	{"op": "replace", "path": "/evidence/thresholds", "value": [{"metric": "accuracy", "min": "0.01"}]},
])

decision_under(question, profile) := decision if {
	decision := promotion.decision with input as question
		with data.system.bundles as bundles
		with data.preceptor.profiles as {"clinical": profile}
}

codes_under(question, profile) := {reason.code | some reason in decision_under(question, profile).reasons}

with_thresholds(thresholds) := object.union(
	object.remove(data.preceptor.profiles.clinical, ["thresholds"]),
	{"thresholds": thresholds},
)

test_profile_without_thresholds_allows_nothing if {
	profile := object.remove(data.preceptor.profiles.clinical, ["thresholds"])
	codes_under(weakly_examined, profile) == {"ProfileInvalid"}
}

test_profile_with_thresholds_that_say_nothing_allows_nothing if {
	every thresholds in [null, {}, [], "0.98", [{"metric": "emergency_recall", "min": "0.98"}]] {
		"ProfileInvalid" in codes_under(weakly_examined, with_thresholds(thresholds))
	}
}

test_bound_that_is_misspelt_or_malformed_allows_nothing if {
	every bound in [
		null, false, "0.98", 0.98, {}, [], {"mim": "0.98"}, {"min": null}, {"min": false}, {"min": 0.98},
		{"min": ""}, {"min": "high"}, {"min": "1.1"}, {"min": "0.9", "max": "0.99"}, {"min": "0.9", "note": "x"},
		{"min": "0"}, {"max": "1"},
	] {
		"ProfileInvalid" in codes_under(weakly_examined, with_thresholds({"emergency_recall": bound}))
		"ThresholdTooWeak" in codes_under(weakly_examined, with_thresholds({"emergency_recall": bound}))
	}
}

test_field_that_means_nothing_allows_nothing if {
	codes_under(requested_input, object.union(data.preceptor.profiles.clinical, {"provenTwice": true})) == {"ProfileInvalid"}
}

test_profile_that_is_no_object_allows_nothing if {
	every profile in [null, true, 1, "clinical", [], ["live"]] {
		"ProfileInvalid" in codes_under(requested_input, profile)
	}
	"ProfileUnknown" in codes_under(requested_input, false)
}

test_what_is_wrong_with_a_profile_is_said if {
	some reason in decision_under(weakly_examined, with_thresholds({"emergency_recall": {"mim": "0.98"}})).reasons
	reason.code == "ProfileInvalid"
	contains(reason.message, "the threshold of emergency_recall is neither a min above 0 nor a max below 1")
}

test_profiles_of_the_policy_are_valid if promotion.invalid_profiles == {}

test_invalid_profiles_are_named_with_their_faults if {
	found := promotion.invalid_profiles with data.preceptor.profiles as {
		"clinical": data.preceptor.profiles.clinical,
		"broken": object.remove(data.preceptor.profiles.clinical, ["thresholds"]),
	}
	found == {"broken": ["thresholds is no object with an entry for each metric"]}
}

test_fault_of_a_profile_that_is_not_there_is_said_too if {
	promotion.profile_fault_text == "it cannot be read" with input as {}
}

test_list_has_to_be_a_list_and_a_count_whole if {
	every fields in [{"stages": {"first": "live"}}, {"suites": {"first": sha("7")}}, {"approvals": 1.5}, {"approvals": 0.5}] {
		"ProfileInvalid" in codes_under(requested_input, object.union(
			object.remove(data.preceptor.profiles.clinical, object.keys(fields)),
			fields,
		))
	}
}
