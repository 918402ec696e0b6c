"""What invoices and credit notes are called."""

from datetime import datetime

from shopkeeper.utils.settings import get_settings

DIGITS = 6


def invoice_series(moment: datetime) -> str:
    """The series that an invoice of this moment belongs to."""
    return _of_year(get_settings().invoice_series, moment)


def credit_note_series(moment: datetime) -> str:
    """The series that a credit note of this moment belongs to."""
    return _of_year(get_settings().credit_note_series, moment)


def written(series: str, number: int) -> str:
    """A number as it stands on paper."""
    return f"{series}-{number:0{DIGITS}d}"


def _of_year(pattern: str, moment: datetime) -> str:
    return pattern.replace("{year}", f"{moment.year:04d}")
