"""Profiles that are light and mass in one: the families `lmp` and `lmp_linear`."""
