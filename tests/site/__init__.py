"""The site in a real browser, on a tiny course with a made video."""
