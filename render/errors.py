"""The error of this room."""

from store import CourseError


class BuildError(CourseError):
    """A step that failed, or files that do not fit together: names step, scene and beat."""
