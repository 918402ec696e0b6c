"""How it is said beside a price whether taxes are in it."""

import re

TAX = r"(?:vat|gst|tax(?:es)?|mwst|ust|tva|iva|btw|ндс|moms|mva|dph|kdv|alv)\b\.?"
_WITH = (
    r"(?:inc(?:l(?:uding|uded|usive)?)?|inkl(?:usive)?|inclusief|incluido|inclusa|incluso"
    r"|compris(?:e)?|inbegrepen|with|con|mit|avec|med|z|с|w|s|včetně|vč|cu|dahil|sis)"
)
# What is told beside a price: that taxes are in it, which is what a shop's prices are.
WITH_TAX = re.compile(
    rf"\b{_WITH}\b\.?\s*(?:of\s+)?(?:\d{{1,2}}\s*%\s*)?{TAX}"
    rf"|\b{TAX}\s*{_WITH}\b\.?|\bttc\b|\bbrutto\b|税込み?",
    re.IGNORECASE,
)
# Or that they are not: then it is no price to sell at.
WITHOUT_TAX = re.compile(
    r"\b(?:netto|net|excl(?:uding|uded|usive)?|exkl(?:usive)?|ohne|zzgl|ht|hors|sin"
    r"|ex|escl|before|w/o|h\.t|s/"
    r"|senza|bez|без|without|plus|exclusief)\b|税抜",
    re.IGNORECASE,
)
