"""What countries call themselves, in the official languages spoken in them.

From CLDR's names of territories, by way of Babel, for the languages that CLDR calls
official there; a test holds the list against Babel. Reading them from Babel itself
takes a second and 166 of its files.
"""

from collections import defaultdict
from functools import cache

_NAMES = """
AE الإمارات العربية المتحدة
AF Owganystan / افغانستان
AL Shqipëri
AM Հայաստան
AT Austrija / Ausztria / Avstrija / Österreich
AZ Azərbaycan / Азәрбајҹан
BA Bosna i Hercegovina / Босна и Херцеговина
BD বাংলাদেশ
BE Belgien / Belgique / België
BG България
BH البحرين
BI Uburundi
BN بروني
BQ Caribisch Nederland
BR Brasil / Brazile
BT འབྲུག
BY Беларусь
CA ᑲᓇᑕᒥ
CD Jamhuri ya Kidemokrasia ya Kongo / Republíki ya Kongó Demokratíki
CF Ködörösêse tî Bêafrîka / République centrafricaine
CH Schwiiz / Svizra
CM Cameroun
CN Cunghgoz / جۇڭگو / རྒྱ་ནག / 中国 / 중국
CQ Sark
CW Kòrsou
CY Kıbrıs / Κύπρος
CZ Česko
DE Tjiisklun
DG Diego Garcia
DJ جيبوتي
DK Danmark / Danmarki / Dänemark
DO República Dominicana
DZ Algérie / الجزائر
EA Ceuta y Melilla
EE Eesti
EG مصر
EH الصحراء الغربية
ER إريتريا / ኤርትራ
ES Espainia / Espanha / Espanya
ET ኢትዮጵያ
FI Lääʹddjânnam / Suomi
FO Føroyar
GB An Rìoghachd Aonaichte / Y Deyrnas Unedig / an Ríocht Aontaithe
GE Гуырдзыстон / Қырҭтәыла / საქართველო
GF Guyane française
GH Gaana / Ghana nutome
GL Kalaallit Nunaat
GN Guinée
GQ Guinea Ecuatorial / Guiné Equatorial / Guinée équatoriale
GR Ελλάδα
GW Guiné-Bissau
HK 中國香港特別行政區
HR Croasia / Croazia / Hrvatska
HU Magyarország
IC Canarias
IL ישראל / إسرائيل
IM Ellan Vannin
IN بھارت / ڀارت / ہِندوستان / भारत / भारतः / ভারত / ভাৰত / ਭਾਰਤ / ભારત / ଭାରତ / இந்தியா
IN భారతదేశం / ಭಾರತ / ഇന്ത്യ / ᱤᱱᱰᱤᱭᱟ
IQ العراق / عێراق
IR ایران
IS Ísland
IT Italie
JO الأردن
JP 日本
KG Киргизия / Кыргызстан
KH កម្ពុជា
KM Comores / جزر القمر
KP 북한
KR 대한민국
KW الكويت
KZ Казахстан / Қазақстан
LA ລາວ
LB لبنان
LI Liächteschtäi
LK இலங்கை / ශ්‍රී ලංකාව
LT Lietuva
LU Luxemburg / Lëtzebuerg
LV Latvija
LY ليبيا
MA Maroc / Meṛṛuk / المغرب
MD Republica Moldova
ME Crna Gora
MG Madagasikara
MK Maqedonia e Veriut / Северна Македонија
MM မြန်မာ
MN Монгол
MO Macau, RAE da China / 中國澳門特別行政區
MR موريتانيا
MU Maurice
MV ދިވެހި ރާއްޖެ
MZ Moçambique
NC Nouvelle-Calédonie
NG Nàìjíríà
NL Nederland / Nederlân
NO Noreg / Norga
NP नेपाल
NZ Aotearoa
OM عُمان
PF Polynésie française
PG Papua Niugini
PH Pilipinas
PK پاکستان
PL Lenkija / Polen / Polska
PM Saint-Pierre-et-Miquelon
PS الأراضي الفلسطينية
PY Paraguai
QA قطر
RE La Réunion
RS Srbija / Srbsko / Szerbia / Сербія / Србија
RU Арассыыйа / Росси / Россия / Рузонь мастор / Русија
RW U Rwanda
SA المملكة العربية السعودية
SD السودان
SE Ruotsi
SG Singapura / சிங்கப்பூர் / 新加坡
SI Slovenija / Zlovenia
SK Slovensko
SN Senegaal
SO Soomaaliya / الصومال
ST São Tomé e Príncipe
SY سوريا
TD Tchad / تشاد
TH ไทย
TJ Тоҷикистон
TN Tunisie / تونس
TW 台灣
UA Украина / Україна
US Estados Unidos / ʻAmelika Hui Pū ʻIa
UZ Oʻzbekiston / Ўзбекистон
VA Città del Vaticano
WF Wallis-et-Futuna
XK Kosovo / Kosovë / Косово
YE اليمن
ZA Aforika Borwa / Afrika Borwa / EMzantsi Afrika / Suid-Afrika / iNingizimu Afrika
"""  # noqa: RUF001  # Letters of many scripts are meant.


@cache
def own_names() -> dict[str, list[str]]:
    """By code: what a country is called at home, where that is no English name."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in _NAMES.strip().splitlines():
        code, _, names = line.partition(" ")
        found[code] += names.split(" / ")
    return dict(found)
