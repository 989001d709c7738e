"""The FineTuneRun reconciler."""
