"""Contracts that every part of Preceptor shares."""

__version__ = "0.1.0"
