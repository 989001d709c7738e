# Did the candidate fail another examination? What failed does not pass by being asked something easier.
package preceptor.promotion

# The list of them is whole only if it holds the one that the release rests on.
examinations_known if {
	is_array(input.examinations)
	some own in input.examinations
	own.digest == input.evidence.digest
	own.verdict == "pass"
}

reasons contains reason if {
	not examinations_known
	reason := {
		"code": "ExaminationsMissing",
		"message": "The signed examinations of the candidate are not at hand, or the one that the release rests on is not among them: run the EvalGate again.",
	}
}

reasons contains reason if {
	some examination in input.examinations
	not stands_against_nothing(examination)
	reason := {
		"code": "ExaminationFailed",
		"message": sprintf("EvalGate %v failed this candidate at %v: release another candidate, since one that failed is not to be asked until it passes.", [gate_of(examination), end_of(examination)]),
	}
}

# An inconclusive one shows neither.
stands_against_nothing(examination) if examination.verdict in {"pass", "inconclusive"}

# The profile says which suites count, and this one was over others.
stands_against_nothing(examination) if {
	is_array(profile.suites)
	count(profile.suites) > 0
	is_array(examination.suites)
	count(examination.suites) > 0
	every suite in examination.suites {
		digest_valid(suite)
		not suite in profile.suites
	}
}

# The profile lets a pass outweigh what failed before it.
stands_against_nothing(examination) if {
	profile.failedExaminations == "newer"
	time.parse_rfc3339_ns(examination.finishedAt) < time.parse_rfc3339_ns(input.evidence.finishedAt)
}

# Always defined: a reason whose sentence were undefined would be no reason.
gate_of(examination) := examination.gate if {
	examination.gate
} else := "without a name"

end_of(examination) := examination.finishedAt if {
	examination.finishedAt
} else := "an unknown time"
