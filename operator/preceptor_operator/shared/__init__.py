"""Pure pieces that all three reconcilers use."""
