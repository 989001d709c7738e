# Who may ask this OPA what? Whoever reaches it: the decision and its health, and nothing may be written.
package system.authz

default allow := false

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "preceptor", "promotion", "decision"]
}

allow if {
	input.method == "GET"
	input.path[0] in {"health", "metrics"}
}
