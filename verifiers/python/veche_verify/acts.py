"""What the charter lets through: formats/charter.md section 5, formats/certificate.md section 5, 6."""

import re
from dataclasses import dataclass
from typing import Any

from .canonical import is_hash, is_int
from .charter import Charter, duration, names
from .errors import Invalid, need
from .keyring import Listed
from .record import Record, Said, read_time

#: The role that a key of each kind of signature has in its log.
KEYS = {"officer": "officer", "node": "log", "root": "root"}
FORM = re.compile(r"([a-z]+)(!?)(?: (.+))?")
#: What a statement is first about: its kind, and whether one of the two belongs to an exercise and the other does not.
About = tuple[str, bool]
# Most groups that one group includes itself.
GROUP_INCLUDES_MAX = 256

NOTHING: About = ("", False)
REFUSED: About = ("", True)
#: Who holds which role in what a statement is about; none: not asked.
Roles = dict[str, list[str]] | None


def _is_read_by(reader: Any, value: Any) -> bool:
    try:
        reader(value)
    except Invalid:
        return False
    return True


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def paragraphs(value: Any) -> list[int] | None:
    """Returns the numbers in a list of numbers, or of objects with `n`; nothing if it is no list."""
    if not isinstance(value, list):
        return None
    numbers: list[Any] = [part.get("n") if isinstance(part, dict) else part for part in value]
    return [number for number in numbers if is_int(number)]


def _fits_form(charter: Charter, form: str, extra: str | None, value: Any) -> bool:
    """Whether a field's value is of its form."""
    parties = charter.parties
    if form == "text":
        return isinstance(value, str)
    if form == "word":
        return isinstance(value, str) and (extra is None or value in extra.split("|"))
    if form == "number":
        most = int(extra.removeprefix("<=")) if extra else None
        return is_int(value, -(2**53 - 1)) and (most is None or value <= most)
    if form == "flag":
        return isinstance(value, bool)
    if form == "time":
        return _is_read_by(read_time, value)
    if form == "duration":
        return _is_read_by(duration, value)
    if form == "party":
        return isinstance(value, str) and value in parties
    if form == "parties":
        return _texts(value) and all(party in parties for party in value)
    if form == "hash":
        return is_hash(value)
    if form == "texts":
        return _texts(value)
    if form == "paragraphs":
        numbers = paragraphs(value) or []
        objects = numbers and len(numbers) == len(value) and all(isinstance(part, dict) for part in value)
        return bool(objects) and len(set(numbers)) == len(numbers)
    need(form == "other", f"charter: no form `{form}`")
    return True


def _are_groups(value: list[str]) -> bool:
    return len(value) <= GROUP_INCLUDES_MAX and all(is_hash(item) for item in value)


def _fields(charter: Charter, act: dict[str, Any], terms: dict[str, Any]) -> list[str]:
    """Returns each fault of the terms: those of the act's own fields by name, then the fields that it has not."""
    forms = ({"ref": "text"} if "opens" in act else {}) | act.get("fields", {})
    faults = []
    for name in sorted(forms):
        match = FORM.fullmatch(forms[name])
        if match is None:
            raise Invalid(f"charter: no form `{forms[name]}`")
        if name in terms:
            includes = act.get("makes_group", {}).get("includes") == name
            fits = _fits_form(charter, match[1], match[3], terms[name])
            if not fits or (includes and not _are_groups(terms[name])):
                faults.append(f"field {name}: form")
        elif match[2]:
            faults.append(f"field {name}: missing")
    return faults + [f"field {name}: unknown" for name in sorted(set(terms) - set(forms))]


def _signatures(act: dict[str, Any], signed: dict[str, int]) -> list[str]:
    """`signed`: how many keys of each role signed. A node's act may be signed by an officer as well."""
    wanted = act.get("signature", "officer")
    count = signed.get(wanted, 0) + (signed.get("officer", 0) if wanted == "node" else 0)
    if not count:
        return ["signature"]
    return ["signatures"] if wanted == "officer" and count < act.get("signatures", 1) else []


def _about(act: dict[str, Any], about: About) -> list[str]:
    if about == NOTHING:
        return ["about nothing"] if act.get("about_required") else []
    if about == REFUSED:
        return ["about refused"]
    if about[1]:
        return ["drill"]
    kinds = names(act.get("about"))
    return ["about"] if kinds and about[0] not in kinds else []


def _decides(charter: Charter, act: dict[str, Any]) -> bool:
    states = charter.machines[act["opens"]]["states"].values() if "opens" in act else []
    return any("outcome" in state for state in states)


def _has_part_in_decision(charter: Charter, act: dict[str, Any], about: About) -> bool:
    """Whether an act opens what is decided, or moves it, takes a position on it, annotates it."""
    speaks = any(key in act for key in ("event", "event_field", "position", "annotates"))
    matter = charter.acts.get(about[0], {}) if about not in (NOTHING, REFUSED) else {}
    return _decides(charter, act) or (speaks and _decides(charter, matter))


def _is_within(limits: dict[str, int], terms: dict[str, Any]) -> bool:
    """Whether the terms hold each number that a delegation limits, and none is above its limit."""
    return all(is_int(terms.get(name), -(2**53 - 1)) and terms[name] <= most for name, most in limits.items())


def _delegated(charter: Charter, kind: str, party: str, terms: dict[str, Any], roles: Roles) -> list[str]:
    entries = [entry for entry in charter.delegations.values() if entry["act"] == kind]
    fitting = [entry for entry in entries if charter.fits(entry["to"], party, roles or {})]
    within = any(_is_within(entry.get("limits", {}), terms) for entry in fitting)
    return [] if within or not entries else ["delegation"]


def _is_theirs(charter: Charter, actor: str, party: str, roles: Roles) -> bool:
    """Whether an actor fits a party; a role that nobody asked for rules nobody out."""
    is_role = actor != "any" and ":" not in actor and not actor.startswith("!")
    return (roles is None and is_role) or charter.fits(actor, party, roles or {})


@dataclass(frozen=True)
class Statement:
    """What the charter is asked about."""

    kind: str
    party: str
    label: str
    about: About
    signed: dict[str, int]
    terms: dict[str, Any]
    roles: Roles = None


def objections(charter: Charter, said: Statement) -> list[str]:
    """Returns what the charter has against a statement, the first thing found, by the words of charter.md, Cases."""
    act = charter.acts.get(said.kind)
    if act is None:
        return ["kind"]
    status = charter.statuses[charter.parties[said.party]["status"]]
    may, may_not = names(status.get("may")), names(status.get("may_not"))
    if not ("*" in may or said.kind in may) or said.kind in may_not:
        return ["status"]
    by = names(act.get("by"))
    if by and not any(_is_theirs(charter, actor, said.party, said.roles) for actor in by):
        return ["by"]
    marking = charter.marking(said.label)
    if marking is None:
        return ["no label"]
    floor = act.get("label", {}).get("floor")
    if floor is not None and not charter.at_least(said.label, floor):
        return ["label"]
    if marking[1] and _has_part_in_decision(charter, act, said.about):
        return ["group"]
    return (
        _signatures(act, said.signed)
        or _about(act, said.about)
        or _fields(charter, act, said.terms)
        or _delegated(charter, said.kind, said.party, said.terms, said.roles)
    )


def let_through(
    charter: Charter,
    record: Record,
    said: Said,
    party: str,
    signers: list[Listed],
    target: tuple[str, bool, str] | None,
) -> None:
    """Refuses a record that the charter does not let through; `target`: kind, drill and label of what it is first about.

    Who holds which role is not known yet: a role in `by` rules nobody out, and the machine's own `by` asks for it."""
    roles_of_keys = [signer.role for signer in signers]
    signed = {key: roles_of_keys.count(role) for key, role in KEYS.items()}
    if target is None:
        about = REFUSED if said.about else NOTHING
    else:
        about = (target[0], record.drill != target[1])
    against = objections(charter, Statement(said.kind, party, said.label, about, signed, said.terms))
    need(not against, f"`{said.kind}` of {party}: the charter objects to: {', '.join(against)}")
    marking = charter.marking(target[2]) if target is not None else None
    if marking is not None and marking[1]:
        need(charter.at_least(said.label, target[2]), f"`{said.kind}` of {party}: about a record of a group that it does not name")


def label_of(charter: Charter, act: dict[str, Any]) -> str:
    """Returns the label that an act carries if none is named."""
    return str(act.get("label", {}).get("default", charter.head["default_label"]))


def does(act: dict[str, Any], party: str, terms: dict[str, Any]) -> list[str]:
    """Returns what a statement that is let through does, by the words of charter.md, Cases."""
    done = []
    if "opens" in act:
        done.append(f"opens {act['opens']}" + (" for each paragraph" if act.get("per_paragraph") else ""))
        done.append(f"initiator: {party}")
    for role, name in sorted(act.get("roles", {}).items()):
        done.append(f"{role}: {', '.join(names(terms.get(name)))}")
    event = terms.get(act["event_field"]) if "event_field" in act else act.get("event")
    if event is not None:
        done.append(f"event {event}")
    position = act.get("position")
    if isinstance(position, dict):
        position = terms.get(position["field"])
    if position is not None:
        done.append(f"position {position}")
    if "annotates" in act:
        done.append("annotates" + (", and is not bound" if act["annotates"]["changes_binding"] else ""))
    return done + [word for word in ("supersedes", "amends") if act.get(word)]
