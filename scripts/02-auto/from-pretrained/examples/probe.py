"""先问适配器：local_files_only 管不到的一次询问 · The question about an adapter that local_files_only does not stop.

环境 Environment: pip install torch transformers==5.23.0 peft==0.21.2 safetensors
本机的一个服务器代替 Hub，记下被问到的文件 · A server on this machine stands for the Hub and notes what it is asked.
"""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

asked = []


class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self):
        asked.append(self.path.rpartition("/")[2])
        self.send_response(404)
        self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}

from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM  # after the environment is set

commit, home = "0" * 40, Path("cache/models--course--tiny")
small = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
LlamaForCausalLM(LlamaConfig(num_attention_heads=2, **small)).save_pretrained(home / "snapshots" / commit)
(home / "refs").mkdir()
(home / "refs/main").write_text(commit)  # now course/tiny lies in the cache as if it had been downloaded


def questions(**options):
    asked.clear()
    AutoModelForCausalLM.from_pretrained("course/tiny", cache_dir="cache", local_files_only=True, **options)
    return asked.count("adapter_config.json")


here = {"cache_dir": "cache", "local_files_only": True}
print("adapter_kwargs repeats them: asked", questions(adapter_kwargs=here), "times")
print("without adapter_kwargs:      asked", questions(), "time")
server.shutdown()
