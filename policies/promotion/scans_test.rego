package preceptor.promotion_test

test_adapter_without_verified_provenance_is_denied if {
	codes(set_to("/provenance/present", false)) == {"ProvenanceNotVerified"}
	codes(set_to("/provenance/verified", false)) == {"ProvenanceNotVerified"}
	codes(without("/provenance/verified")) == {"ProvenanceNotVerified"}
}

test_scan_that_is_missing_or_not_clean_is_denied if {
	codes(without("/provenance/scans/0")) == {"ScanNotClean"}
	codes(without("/provenance/scans/1")) == {"ScanNotClean"}
	codes(set_to("/provenance/scans/1/verdict", "fail")) == {"ScanNotClean"}
	codes(set_to("/provenance/scans/1/verdict", null)) == {"ScanNotClean"}
}

test_clean_scan_does_not_hide_another_with_findings if {
	codes([{"op": "add", "path": "/provenance/scans/-", "value": {"target": "dataset", "verdict": "fail"}}]) == {"ScanNotClean"}
}

test_scan_without_a_verdict_does_not_hide_behind_another if {
	codes([{"op": "add", "path": "/provenance/scans/-", "value": {"target": "dataset"}}]) == {"ScanNotClean"}
}
