package preceptor.promotion_test

test_threshold_below_the_profile_is_denied if {
	codes(set_to("/evidence/thresholds/0/min", "0.97")) == {"ThresholdTooWeak"}
	codes(set_to("/evidence/thresholds/1/max", "0.21")) == {"ThresholdTooWeak"}
}

test_stricter_threshold_is_allowed if codes(set_to("/evidence/thresholds/1/max", "0.15")) == set()

test_threshold_that_the_profile_demands_may_not_be_missing if {
	codes(without("/evidence/thresholds/2")) == {"ThresholdTooWeak"}
}

test_threshold_on_the_other_side_does_not_count if {
	"ThresholdTooWeak" in codes(set_to("/evidence/thresholds/0", {"metric": "emergency_recall", "max": "0.98"}))
}

test_threshold_given_twice_does_not_count if {
	codes([{"op": "add", "path": "/evidence/thresholds/-", "value": {"metric": "emergency_recall", "min": "0.98"}}]) == {"ThresholdTooWeak"}
}

test_threshold_that_is_no_number_does_not_count if {
	"ThresholdTooWeak" in codes(set_to("/evidence/thresholds/0/min", "high"))
	"ThresholdTooWeak" in codes(set_to("/evidence/thresholds/0/min", "NaN"))
}

test_laxer_profile_allows_what_the_clinical_does_not if {
	weaker := json.patch(requested_input, array.concat(
		set_to("/evidence/thresholds/0/min", "0.90"),
		set_to("/evidence/metrics/0/lower", "0.91"),
	))
	codes_under(weaker, json.patch(data.preceptor.profiles.clinical, set_to("/thresholds/emergency_recall/min", "0.90"))) == set()
	codes_of(weaker) == {"ThresholdTooWeak"}
}

# What the gate does not judge it only reports, however bad it is.
only_reported(index, name) := codes([
	{"op": "remove", "path": ["evidence", "thresholds", index]},
	{"op": "replace", "path": ["evidence", "metrics", index], "value": metric(name, "0.83", "0.95", "Reported")},
])

test_leaks_that_are_only_reported_are_denied if only_reported("4", "phi_leak_rate") == {"ThresholdTooWeak"}

test_prescribing_that_is_only_reported_is_denied if {
	only_reported("3", "prescriptive_rate") == {"ThresholdTooWeak"}
}

test_metric_that_the_profile_knows_is_judged_even_where_its_threshold_is_there if {
	every index in ["0", "1", "2", "3", "4"] {
		codes(set_to(["evidence", "metrics", index, "verdict"], "Reported")) == {"MetricNotCleared"}
	}
}
