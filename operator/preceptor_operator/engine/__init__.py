"""What runs the reconcilers: watching, queueing, writing, electing."""
