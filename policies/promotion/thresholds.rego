# Was the candidate examined at least as strictly as the profile demands?
package preceptor.promotion

reasons contains reason if {
	some metric, bound in profile.thresholds
	not demanded(metric, bound)
	reason := {
		"code": "ThresholdTooWeak",
		"message": sprintf("The profile demands a threshold on %s of %s or stricter: examine the candidate with an EvalGate that has it.", [metric, bound_text(bound)]),
	}
}

thresholds_of(metric) := [threshold |
	some threshold in input.evidence.thresholds
	threshold.metric == metric
]

demanded(metric, bound) if {
	[threshold] := thresholds_of(metric)
	to_number(threshold.min) >= to_number(bound.min)
}

demanded(metric, bound) if {
	[threshold] := thresholds_of(metric)
	to_number(threshold.max) <= to_number(bound.max)
}

bound_text(bound) := sprintf("at least %s", [bound.min])

bound_text(bound) := sprintf("at most %s", [bound.max])
