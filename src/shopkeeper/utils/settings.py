"""Settings, read once from the environment and from `.env`."""

import os
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url

from shopkeeper.utils.setting_values import (
    MAKE_A_SECRET,
    Countries,
    Currency,
    DatabaseUrl,
    LongSecret,
    Origins,
    Series,
    TimeZoneName,
    is_loopback,
)

# Known to everybody who has read an .env.example of a version before 0.2.
EXAMPLE_SECRET = "change-me-this-example-is-known-to-everybody"  # noqa: S105
EXAMPLE_PASSWORD = "change-me-before-the-first-start"  # noqa: S105


def _home() -> Path:
    """Where .env and data/ are: the checkout, or else where we were started."""
    checkout = Path(__file__).parents[3]
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


class SettingsError(Exception):
    """A setting has a value the shop cannot start with; the message names it."""


# Stripe, "Supported currencies": the last of their decimals has to be 0.
THREE_DECIMAL = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


class Settings(BaseSettings):
    """Everything an operator can set. `.env.example` explains each."""

    model_config = SettingsConfigDict(
        env_file=_home() / ".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 5000
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default_factory=lambda: max(2, min(4, os.cpu_count() or 1))
    )
    threads: Annotated[int, Field(ge=8, le=1024)] = 256
    database_url: DatabaseUrl | None = None
    migration_database_url: DatabaseUrl | None = None
    data_dir: Path = Field(default_factory=lambda: _home() / "data")
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 12
    database_pool_timeout: Annotated[float, Field(gt=0, le=60)] = 5.0
    public_statement_seconds: Annotated[float, Field(gt=0, le=30)] = 2.0
    jwt_secret_key: LongSecret | None = None
    jwt_previous_secret_keys: Annotated[tuple[LongSecret, ...], NoDecode] = ()
    currency: Currency = "USD"
    ship_to: Countries = ()
    shop_name: Annotated[str, Field(min_length=1, max_length=120)] = "Shopkeeper"
    time_zone: TimeZoneName = "UTC"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    cors_origins: Origins = ()
    metrics_token: SecretStr | None = None
    public_stock: Literal["exact", "coarse"] = "exact"
    low_stock: Annotated[int, Field(ge=1, le=2**31 - 1)] = 5
    documentation: Literal["public", "off"] = "public"
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    body_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    upload_seconds: Annotated[int, Field(ge=1, le=86400)] = 600
    body_least_rate: Annotated[int, Field(ge=1)] = 2048
    registrations_per_hour: Annotated[int, Field(ge=1)] = 300
    logins_per_hour: Annotated[int, Field(ge=1)] = 300
    logins_kept: Annotated[int, Field(ge=1)] = 100
    orders_per_hour: Annotated[int, Field(ge=1)] = 1000
    declines_per_order: Annotated[int, Field(ge=1)] = 5
    declines_per_hour: Annotated[int, Field(ge=1)] = 20
    payments_at_once: Annotated[int, Field(ge=1)] = 10
    imports_waiting: Annotated[int, Field(ge=1)] = 10
    imports_at_once: Annotated[int, Field(ge=1, le=16)] = 3
    pending_order_days: Annotated[int, Field(ge=1, le=3650)] = 30
    audit_hours: Annotated[int, Field(ge=0, le=8760)] = 24
    import_max_bytes: Annotated[int, Field(ge=1024)] = 50 * 1024 * 1024
    import_max_rows: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    import_max_unpacked_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024 * 1024
    import_max_memory_bytes: Annotated[int, Field(ge=64 * 1024 * 1024)] = (
        512 * 1024 * 1024
    )
    import_max_seconds: Annotated[int, Field(ge=1)] = 600
    payment_gateway: Literal["invoice", "test", "stripe"] = "invoice"
    payment_timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    action_seconds: Annotated[int, Field(ge=60, le=86400)] = 900
    payment_return_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    reservation_seconds: Annotated[int, Field(ge=1, le=86400)] = 120
    refund_check_seconds: Annotated[int, Field(ge=1, le=2592000)] = 86400
    invoice_days: Annotated[int, Field(ge=0, le=3650)] = 14
    credit_limit: Annotated[Decimal, Field(ge=0)] | None = None
    invoice_series: Series = "INV-{year}"
    credit_note_series: Series = "CRN-{year}"
    price_drift: Literal["refuse", "honour"] = "refuse"
    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_api_base: str = "https://api.stripe.com"
    # Files that hold what would else stand in the environment.
    jwt_secret_key_file: Path | None = None
    jwt_previous_secret_keys_file: Path | None = None
    database_url_file: Path | None = None
    migration_database_url_file: Path | None = None
    stripe_api_key_file: Path | None = None
    stripe_webhook_secret_file: Path | None = None
    metrics_token_file: Path | None = None
    # For tests of crashes only.
    fault_points: Path | None = None
    password_hash_cost: Annotated[int, Field(ge=14, le=20)] = 17

    @model_validator(mode="before")
    @classmethod
    def treat_empty_as_unset(cls, values: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in values.items() if value != ""}

    @model_validator(mode="before")
    @classmethod
    def read_files(cls, values: dict[str, object]) -> dict[str, object]:
        """Take from its file what is not set itself; a line end is no part of it."""
        found = dict(values)
        for name in cls.model_fields:
            path = values.get(f"{name}_file")
            if not path:
                continue
            if values.get(name):
                raise ValueError(f"{name.upper()} and {name.upper()}_FILE are both set")
            try:
                found[name] = Path(str(path)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeError) as error:
                reason = getattr(error, "strerror", None) or "it is no text"
                raise ValueError(
                    f"{name.upper()}_FILE: {path} cannot be read ({reason})"
                ) from None
        return found

    @field_validator(
        "ship_to", "cors_origins", "jwt_previous_secret_keys", mode="before"
    )
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def take_level_in_any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def tell_the_series_apart(self) -> Self:
        if self.invoice_series == self.credit_note_series:
            raise ValueError("INVOICE_SERIES and CREDIT_NOTE_SERIES must differ")
        return self

    @property
    def public_connections(self) -> int:
        """Connections of each worker, beside the pool's, for what anybody may read."""
        return max(1, self.database_pool_size // 2)

    @model_validator(mode="after")
    def require_an_account_at_the_provider(self) -> Self:
        if self.payment_gateway == "stripe" and not self.stripe_api_key:
            raise ValueError(
                "STRIPE_API_KEY is required when PAYMENT_GATEWAY is stripe"
            )
        if self.payment_gateway == "stripe" and self.currency == "MGA":
            raise ValueError("PAYMENT_GATEWAY: Stripe takes whole units of MGA only")
        if self.payment_gateway == "stripe" and self.currency in THREE_DECIMAL:
            raise ValueError(
                f"PAYMENT_GATEWAY: Stripe takes two of the three decimals of"
                f" {self.currency} only"
            )
        return self

    @model_validator(mode="after")
    def refuse_what_everybody_knows(self) -> Self:
        """Only a shop that nobody else can reach may have the examples' secrets."""
        if is_loopback(self.host):
            return self
        secrets = {
            "JWT_SECRET_KEY": [self.jwt_secret_key],
            "JWT_PREVIOUS_SECRET_KEYS": self.jwt_previous_secret_keys,
        }
        for name, keys in secrets.items():
            if any(key and key.get_secret_value() == EXAMPLE_SECRET for key in keys):
                raise ValueError(
                    f"{name}: the example's is one that everybody knows; make one"
                    f" with: {MAKE_A_SECRET}"
                )
        for name in ("database_url", "migration_database_url"):
            url = getattr(self, name)
            if url is not None and make_url(url).password == EXAMPLE_PASSWORD:
                raise ValueError(
                    f"{name.upper()} has the example's password, which everybody"
                    " knows; give the database another (POSTGRES_PASSWORD in Docker"
                    " Compose)"
                )
        return self

    @model_validator(mode="after")
    def migrate_the_same_database(self) -> Self:
        if self.migration_database_url and not self.database_url:
            raise ValueError("MIGRATION_DATABASE_URL goes with DATABASE_URL")
        return self

    @model_validator(mode="after")
    def require_a_secret_beside_a_database(self) -> Self:
        if self.database_url and not self.jwt_secret_key:
            raise ValueError(
                "JWT_SECRET_KEY is required when DATABASE_URL is set; make one with:"
                f" {MAKE_A_SECRET}"
            )
        return self


def read_settings(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: If a value is wrong; the message names each such setting.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # Pydantic checks them.
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    sentences = []
    for fault in error.errors(include_url=False, include_input=False):
        message = fault["msg"].removeprefix("Value error, ")
        name = "_".join(str(part) for part in fault["loc"]).upper()
        sentences.append(f"{name}: {message}" if name else message)
    return "; ".join(sentences)


@cache
def get_settings() -> Settings:
    """The settings of this process."""
    return read_settings()
