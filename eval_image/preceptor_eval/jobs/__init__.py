"""The Jobs that run in the evaluation image, one module a kind, each with ``run(job) -> Result``."""
