"""Makes lexicon/towns.tsv from a list of places in the columns of GeoNames.

    python3 xtask/lexicon/towns.py PLACES.tsv > lexicon/towns.tsv

PLACES.tsv: id, name, lat, lon, cc (ISO alpha-2), admin1, population, time zone, other names (parted by `|`).
Read from standard input where PLACES.tsv is `-`. Codes come from units.tsv beside it: give it as the second argument.
"""

import csv
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

LEXICON = Path(__file__).resolve().parents[2] / "lexicon"
# Most people live in towns that the news of the world names; nearer to the shipped profiles smaller ones are named too.
LEAST, LEAST_NEAR = 150_000, 40_000
NEAR = set("AM AZ GE BY UA MD RU KZ KG TJ UZ TM AF IR IQ SY LB IL PS".split())
# A name that two states share is the larger town's, if it is so many times as large.
TIMES = 8
LATIN = re.compile(r"^[A-Z][A-Za-zÀ-ÿĀ-ſ' -]{3,29}$")
RUSSIAN = re.compile(r"^[А-ЯЁ][а-яё]{3,}(?:-[А-ЯЁа-яё][а-яё]*| [А-ЯЁ][а-яё]+)*$")
# First names, months, words of the sky: names that are mostly something else in a text.
OTHER = set(
    """Victoria Santiago Jackson Lincoln Mercedes Florence Charlotte Sydney Angeles Salvador Orlando Montgomery Irving Garland
    Columbus Madison Henderson Chandler Gilbert Stockton Jasper Regina Augusta Paterson Alexandria Bethlehem Trinidad Santo
    Georgia Granada Cambridge Oxford Phoenix Aurora Anaheim Independence Union Concord Providence Surprise Pasadena Carmen
    Allen Warren Norman Clinton Kent Salem Vincent Diego Mary Elizabeth Athens Barking March August Sunday Ali Said Delta Central
    Metro Paradise Saga Sale Springs George Kennedy Hassan Hue Eugene Constantine Preston Dudley Brent Mesa Raleigh Toyota Santos
    Vladimir Engels Thane Bali Surrey Ontario Adler Собрал Дали Тема Пали Кофе Порту Глаз Грязи Ливни Железнодорожный Семей
    Serra Coalition Ilam Sari Saki Basra Batman Alliance Moron Nice Mobile Split Reading Bath Orange Enterprise Corona Toledo
    Мирный Великие Победа Свобода Южный Северный Советский Октябрьский Первомайск Мира Надежда Надым Гори Сары Али Сари Саки Орша Орёл
    Москва Лида Находка Энергодар Тихий Кобра Черкесы Каменка Лиски Лена Чад Донор Долина Ровно Искра Полоцкий Кара""".split()
)


def plain(name):
    kept = unicodedata.normalize("NFD", name)
    letters = "".join(c for c in kept if not unicodedata.combining(c)).replace("ı", "i").replace("ł", "l").replace("Ł", "L")
    return letters.strip("'’‘ʻ`´ ")


def words_of_the_lexicon():
    taken = set()
    for path in LEXICON.glob("*.tsv"):
        if path.name in ("towns.tsv",):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            for cell in line.split("\t"):
                for value in cell.split("|"):
                    taken.add(value.lower())
    return taken


def main():
    places, units = sys.argv[1], sys.argv[2]
    source = sys.stdin if places == "-" else open(places, encoding="utf-8")
    rows = [line.rstrip("\n").split("\t") for line in source][1:]
    with open(units, encoding="utf-8") as file:
        codes = {row["a2"]: row["a3"] for row in csv.DictReader(file, delimiter="\t")}
    taken = words_of_the_lexicon()
    known = {line.split("\t")[0] for line in (LEXICON / "nations.tsv").read_text(encoding="utf-8").splitlines()}
    bearers = defaultdict(list)
    entries = []
    for _, name, _, _, cc, _, people, _, other in rows:
        people, other = int(people or 0), other.split("|")
        names = {name.strip("'’‘ʻ`´ "), plain(name)}
        latin = sorted((n for n in names if LATIN.match(n)), key=lambda n: (n != name, n))
        if plain(name) != name and plain(name) in other + [plain(name)]:
            latin = [plain(name)] + [n for n in latin if n != plain(name)]
        russian = sorted(n for n in other if RUSSIAN.match(n) and not re.search("ъ[бвгджзклмнпрстфхцчшщ]", n))
        for one in set(latin + russian):
            bearers[one.lower()].append((people, cc))
        if people >= (LEAST_NEAR if cc in NEAR else LEAST):
            entries.append((codes.get(cc, ""), people, latin, russian[:3], cc))
    def own(one, people, cc):
        rivals = [other for other, state in bearers[one.lower()] if state != cc]
        return (
            "Jerusalem" not in one and "Иерусалим" not in one and " район" not in one and one.lower() not in taken and one not in OTHER
            and (not rivals or people >= TIMES * max(rivals))
            and not any(other > people and state == cc for other, state in bearers[one.lower()])
        )
    print("# Towns of other states than their capitals, by which a sentence tells whose somebody is. Columns: formats/lexicon.md")
    print("# From GeoNames (geonames.org), CC BY 4.0; made by xtask/lexicon/towns.py")
    print("code\ten\tru")
    seen, lines = set(), []
    for code, people, latin, russian, cc in sorted(entries, key=lambda e: -e[1]):
        latin = [n for n in latin if own(n, people, cc) and n.lower() not in seen]
        russian = [n for n in russian if own(n, people, cc) and n.lower() not in seen]
        if code in known and latin:
            seen.update(n.lower() for n in latin + russian)
            lines.append(f"{code}\t{'|'.join(latin)}\t{'|'.join(russian)}")
    print("\n".join(sorted(lines)))


main()
