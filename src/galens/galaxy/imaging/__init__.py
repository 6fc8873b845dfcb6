"""Fits of imaging data."""
