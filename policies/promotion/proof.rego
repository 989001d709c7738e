# Was the training shown to be repeatable, where the profile asks for that?
package preceptor.promotion

default proof_wanted := true

# What is no false counts as wanted.
proof_wanted := false if profile.proof == false

proof_wanted := false if {
	profile
	not "proof" in object.keys(profile)
}

proof_given if input.provenance.repeated == true

reasons contains reason if {
	proof_wanted
	not proof_given
	reason := {
		"code": "NotReproducible",
		"message": "The profile asks for a training that was shown to be repeatable: set spec.proof in a new FineTuneRun.",
	}
}
