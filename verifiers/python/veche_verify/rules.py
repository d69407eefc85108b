"""Adoption rules: formats/charter.md section 6."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .charter import Charter, names
from .errors import Invalid, need

Positions = dict[str, str]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {"ge": operator.ge, "gt": operator.gt, "le": operator.le}


@dataclass(frozen=True)
class Verdict:
    """What a rule gives: `adopted`, `failed` or `no_quorum`, who was eligible, whom the text then binds."""

    result: str
    eligible: tuple[str, ...]
    binds: tuple[str, ...]
    silence: str
    #: Whether those whom it binds need not have had the text.
    binds_unheard: bool = False


def share(text: str) -> Fraction:
    """Reads two whole numbers and a slash, at most a whole."""
    above, slash, below = text.partition("/")
    good = slash and above.isdecimal() and below.isdecimal() and int(below) > 0 and int(above) <= int(below)
    need(good, f"charter: {text!r} is not a share")
    return Fraction(int(above), int(below))


def eligible(charter: Charter, rule: dict[str, Any], roles: dict[str, list[str]], excluded: set[str]) -> list[str]:
    """Returns those who are eligible under a rule, by name."""
    seats = names(rule.get("seats"))
    without = {p for role in names(rule.get("minus")) for p in roles.get(role, [])} | excluded
    parties = charter.of_status(names(rule.get("status", "member")))
    return [p for p in parties if p not in without and (not seats or set(seats) & set(charter.tags(p)))]


class _Count:
    """The positions of those eligible, a missing one filled in."""

    def __init__(self, charter: Charter, roles: dict[str, list[str]], held: Positions) -> None:
        self.charter, self.roles, self.held = charter, roles, held

    def _narrow(self, test: dict[str, Any]) -> list[str]:
        parties = list(self.held)
        if "tag" in test:
            parties = [p for p in parties if test["tag"] in self.charter.tags(p)]
        if "role" in test:
            parties = [p for p in parties if p in self.roles.get(test["role"], [])]
        return parties

    def _weight(self, parties: list[str], test: dict[str, Any]) -> int:
        if "weight" not in test:
            return len(parties)
        return sum(self.charter.parties[p].get("weights", {}).get(test["weight"], 0) for p in parties)

    def holds(self, test: dict[str, Any]) -> bool:
        """Whether a test holds."""
        heads = [head for head in ("all", "any", "not", "none", "of") if head in test]
        need(len(heads) == 1, "charter: a test has exactly one head")
        if "all" in test:
            return all(self.holds(part) for part in test["all"])
        if "any" in test:
            return any(self.holds(part) for part in test["any"])
        if "not" in test:
            return not self.holds(test["not"])
        parties = self._narrow(test)
        wanted = names(test.get("none", test.get("of")))
        having = [p for p in parties if self.held[p] in wanted]
        return not having if "none" in test else self._compare(test, parties, having)

    def _compare(self, test: dict[str, Any], parties: list[str], having: list[str]) -> bool:
        bases: dict[str, Callable[[str], bool]] = {
            "eligible": lambda position: True,
            "present": lambda position: position != "absent",
            "voting": lambda position: position in ("yes", "no"),
        }
        word = next((word for word in COMPARE if word in test), None)
        if word is None:
            raise Invalid("charter: a count without bound")
        bound = test[word]
        if isinstance(bound, str):
            base = [p for p in parties if bases[test["base"]](self.held[p])]
            bound = share(bound) * self._weight(base, test)
        return COMPARE[word](self._weight(having, test), bound)


def ask(
    charter: Charter,
    rule: dict[str, Any],
    positions: Positions,
    roles: dict[str, list[str]],
    mode: str | None = None,
    excluded: set[str] | None = None,
) -> Verdict:
    """Asks a rule over positions; `mode` overrides the rule's own, `excluded` are taken out by a clock."""
    excluded = excluded or set()
    mode = mode or rule.get("mode", "meeting")
    silence = "yes" if mode == "silence" else "absent"
    who = eligible(charter, rule, roles, excluded)
    count = _Count(charter, roles, {p: positions.get(p, silence) for p in who})
    quorum: Any = rule.get("quorum", 0) if mode != "silence" else 0
    needed = share(quorum) * len(who) if isinstance(quorum, str) else quorum
    if not who or sum(position != "absent" for position in count.held.values()) < needed:
        return Verdict("no_quorum", tuple(who), (), silence)
    if not count.holds(rule["adopt"]) and not ("fallback" in rule and count.holds(rule["fallback"])):
        return Verdict("failed", tuple(who), (), silence)
    bound = _bound(charter, rule, positions, silence, who, excluded)
    return Verdict("adopted", tuple(who), bound, silence, rule.get("unheard") == "counts")


def _bound(
    charter: Charter, rule: dict[str, Any], positions: Positions, silence: str, who: list[str], excluded: set[str]
) -> tuple[str, ...]:
    binds = rule.get("binds", "all")
    everyone = [p for p in charter.of_status(names(rule.get("status", "member"))) if p not in excluded]
    if binds == "none":
        return ()
    if binds == "yes":
        return tuple(p for p in who if positions.get(p, silence) == "yes")
    without = binds.removeprefix("all_but:").split("|") if binds.startswith("all_but:") else []
    need(binds == "all" or without, f"charter: {binds!r} binds nobody known")
    return tuple(p for p in everyone if positions.get(p, silence) not in without)
