"""What the charter lets through: formats/charter.md section 5, formats/certificate.md section 5, 6."""

import re
from typing import Any

from .canonical import is_hash, is_int
from .charter import Charter, duration, names
from .errors import Invalid, need
from .keyring import Listed
from .record import Record, Said, read_time

FORM = re.compile(r"([a-z]+)(!?)(?: (.+))?")


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


def _fields(charter: Charter, act: dict[str, Any], terms: dict[str, Any]) -> None:
    # `ref`, the number for people, may stand in each act that opens a machine; charter.md does not say so yet.
    forms = ({"ref": "text"} if "opens" in act else {}) | act.get("fields", {})
    unknown = set(terms) - set(forms)
    need(not unknown, f"the act has no field `{' '.join(sorted(unknown))}`")
    for name, text in forms.items():
        match = FORM.fullmatch(text)
        if match is None:
            raise Invalid(f"charter: no form `{text}`")
        if name in terms:
            need(_fits_form(charter, match[1], match[3], terms[name]), f"field `{name}` is not of its form")
        else:
            need(not match[2], f"field `{name}` is missing")


def _signatures(act: dict[str, Any], signers: list[Listed]) -> None:
    wanted, many = act.get("signature", "officer"), act.get("signatures", 1)
    role = {"officer": "officer", "node": "log", "root": "root"}[wanted]
    count = sum(signer.role == role for signer in signers)
    need(count >= (many if wanted == "officer" else 1), f"{count} signatures of role {role}")


def _delegated(charter: Charter, kind: str, party: str, terms: dict[str, Any], roles: dict[str, list[str]]) -> bool:
    """Whether the author is within a delegation of the act, if one is to it."""
    limits = [
        entry.get("limits", {})
        for entry in charter.delegations.values()
        if entry["act"] == kind and charter.fits(entry["to"], party, roles)
    ]
    within = [all(not is_int(terms.get(n)) or terms[n] <= most for n, most in limit.items()) for limit in limits]
    return not within or any(within)


def let_through(
    charter: Charter,
    record: Record,
    said: Said,
    party: str,
    signers: list[Listed],
    target: tuple[str, bool] | None,
    roles: dict[str, list[str]],
) -> None:
    """Refuses a record that the charter does not let through; `target`: kind and drill of what it is first about."""
    act = charter.acts.get(said.kind)
    need(act is not None, f"no act `{said.kind}`")
    assert act is not None
    status = charter.statuses[charter.parties[party]["status"]]
    may, may_not = names(status.get("may")), names(status.get("may_not"))
    need(("*" in may or said.kind in may) and said.kind not in may_not, f"{party} may not `{said.kind}`")
    by = names(act.get("by"))
    need(not by or any(charter.fits(actor, party, roles) for actor in by), f"{party} is none of {by}")
    need(said.label in charter.labels, f"no label `{said.label}`")
    floor = act.get("label", {}).get("floor")
    need(floor is None or charter.at_least(said.label, floor), f"label below `{floor}`")
    _signatures(act, signers)
    if target is None:
        need(not said.about and not act.get("about_required"), "about nothing that is known")
    else:
        kinds = names(act.get("about"))
        need(not kinds or target[0] in kinds, f"`{said.kind}` is not about `{target[0]}`")
        need(record.drill == target[1], "drill and not, about one another")
    _fields(charter, act, said.terms)
    need(_delegated(charter, said.kind, party, said.terms, roles), "beyond the delegation")
