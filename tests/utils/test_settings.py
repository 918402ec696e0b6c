from pathlib import Path

import pytest

from shopkeeper.utils.settings import (
    EXAMPLE_PASSWORD,
    EXAMPLE_SECRET,
    SettingsError,
    read_settings,
)

SECRET = "x" * 32


@pytest.mark.parametrize(
    ("override", "names"),
    [
        ({"port": 0}, "PORT"),
        ({"port": "many"}, "PORT"),
        ({"workers": 0}, "WORKERS"),
        ({"currency": "DUCATS"}, "CURRENCY"),
        ({"currency": "XXX"}, "CURRENCY.*no money"),
        ({"currency": "xts"}, "CURRENCY.*no money"),
        ({"ship_to": "IE,Irelnd"}, "SHIP_TO.*Ireland"),
        ({"ship_to": "IE,Narnia"}, "SHIP_TO"),
        ({"log_level": "LOUD"}, "LOG_LEVEL"),
        ({"migration_database_url": "postgresql://o@h/x"}, "MIGRATION_DATABASE_URL"),
        ({"database_url": "mysql://x"}, "DATABASE_URL"),
        ({"database_url": "postgresql://u@127.0.0.1:port/x"}, "DATABASE_URL"),
        ({"jwt_secret_key": "short"}, "JWT_SECRET_KEY"),
        ({"password_hash_cost": 4}, "PASSWORD_HASH_COST"),
    ],
)
def test_a_wrong_value_is_named(override: dict[str, object], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        read_settings(**override)


def test_a_database_needs_a_secret_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_SECRET_KEY", raising=False)

    with pytest.raises(SettingsError, match="JWT_SECRET_KEY is required"):
        read_settings(database_url="postgresql://localhost/shop")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_usual_scheme_will_do(scheme: str) -> None:
    settings = read_settings(
        database_url=f"{scheme}://u:p@h/d?sslmode=require", jwt_secret_key=SECRET
    )

    assert settings.database_url == "postgresql+psycopg://u:p@h/d?sslmode=require"


def test_lists_are_separated_by_commas() -> None:
    settings = read_settings(ship_to="ie, GB,", cors_origins="https://a.example")

    assert settings.ship_to == ("IE", "GB")
    assert settings.cors_origins == ("https://a.example",)


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("SHIP_TO", "")

    settings = read_settings()

    assert settings.database_url is None
    assert settings.ship_to == ()


def test_a_level_in_any_case() -> None:
    assert read_settings(log_level="debug").log_level == "DEBUG"


def test_the_example_explains_every_setting() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()

    for name in type(read_settings()).model_fields:
        assert f"{name.upper()}=" in example, name


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "shop.example"])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("jwt_secret_key", EXAMPLE_SECRET),
        ("database_url", f"postgresql://shopkeeper:{EXAMPLE_PASSWORD}@db/shop"),
        (
            "migration_database_url",
            f"postgresql://shopkeeper:{EXAMPLE_PASSWORD}@db/shop",
        ),
    ],
)
def test_what_everybody_knows_is_refused_where_others_can_reach_it(
    host: str, setting: str, value: str
) -> None:
    others = {}
    if setting != "jwt_secret_key":
        others = {"jwt_secret_key": "k" * 40, "database_url": "postgresql://s@db/shop"}

    with pytest.raises(SettingsError, match=f"{setting.upper()}.*everybody knows"):
        read_settings(host=host, **{**others, setting: value})


def test_a_key_of_before_is_not_the_examples_either() -> None:
    with pytest.raises(SettingsError, match=r"PREVIOUS_SECRET_KEYS.*everybody knows"):
        read_settings(
            host="0.0.0.0", jwt_previous_secret_keys=EXAMPLE_SECRET
        )  # Refused.


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_on_loopback_the_examples_may_be_tried(host: str) -> None:
    settings = read_settings(host=host, jwt_secret_key=EXAMPLE_SECRET)

    assert settings.host == host


@pytest.mark.parametrize(
    "origins",
    [
        "https://*.shop.example",
        "https://shop.example/",
        "shop.example",
        "null",
        "*,https://shop.example",
        "https://shop.example:port",
    ],
)
def test_what_is_no_whole_origin_stops_the_start(origins: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        read_settings(cors_origins=origins)


def test_all_origins_or_whole_ones_are_taken() -> None:
    assert read_settings(cors_origins="*").cors_origins == ("*",)
    assert read_settings(cors_origins="http://localhost:3000,https://[::1]:8443")


def test_a_secret_is_read_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JWT_SECRET_KEY")
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")

    settings = read_settings(jwt_secret_key_file=file)

    assert settings.jwt_secret_key is not None
    assert settings.jwt_secret_key.get_secret_value() == SECRET


def test_a_secret_that_is_set_twice_or_cannot_be_read_stops_the_start(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secret"
    with pytest.raises(SettingsError, match=r"STRIPE_API_KEY_FILE: .* cannot be read"):
        read_settings(stripe_api_key_file=file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="no text"):
        read_settings(stripe_api_key_file=file)
    with pytest.raises(SettingsError, match="both set"):
        read_settings(stripe_api_key_file=file, stripe_api_key="sk")


def test_previous_keys_are_as_long_as_present_ones() -> None:
    settings = read_settings(jwt_previous_secret_keys=f"{SECRET}, {SECRET}y")

    assert len(settings.jwt_previous_secret_keys) == 2
    with pytest.raises(SettingsError, match=r"JWT_PREVIOUS_SECRET_KEYS.*32 bytes"):
        read_settings(jwt_previous_secret_keys="short")


def test_ship_to_understands_what_an_address_does() -> None:
    settings = read_settings(ship_to="ie, Österreich, Republic of Kosovo, deu")

    assert settings.ship_to == ("IE", "AT", "XK", "DE")
