"""Results by content hash, and the error all rooms share."""


class CourseError(Exception):
    """One line for a person: what is wrong, where (file, line, beat), and what to do."""
