"""Headers of ours: whole, and in one line each."""

import pytest

from shopkeeper.web.headers import make_headers


def test_they_are_what_they_were_made_of() -> None:
    headers = make_headers({"ETag": '"1"', "Location": "/orders/1"})

    assert headers.to_wsgi_list() == [("ETag", '"1"'), ("Location", "/orders/1")]


@pytest.mark.parametrize("value", ["/a\r\nSet-Cookie: b=c", "/a\nb", "/a\rb"])
def test_none_has_a_line_break_in_it(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        make_headers({"Location": value})
