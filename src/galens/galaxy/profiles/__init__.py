"""Profiles of light: a file a family, a class a profile."""
