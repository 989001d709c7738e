# Was the candidate examined at least as strictly as the profile demands?
package preceptor.promotion

reasons contains reason if {
	some metric, bound in profile.thresholds
	not demanded(metric, bound)
	reason := {
		"code": "ThresholdTooWeak",
		"message": sprintf("The profile demands a threshold on %v of %s or stricter: examine the candidate with an EvalGate that has it.", [metric, bound_text(bound)]),
	}
}

thresholds_of(metric) := [threshold |
	some threshold in input.evidence.thresholds
	threshold.metric == metric
]

demanded(metric, bound) if {
	[threshold] := thresholds_of(metric)
	fraction(threshold.min) >= fraction(bound.min)
}

demanded(metric, bound) if {
	[threshold] := thresholds_of(metric)
	fraction(threshold.max) <= fraction(bound.max)
}

# Always defined: a reason whose sentence were undefined would be no reason.
bound_text(bound) := sprintf("at least %v", [bound.min]) if {
	bound.min
} else := sprintf("at most %v", [bound.max]) if {
	bound.max
} else := "a kind that it does not say"
