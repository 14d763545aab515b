"""Watch a lecture while it is being written: what is saved is seen in the draft a moment later.

Words, labels and traces are read anew by warm workers; when source code changed, the workers start anew.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Sequence
from pathlib import Path

from render.building import filling, shown
from render.graph import Where, build
from render.plan import forget, plan
from render.publish import BUILD, place
from render.show import Show
from render.workers import Workers
from scenes.look import Look
from scripts.course import load_course
from store import CourseError, Store
from store.entries import REPOSITORY

DRAFT = "l"
SETTLED = 0.3  # seconds without a change before a draft is made: editors write a file in several steps
WATCHED = {".py", ".md", ".yaml", ".json", ".safetensors", ".wav"}


def preview(lecture: str, languages: Sequence[str], voice: str, where: Where, look: Look | None = None) -> None:
    """Make drafts below build/drafts, again after each change, until interrupted."""
    load_course().lecture(lecture)
    changes = Changes()
    while True:
        with Workers(where.jobs, where.scheduler, Store()) as workers:
            while True:
                refresh(lecture, languages, voice, where, workers, look)
                print("watching; Ctrl-C ends", flush=True)
                paths = changes.wait()
                print(f"\nchanged  {', '.join(str(path) for path in paths)}", flush=True)
                if any(path.suffix == ".py" for path in paths):
                    break


def refresh(
    lecture: str, languages: Sequence[str], voice: str, where: Where, workers: Workers, look: Look | None = None
) -> None:
    """Make the drafts that are out of date; what is wrong is told, and the watch goes on."""
    forget()
    started = time.monotonic()
    have: dict[str, Path] = {}
    try:
        plans = filling(
            lambda parts: [plan(lecture, language, DRAFT, voice, split=parts, look=look) for language in languages],
            Store(),
            where,
            have,
        )
        folders = build([each.stitched for each in plans], Store(), Show(), workers=workers, have=have)
        for each in plans:
            target = BUILD / "drafts" / f"{lecture}.{each.lecture.language}{each.look.suffix}.mp4"
            place(folders[each.stitched.name] / "lecture.mp4", target)
            print(f"draft    {shown(target)}  {time.monotonic() - started:.1f} s")
    except CourseError as error:
        for line in str(error).splitlines():
            print(f"error: {line}")


class Changes:
    """Files of the repository that were saved, as the operating system tells."""

    def __init__(self) -> None:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        saved: queue.Queue[Path] = queue.Queue()

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type in ("created", "modified", "moved", "deleted"):
                    for name in (event.src_path, event.dest_path):
                        path = Path(os.fsdecode(name)) if name else Path()
                        if path.suffix in WATCHED and not path.name.startswith("."):
                            saved.put(path)

        self._saved = saved
        observer = Observer()
        observer.daemon = True
        for room in self._folders():
            observer.schedule(Handler(), str(room), recursive=True)
        observer.start()

    def wait(self) -> list[Path]:
        """The files of the next change, once it has settled."""
        found = {self._saved.get()}
        try:
            while True:
                found.add(self._saved.get(timeout=SETTLED))
        except queue.Empty:
            return sorted(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path for path in found)

    def _folders(self) -> list[Path]:
        rooms = [REPOSITORY / room for room in ("scripts", "scenes", "voice", "data_capture/traces")]
        if own := os.environ.get("LECTURE_TRACES"):
            rooms.append(Path(own))
        return [room for room in rooms if room.is_dir()]
