"""The error all rooms share, and what a failing disk says."""

import errno
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class CourseError(Exception):
    """One line for a person: what is wrong, where (file, line, beat), and what to do."""


class StoreError(CourseError):
    """The store cannot be written or read."""


def disk_error(error: BaseException | None, root: Path) -> StoreError | None:
    """The one line for a full or read-only disk found anywhere in the chain of `error`, else None.

    "Permission denied" counts only for a path below `root`: elsewhere it is another fault.
    """
    for _ in range(10):  # a chain may be a ring
        if isinstance(error, OSError):
            if error.errno in FULL:
                return StoreError(f"disk full: cannot write to {root}; free space or point LECTURE_STORE elsewhere")
            if error.errno == errno.EROFS or (error.errno in READ_ONLY and within(error.filename, root)):
                where = "point LECTURE_STORE to a writable folder"
                return StoreError(f"cannot write to {root}: {error.strerror}; {where}")
        error = error and (error.__cause__ or error.__context__)
    return None


def within(name: object, root: Path) -> bool:
    """Whether the file an `OSError` names lies in `root`, or is a parent of it that `mkdir` stumbled over."""
    if not isinstance(name, str | bytes):
        return False
    path = Path(name.decode(errors="replace") if isinstance(name, bytes) else name).absolute()
    return path.is_relative_to(root) or root.is_relative_to(path)
