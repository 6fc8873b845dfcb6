"""Searches: adapters of samplers behind one protocol."""
