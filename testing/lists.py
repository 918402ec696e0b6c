"""Walking through lists as a client does."""

from typing import Any


def walk(client: Any, path: str) -> list[str]:
    """All names of a list, page by page, following its Link headers."""
    names: list[str] = []
    for _ in range(50):
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        names += [item["name"] for item in answer.json["items"]]
        link = answer.headers.get("Link")
        assert (link is None) == (answer.json["next_cursor"] is None)
        if link is None:
            return names
        path = link.removeprefix("<").removesuffix('>; rel="next"')
    raise AssertionError("the list does not end")
