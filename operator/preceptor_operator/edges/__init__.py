"""Clients of what lies outside the API server: OPA, audit, gateways, signing."""
