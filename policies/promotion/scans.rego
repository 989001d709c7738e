# Is it shown that no PHI went into the adapter, and none came out of its training?
package preceptor.promotion

provenance_verified if {
	input.provenance.present == true
	input.provenance.verified == true
}

reasons contains reason if {
	not provenance_verified
	reason := {
		"code": "ProvenanceNotVerified",
		"message": "The adapter has no signed provenance that verifies: release an adapter that a FineTuneRun sealed.",
	}
}

scan_targets := {"dataset", "outputs"}

scan_clean(target) if {
	scans := [scan | some scan in input.provenance.scans; scan.target == target]
	count(scans) > 0
	every scan in scans { scan.verdict == "pass" }
}

reasons contains reason if {
	some target in scan_targets
	not scan_clean(target)
	reason := {
		"code": "ScanNotClean",
		"message": sprintf("No signed PHI scan says that the %s of the training are clean: scan them, and train again on clean data.", [target]),
	}
}
