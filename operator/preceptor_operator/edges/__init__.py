"""Clients of what lies outside the operator: API server, OPA, audit, gateways, signing."""
