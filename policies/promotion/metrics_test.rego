package preceptor.promotion_test

test_bound_that_does_not_clear_its_threshold_is_denied_whatever_the_verdict_says if {
	codes(set_to("/evidence/metrics/0/lower", "0.9799")) == {"MetricNotCleared"}
	codes(set_to("/evidence/metrics/1/upper", "0.2001")) == {"MetricNotCleared"}
}

test_bound_exactly_on_the_threshold_clears_it if {
	codes(set_to("/evidence/metrics/0/lower", "0.98")) == set()
	codes(set_to("/evidence/metrics/1/upper", "2e-1")) == set()
}

test_point_estimate_does_not_clear_a_threshold if {
	codes(set_to("/evidence/metrics/0", {"metric": "emergency_recall", "value": "1.0", "verdict": "Pass"})) == {"MetricNotCleared"}
}

test_missing_metric_is_denied if codes(without("/evidence/metrics/0")) == {"MetricNotCleared"}

test_metric_given_twice_is_denied if {
	again := {"op": "add", "path": "/evidence/metrics/-", "value": metric("emergency_recall", "0.99", "1", "Pass")}
	codes([again]) == {"MetricNotCleared"}
}

test_bound_that_is_no_number_is_denied if {
	every value in ["NaN", "", "Infinity", null, {}] {
		codes(set_to("/evidence/metrics/0/lower", value)) == {"MetricNotCleared"}
	}
}

test_judged_metric_that_did_not_pass_is_denied if {
	every verdict in ["Fail", "Inconclusive", "", null] {
		"MetricNotPassed" in codes(set_to("/evidence/metrics/5/verdict", verdict))
	}
	codes(set_to("/evidence/metrics/0/verdict", "Reported")) == {"MetricNotCleared"}
	codes(set_to("/evidence/metrics/1/verdict", "Reported")) == {"MetricNotCleared"}
}

test_threshold_with_both_sides_is_denied if {
	"MetricNotCleared" in codes([{"op": "add", "path": "/evidence/thresholds/0/max", "value": "1"}])
}

test_evidence_without_thresholds_is_denied if {
	"ThresholdsMissing" in codes(set_to("/evidence/thresholds", []))
	"ThresholdsMissing" in codes(set_to("/evidence/thresholds", "none"))
}

test_elements_that_are_no_objects_are_denied if {
	"MetricNotPassed" in codes([{"op": "add", "path": "/evidence/metrics/-", "value": "x"}])
	"MetricNotCleared" in codes([{"op": "add", "path": "/evidence/thresholds/-", "value": "x"}])
}
