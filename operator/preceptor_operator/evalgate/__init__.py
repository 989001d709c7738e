"""The EvalGate reconciler."""
