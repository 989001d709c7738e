# May this candidate go on? Every file beside this one adds its reasons against; none left means yes.
# Each rule states what must hold and objects unless it does, so that a missing or malformed field is an objection.
package preceptor.promotion

default decision := {
	"allow": false,
	"phase": "",
	"revision": "",
	"approvalsNeeded": 0,
	"reasons": [{"code": "InputMissing", "message": "The policy was asked without an input document."}],
}

decision := {
	"allow": allow,
	"phase": object.get(input, "phase", ""),
	"revision": revision,
	"approvalsNeeded": approvals_wanted,
	"reasons": sort(reasons),
}

default allow := false

allow if count(reasons) == 0

phase_known if input.phase in {"request", "release"}

reasons contains reason if {
	not phase_known
	reason := {
		"code": "PhaseUnknown",
		"message": "The question names no known phase: ask for phase request or release.",
	}
}
