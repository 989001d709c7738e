"""Real Kubernetes on a bare machine, and the demo that runs on it."""
