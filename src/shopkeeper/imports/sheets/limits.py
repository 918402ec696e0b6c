"""What a file may have; above that it is an attack, or a mistake."""

from dataclasses import dataclass

from shopkeeper.web.errors import FileTooLarge

# Whatever the settings allow. Excel's own limit of rows is 1,048,576.
MOST_COLUMNS = 256
MOST_ENTRIES = 10_000
LAST_EXCEL_ROW = 1_048_576
# A sheet may end in blank rows, but not go on in them.
MOST_BLANK_ROWS = 1_000_000
LONGEST_LINE = 1024 * 1024
LONGEST_CELL = 128 * 1024
# A workbook of 100,000 rows has about 35 MB, and takes ten seconds of one core.
LEAST_SECONDS = 30
BYTES_IN_A_SECOND = 500_000


@dataclass(frozen=True)
class Limits:
    """Limits that an operator sets, each named for its setting."""

    rows: int
    unpacked_bytes: int
    memory_bytes: int
    seconds: int


def seconds_for(unpacked_bytes: int, limits: Limits) -> int:
    """The computing that reading so much may take: many times what it should."""
    return min(limits.seconds, LEAST_SECONDS + unpacked_bytes // BYTES_IN_A_SECOND)


def too_many_rows(limits: Limits) -> FileTooLarge:
    return FileTooLarge(
        f"The file has more than {limits.rows} rows (IMPORT_MAX_ROWS).",
        limit=limits.rows,
        setting="IMPORT_MAX_ROWS",
    )


def too_many_blank_rows() -> FileTooLarge:
    return FileTooLarge(
        f"The file has more than {MOST_BLANK_ROWS} blank rows.", limit=MOST_BLANK_ROWS
    )


def too_much_unpacked(limits: Limits) -> FileTooLarge:
    return FileTooLarge(
        f"Unpacked, the file has more than {limits.unpacked_bytes} bytes"
        " (IMPORT_MAX_UNPACKED_BYTES).",
        limit=limits.unpacked_bytes,
        setting="IMPORT_MAX_UNPACKED_BYTES",
    )


def too_much_memory(limits: Limits) -> FileTooLarge:
    return FileTooLarge(
        f"Reading the file takes more than {limits.memory_bytes} bytes of memory"
        " (IMPORT_MAX_MEMORY_BYTES).",
        limit=limits.memory_bytes,
        setting="IMPORT_MAX_MEMORY_BYTES",
    )


def too_much_time(limits: Limits) -> FileTooLarge:
    return FileTooLarge(
        "Reading the file takes more computing than one of its size may take"
        f" (IMPORT_MAX_SECONDS, at most {limits.seconds}).",
        limit=limits.seconds,
        setting="IMPORT_MAX_SECONDS",
    )
