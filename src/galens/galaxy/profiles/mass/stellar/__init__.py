"""Mass that follows light: a mass-to-light ratio times the formula of a light profile."""
