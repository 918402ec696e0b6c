"""A proxy that loses every answer."""

import socket
import threading


class LosingProxy:
    """Passes requests on, and loses the answers: the client sees a hang-up."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.lost: dict[bytes, bytes] = {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            request = b""
            while not is_whole(request):
                block = client.recv(65536)
                if not block:
                    return
                request += block
            server.sendall(request)
            answer = b""
            while block := server.recv(65536):
                answer += block
            key = request.lower().partition(b"idempotency-key: ")[2].split(b"\r\n")[0]
            self.lost[key] = answer.partition(b"\r\n\r\n")[2]

    def close(self) -> None:
        self.listener.close()
        self.thread.join(1)


def is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    return bool(end) and len(body) >= int(length or 0)
