"""一个四十行的 Hub：看清每次下载问了什么、存了什么 · A Hub in forty lines: what a download asks and keeps.

环境 Environment: pip install huggingface_hub transformers==5.23.0 torch
"""

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OLD, NEW = "a" * 40, "b" * 40  # two commits: the second changes config.json only
HELD = {
    OLD: {"config.json": b'{"version": 1}', "model.safetensors": bytes(50_000)},
    NEW: {"config.json": b'{"version": 2}', "model.safetensors": bytes(50_000)},
}
branch, asked = {"main": OLD}, []


class Hub(BaseHTTPRequestHandler):
    def answer(self, body):
        if "/resolve/" not in self.path:
            return self.send_error(404)
        revision, name = self.path.split("/resolve/")[1].split("/")
        asked.append(f"{self.command} {name}")
        commit = branch.get(revision, revision)
        content = HELD[commit][name]
        self.send_response(200)
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
here = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
os.environ.update(here, HF_HUB_CACHE="cache", HF_HUB_DISABLE_XET="1")
from huggingface_hub import hf_hub_download  # noqa: E402  read the settings when imported


def fetch(what, name="config.json", **options):
    asked.clear()
    path = Path(hf_hub_download("you/tiny", name, **options))
    print(f"{what:28} {asked or 'nothing asked'} -> {path.parent.name[:4]}… {path.read_bytes()[:14]!r}")


fetch("first time")
fetch("second time")
fetch("the weights", "model.safetensors")
branch["main"] = NEW
fetch("main has moved")
fetch("its weights", "model.safetensors")
fetch("the old commit, by its hash", revision=OLD)
fetch("local_files_only", local_files_only=True)
fetch("force_download", force_download=True)

folder = Path("cache/models--you--tiny")
print("refs/main:", (folder / "refs/main").read_text()[:4] + "…", "· blobs:", len(list((folder / "blobs").iterdir())))
for snapshot in sorted((folder / "snapshots").iterdir()):
    for path in sorted(snapshot.iterdir()):
        print("   ", snapshot.name[:4] + "…", path.name, "->", os.readlink(path)[:18] + "…")
