"""The AdapterRelease reconciler."""
