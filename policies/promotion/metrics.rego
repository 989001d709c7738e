# Does every metric with a threshold clear it by its confidence bound? Judged here again, not believed.
package preceptor.promotion

thresholds_present if {
	is_array(input.evidence.thresholds)
	count(input.evidence.thresholds) > 0
}

reasons contains reason if {
	not thresholds_present
	reason := {
		"code": "ThresholdsMissing",
		"message": "The evidence has no thresholds: examine the candidate with an EvalGate that has them.",
	}
}

reasons contains reason if {
	some threshold in input.evidence.thresholds
	not cleared(threshold)
	reason := {
		"code": "MetricNotCleared",
		"message": sprintf("The confidence bound of %v does not clear its threshold: see the report for how far it is off.", [metric_name(threshold)]),
	}
}

metrics_of(name) := [metric |
	some metric in input.evidence.metrics
	metric.metric == name
]

cleared(threshold) if {
	object.keys(threshold) == {"metric", "min"}
	[metric] := metrics_of(threshold.metric)
	metric.verdict == "Pass"
	fraction(metric.lower) >= fraction(threshold.min)
}

cleared(threshold) if {
	object.keys(threshold) == {"metric", "max"}
	[metric] := metrics_of(threshold.metric)
	metric.verdict == "Pass"
	fraction(metric.upper) <= fraction(threshold.max)
}

# A metric that was judged and did not pass counts, whether or not its threshold was handed over.
reasons contains reason if {
	some metric in input.evidence.metrics
	not passed_or_only_reported(metric)
	reason := {
		"code": "MetricNotPassed",
		"message": sprintf("The metric %v did not pass: release only a candidate whose every judged metric passed.", [metric_name(metric)]),
	}
}

passed_or_only_reported(metric) if metric.verdict in {"Pass", "Reported"}

# Always defined: a reason whose sentence were undefined would be no reason.
metric_name(value) := value.metric if {
	value.metric
} else := "without a name"
