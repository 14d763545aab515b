"""A tiny course: one lecture of two scenes, drawn in seconds."""
