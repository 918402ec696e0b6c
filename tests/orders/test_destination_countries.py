import pytest

from shopkeeper.orders.errors import NoShipping, UnknownCountry
from shopkeeper.orders.service import destination_countries
from shopkeeper.utils.settings import read_settings


@pytest.fixture
def shop_ships_to(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(ship_to="IE,GB")
    monkeypatch.setattr(destination_countries, "get_settings", lambda: settings)


@pytest.mark.usefixtures("shop_ships_to")
def test_the_shop_ships_only_where_it_says() -> None:
    assert destination_countries.resolve_location("Eire").code == "IE"

    with pytest.raises(NoShipping, match="does not ship to France") as refused:
        destination_countries.resolve_location("FR")

    assert refused.value.members["ships_to"] == ["Ireland", "United Kingdom"]
    assert refused.value.members["errors"][0]["pointer"] == "/location"


def test_nothing_like_a_country_has_no_suggestions() -> None:
    with pytest.raises(UnknownCountry, match=r"'Xqzw' is not a country$") as refused:
        destination_countries.resolve_location("Xqzw")

    assert refused.value.members["suggestions"] == []
