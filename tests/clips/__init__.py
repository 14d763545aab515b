"""Clips: films, pictures, slides, their manifest, and how they are made again."""
