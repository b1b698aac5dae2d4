"""The YAML language server that editors run, spoken to as an editor does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVER = Path("node_modules/yaml-language-server/bin/yaml-language-server")


class LanguageServer:
    """A server that holds every document to one schema."""

    def __init__(self, program: Path, schema: Path) -> None:
        command = ["node", str(program), "--stdio"]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": sys.stderr}
        self._process = subprocess.Popen(command, **streams)
        self._settings = {
            "validate": True,
            "hover": True,
            "completion": True,
            "schemaStore": {"enable": False},
            "schemas": {schema.as_uri(): ["*.declinit.yaml"]},
        }
        self._asked = 0
        self._opened = 0
        self._findings: dict[str, list[Any]] = {}
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": self._settings}})
        # It answers at once, with nothing while it has not read its settings.
        assert any("declinit" in self.labels("|") for _ in range(100))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def labels(self, text: str) -> list[str]:
        """What is offered at the `|` of a text, in the order of the list."""
        found = self._at("textDocument/completion", text)
        items = found if isinstance(found, list) else (found or {}).get("items", [])
        return [item["label"] for item in sorted(items, key=lambda one: one.get("sortText", ""))]

    def hover(self, text: str) -> str:
        """What is shown of the word at the `|` of a text."""
        found = self._at("textDocument/hover", text)
        return found["contents"]["value"] if found else ""

    def findings(self, text: str) -> list[tuple[str, str]]:
        """What is underlined in a text, and what is said of it."""
        uri = self._open(text)
        while uri not in self._findings:
            self._read()
        lines = text.splitlines()
        return [
            (lines[at["start"]["line"]][at["start"]["character"] : at["end"]["character"]], message)
            for at, message in ((one["range"], one["message"]) for one in self._findings[uri])
        ]

    def _at(self, method: str, text: str) -> Any:
        before, _, after = text.partition("|")
        uri = self._open(before + after)
        lines = before.split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": position})

    def _open(self, text: str) -> str:
        self._opened += 1
        uri = f"file:///work/{self._opened}.declinit.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _ask(self, method: str, parameters: Any) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": parameters})
        while True:
            message = self._read()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _tell(self, method: str, parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Any) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._process.stdin.flush()

    def _read(self) -> Any:
        """The next message of the server, answered if it is a question."""
        length = 0
        while (line := self._process.stdout.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the server has ended"
        message = json.loads(self._process.stdout.read(length))
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self._findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "workspace/configuration":
            asked = [one["section"] for one in message["params"]["items"]]
            answers = [self._settings if section == "yaml" else {} for section in asked]
            self._send({"id": message["id"], "result": answers})
        elif method and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message


CAPABILITIES = {
    "textDocument": {
        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
    "workspace": {"configuration": True, "didChangeConfiguration": {}},
}
