import json

import pytest

from shopkeeper.utils.observability import _as_json


@pytest.mark.parametrize("odd", ["half \ud800", b"\xff", object])
def test_whatever_is_logged_is_one_line_of_json(odd: object) -> None:
    line = _as_json({"event": "odd", "value": odd})

    assert "\n" not in line
    assert json.loads(line)["event"] == "odd"
