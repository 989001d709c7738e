"""The demo: an installation on a real cluster, and five claims about it that are each checked."""
