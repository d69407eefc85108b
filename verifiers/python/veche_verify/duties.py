"""Who owes which act by when: formats/charter.md section 8. No certificate asks it; the cases beside the charters do."""

from typing import Any

from .charter import Charter
from .machines import Setting, span_end


def owed(charter: Charter, after: str, party: str, setting: Setting, at: int) -> list[tuple[str, str, int, int | None]]:
    """Returns owner, act, due time, and the next one if it were met at that time, of each duty that something starts.

    `after`: a kind of act, or `machine.state`; `party`: its author; `at`: when it was."""
    found = []
    for duty in charter.duties.values():
        trigger: dict[str, Any] = duty["trigger"]
        if after not in (trigger.get("act"), trigger.get("state")):
            continue
        due = span_end(setting, duty["within"], at)
        again = charter.add(due, duty["every"]) if "every" in duty else None
        whose, _, actor = duty["owner"].partition(":")
        for owner in sorted(charter.parties):
            left_out = whose == "each_other" and owner == party
            if charter.fits(actor, owner, setting.roles) and not left_out:
                found.append((owner, duty["act"], due, again))
    return found
