"""LoRA fine-tuning that can be repeated, run as a Job."""

__version__ = "0.1.0"
