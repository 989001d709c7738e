package system.authz_test

import data.system.authz

test_decision_may_be_asked_for if {
	authz.allow with input as {"method": "POST", "path": ["v1", "data", "preceptor", "promotion", "decision"]}
}

test_health_may_be_read if authz.allow with input as {"method": "GET", "path": ["health"]}

test_nothing_may_be_written_or_read_beside_it if {
	every question in [
		{"method": "PUT", "path": ["v1", "data", "preceptor", "profiles"]},
		{"method": "PATCH", "path": ["v1", "data"]},
		{"method": "PUT", "path": ["v1", "data", "preceptor", "promotion", "decision"]},
		{"method": "PUT", "path": ["health"]},
		{"method": "PUT", "path": ["v1", "policies", "x"]},
		{"method": "DELETE", "path": ["v1", "policies", "x"]},
		{"method": "GET", "path": ["v1", "policies"]},
		{"method": "GET", "path": ["v1", "config"]},
		{"method": "POST", "path": ["v1", "query"]},
		{"method": "POST", "path": ["v1", "data"]},
		{"method": "GET", "path": []},
	] {
		not authz.allow with input as question
	}
}
