"""查看与清理缓存 · Looking at a cache and cleaning it.

环境 Environment: pip install huggingface_hub transformers==5.23.0 torch
缓存是当场搭建的，真实的缓存只是更大 · The cache is built on the spot; a real one is only larger.
"""

import hashlib
import os
from pathlib import Path

from huggingface_hub import scan_cache_dir

home = Path("cache").resolve()


def store(repo, commit, files):
    """What a download leaves: blobs named by content, a snapshot of links."""
    folder = home / f"models--{repo.replace('/', '--')}"
    for part in ("blobs", "refs", f"snapshots/{commit}"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        blob = folder / "blobs" / hashlib.sha256(content).hexdigest()
        blob.write_bytes(content)
        os.symlink(os.path.relpath(blob, folder / "snapshots" / commit), folder / "snapshots" / commit / name)
    (folder / "refs/main").write_text(commit)


weights = b"w" * 3_000_000
store("you/tiny", "1" * 40, {"config.json": b"one", "model.safetensors": weights})
store("you/tiny", "2" * 40, {"config.json": b"two", "model.safetensors": weights})
store("you/other", "3" * 40, {"config.json": b"three", "model.safetensors": b"o" * 1_000_000})


def show(title):
    report = scan_cache_dir(home)
    print(f"{title}: {report.size_on_disk_str} in {len(report.repos)} repositories")
    for repo in sorted(report.repos, key=lambda each: each.repo_id):
        for revision in sorted(repo.revisions, key=lambda each: each.commit_hash):
            held = sorted(file.file_name for file in revision.files)
            print(f"    {repo.repo_id:10} {revision.commit_hash[:4]} refs {sorted(revision.refs)} {held}")
    return report


report = show("before")
per_snapshot = sum(revision.size_on_disk for repo in report.repos for revision in repo.revisions)
once = report.size_on_disk
print(f"each snapshot by itself: {per_snapshot / 1e6:.1f} MB, shared blobs counted once: {once / 1e6:.1f} MB")

plan = report.delete_revisions("1" * 40)
print("deleting the old revision would free", plan.expected_freed_size, "bytes: its weights are still in use")
detached = [rev.commit_hash for repo in report.repos for rev in repo.revisions if not rev.refs]
print("revisions without a name:", [commit[:4] for commit in detached])
report.delete_revisions(*detached, "3" * 40).execute()
show("after")

print("followed as files, a copy of the cache would take",
      f"{sum(path.stat().st_size for path in home.rglob('*') if path.is_file()) / 1e6:.1f} MB")
