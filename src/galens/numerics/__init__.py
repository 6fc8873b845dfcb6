"""Numerical methods: pure functions of arrays that know no other room. Import each from its own file."""
