"""A shop of our own invention, for demonstrations: paper, pens and all around."""

from typing import NamedTuple


class DemoProduct(NamedTuple):
    sku: str
    name: str
    price: str
    cost: str
    popularity: int


class DemoOptions(NamedTuple):
    """A product of a variant for each of its options' values together."""

    sku: str
    name: str
    price: str
    cost: str
    options: tuple[tuple[str, tuple[str, ...]], ...]


VARIED: dict[str, DemoOptions] = {
    "Gifts": DemoOptions(
        "GI-TSH",
        "Ink blot T-shirt",
        "25.00",
        "7.8000",
        (("Size", ("S", "M", "L", "XL")), ("Colour", ("Black", "Natural"))),
    ),
    "Bags": DemoOptions(
        "BA-PEN",
        "Zip pencil case",
        "16.00",
        "5.2000",
        (("Colour", ("Sand", "Forest", "Navy")),),
    ),
}

CATALOGUE: dict[str, tuple[DemoProduct, ...]] = {
    "Writing > Notebooks": (
        DemoProduct("NB-A5-DOT", "Dotted notebook A5", "14.90", "5.1200", 9),
        DemoProduct("NB-A5-LIN", "Lined notebook A5", "13.90", "4.9500", 8),
        DemoProduct("NB-A6-POC", "Pocket notebook A6", "8.50", "2.6400", 10),
        DemoProduct("NB-B5-SKE", "Sketchbook B5", "19.00", "7.3000", 4),
        DemoProduct("NB-A4-PRO", "Project book A4", "21.50", "8.1500", 3),
        DemoProduct("NB-WK-PLN", "Weekly planner", "24.00", "9.0500", 5),
    ),
    "Writing > Pens": (
        DemoProduct("PN-FOU-F", "Fountain pen, fine nib", "34.00", "15.2000", 4),
        DemoProduct("PN-FOU-B", "Fountain pen, broad nib", "34.00", "15.2000", 2),
        DemoProduct("PN-GEL-05", "Gel pen 0.5 mm", "2.80", "0.7125", 14),
        DemoProduct("PN-GEL-07", "Gel pen 0.7 mm", "2.80", "0.7125", 11),
        DemoProduct("PN-BRU-01", "Brush pen", "4.20", "1.3300", 5),
        DemoProduct("PN-FIN-SET", "Fineliner set of six", "15.60", "6.0800", 6),
    ),
    "Writing > Ink": (
        DemoProduct("IN-BLK-50", "Bottled ink, lamp black", "12.00", "3.8000", 4),
        DemoProduct("IN-BLU-50", "Bottled ink, harbour blue", "12.00", "3.8000", 5),
        DemoProduct("IN-GRN-50", "Bottled ink, moss green", "12.00", "3.9000", 2),
        DemoProduct("IN-CAR-12", "Ink cartridges, twelve", "5.40", "1.5500", 8),
    ),
    "Writing > Paper": (
        DemoProduct("PA-LET-50", "Letter paper, 50 sheets", "9.80", "3.2000", 4),
        DemoProduct("PA-ENV-25", "Envelopes, 25 pieces", "6.20", "1.8800", 5),
        DemoProduct("PA-WAT-20", "Watercolour paper, 20 sheets", "17.50", "7.4500", 3),
        DemoProduct("PA-CAR-10", "Folding cards, ten", "8.90", "2.7600", 4),
    ),
    "Studio > Desk": (
        DemoProduct("DE-ORG-WAL", "Walnut desk organiser", "59.00", "27.5000", 2),
        DemoProduct("DE-LAM-CLA", "Clamp lamp", "74.00", "38.9000", 2),
        DemoProduct("DE-MAT-FEL", "Felt desk mat", "42.00", "17.2500", 3),
        DemoProduct("DE-TRA-OAK", "Oak pen tray", "22.00", "9.1000", 4),
        DemoProduct("DE-BOO-STA", "Steel bookends, a pair", "27.00", "11.6000", 2),
    ),
    "Studio > Art": (
        DemoProduct("AR-WCO-12", "Watercolours, twelve pans", "36.00", "16.4000", 3),
        DemoProduct("AR-PEN-24", "Colour pencils, 24", "29.00", "12.3000", 4),
        DemoProduct("AR-BRU-05", "Round brushes, five", "18.40", "6.9500", 3),
        DemoProduct("AR-ERA-KNE", "Kneadable eraser", "1.90", "0.4200", 7),
    ),
    "Bags": (
        DemoProduct("BA-ROL-CAN", "Canvas pen roll", "26.00", "10.8000", 3),
        DemoProduct("BA-TOT-LIN", "Linen tote", "19.50", "7.1000", 4),
        DemoProduct("BA-SAT-LEA", "Leather satchel", "189.00", "96.0000", 1),
    ),
    "Gifts": (
        DemoProduct("GI-SET-LET", "Letter writing set", "45.00", "19.7000", 3),
        DemoProduct("GI-WAX-SEA", "Sealing wax and stamp", "23.00", "8.4500", 3),
        DemoProduct("GI-CAL-WAL", "Wall calendar", "16.00", "5.5500", 4),
    ),
}

GIVEN_NAMES = (
    "Ada", "Amara", "Bao", "Clara", "Dmitri", "Elif", "Farid", "Greta", "Hugo",
    "Ines", "Jonas", "Kaya", "Liam", "Mei", "Noor", "Olga", "Pablo", "Quinn",
    "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wren", "Yuki",
)  # fmt: skip
FAMILY_NAMES = (
    "Albers", "Bianchi", "Costa", "Dahl", "Eriksen", "Fontaine", "Gupta", "Haas",
    "Ito", "Jansen", "Khan", "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov",
)  # fmt: skip
COUNTRIES = {
    "United States": 40,
    "United Kingdom": 18,
    "Germany": 14,
    "France": 9,
    "Canada": 8,
    "Netherlands": 5,
    "Japan": 4,
    "Ireland": 2,
}
