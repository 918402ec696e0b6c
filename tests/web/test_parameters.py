"""What a view takes is there to be given, or the shop does not start."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from shopkeeper.catalogue.schemas.categories import Category
from shopkeeper.web.application import make_shop
from shopkeeper.web.operation import Access, Api


def test_a_parameter_that_nothing_provides_stops_the_start(
    shared_engine: Engine,
) -> None:
    api = Api("odd", "/odd", tag="Odd")

    @api.operation("GET", "/<id:number>", access=Access.OPEN)
    def show_odd(session: Session, number: int, sesion: Session) -> None:
        raise NotImplementedError(session, number, sesion)

    with pytest.raises(TypeError, match="show_odd takes sesion, which nothing"):
        make_shop(shared_engine, [api], lambda _: {})


def test_a_prefetch_takes_less_and_stops_what_declares_it() -> None:
    api = Api("odd", "/odd", tag="Odd")

    def _ask(batch: object, caller: object) -> None:
        raise NotImplementedError(batch, caller)

    with pytest.raises(TypeError, match="_ask takes caller, which is unknown"):

        @api.operation("GET", "", access=Access.OPEN, prefetch=_ask)
        def show_odd(prefetched: object) -> None:
            raise NotImplementedError(prefetched)


def test_what_is_kept_for_retries_says_what_its_id_names() -> None:
    api = Api("odd", "/odd", tag="Odd")

    with pytest.raises(TypeError, match="add_odd: which model is its answer's id of"):

        @api.operation("POST", "", access=Access.CUSTOMER)
        def add_odd() -> Category:
            raise NotImplementedError
