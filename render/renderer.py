"""manim's cairo renderer, writing a whole scene into one held video instead of a file per animation.

Subclasses of manim's public classes; manim itself stays as it is. The picture is the same: cairo draws what it
draws in plain `manim`.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from manim import Camera, Scene
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter

from render.camera import KeptCamera
from render.forms import FORMS, Form
from render.held import HeldVideo
from render.quality import Quality


class OneVideoRenderer(CairoRenderer):
    """Draws a scene into one file. A scene that brings a camera of its own (to zoom, in 3D) keeps it."""

    camera: Any

    def play(self, scene: Scene, *arguments: Any, **options: Any) -> None:
        super().play(scene, *arguments, **options)
        if isinstance(self.camera, KeptCamera):
            self.camera.forget()

    def get_frame(self) -> Any:
        return self.camera.take() if isinstance(self.camera, KeptCamera) else super().get_frame()


def renderer(kind: type[Scene], video: Path, chosen: Quality, held: bool, form: Form = FORMS["h264"]) -> CairoRenderer:
    """A renderer for one scene of this class that writes its frames to `video`."""
    camera = inspect.signature(kind).parameters["camera_class"].default
    return OneVideoRenderer(
        file_writer_class=writer(video, chosen, held, form), camera_class=KeptCamera if camera is Camera else camera
    )


def writer(path: Path, chosen: Quality, held: bool, form: Form) -> type[SceneFileWriter]:
    """A file writer for one scene. manim constructs it, so where it writes is part of its class."""

    class OneVideo(SceneFileWriter):
        """All animations of a scene in one file; each section starts on a key frame."""

        def __init__(self, settings: Any) -> None:
            self.video: HeldVideo | None = None
            super().__init__(settings)

        def next_section(self, name: str, type_: str, skip_animations: bool) -> None:
            super().next_section(name, type_, skip_animations)
            if self.video:
                self.video.key()

        def open_partial_movie_stream(self, *, animation_index: int, file_path: Any = None) -> None:
            self.video = self.video or HeldVideo(path, chosen, held, form=form)

        def close_partial_movie_stream(self) -> None:
            """The next animation goes on in the same file."""

        def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
            assert self.video is not None
            self.video.write(pixels, repeat)

        def abort_encode_jobs(self, reraise_encoder_failures: bool = False) -> None:
            if self.video:
                self.video.abort()

        def finish(self) -> None:
            if self.video:
                self.video.close()
            self.final_file_path = path

    return OneVideo
