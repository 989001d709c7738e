"""Models of a Hugging Face hub, copied once and from then on known by the digest of their manifest."""

from preceptor_eval.hub.fetch import fetch

__all__ = ["fetch"]
