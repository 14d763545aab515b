"""push_to_hub 发出了什么：在本机接住它 · What push_to_hub sends: caught on this machine.

环境 Environment: pip install torch transformers==5.23.0
"""

import base64
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

held, log = {}, []


class Hub(BaseHTTPRequestHandler):
    """As much of the Hub as an upload of small files needs."""

    def reply(self, content):
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        last = self.path.split("?")[0].split("/api/")[-1]
        if last == "repos/create":
            asked = json.loads(body)
            log.append(f"create {sorted(asked.items())}, token: {self.headers['authorization'][:12]}…")
            self.reply({"url": f"http://{self.headers['Host']}/me/tiny", "id": "me/tiny", "name": "me/tiny"})
        elif "preupload" in last:
            files = json.loads(body)["files"]
            log.append(f"ask how to send {len(files)} files")
            plain = {"uploadMode": "regular", "shouldIgnore": False}
            self.reply({"files": [{"path": file["path"], **plain} for file in files]})
        elif "commit" in last:
            lines = [json.loads(line) for line in body.splitlines()]
            names = []
            for line in lines[1:]:
                held[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                names.append(line["value"]["path"])
            log.append(f"commit {lines[0]['value']['summary']!r}: {sorted(names)}")
            self.reply({"commitOid": "c" * 40, "commitUrl": f"http://{self.headers['Host']}/me/tiny/commit/c"})
        else:
            self.reply({})

    def do_GET(self):
        self.send_error(404)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ.update(HF_ENDPOINT=f"http://127.0.0.1:{server.server_port}", HF_HUB_OFFLINE="0", NO_PROXY="127.0.0.1",
                  HF_HUB_DISABLE_XET="1", HF_TOKEN="hf_secret")
from transformers import BertConfig, BertForSequenceClassification  # noqa: E402  settings are read when imported

labels = {"id2label": {0: "bad", 1: "good"}, "label2id": {"bad": 0, "good": 1}}
config = BertConfig(vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2)
config.id2label, config.label2id = labels["id2label"], labels["label2id"]
BertForSequenceClassification(config).push_to_hub("me/tiny", private=True, commit_message="First version")
print("\n".join(log))
print("the server has", {name: len(content) > 0 for name, content in sorted(held.items())})
