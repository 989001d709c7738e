"""The Kubernetes operator: gather, decide, apply."""
