# Were the bounds computed at the confidence that the profile demands? At a lower one they are narrower.
package preceptor.promotion

confident if {
	confidence := fraction(input.evidence.confidence)
	confidence >= fraction(profile.confidence)
	confidence < 1
}

# Always defined: a reason whose sentence were undefined would be no reason.
default demanded_confidence := "the profile's"

demanded_confidence := profile.confidence

reasons contains reason if {
	not confident
	reason := {
		"code": "ConfidenceTooLow",
		"message": sprintf("The profile demands bounds at a confidence of at least %v: examine the candidate with an EvalGate that has it.", [demanded_confidence]),
	}
}
