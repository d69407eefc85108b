"""The two texts of a certificate that follow from its other parts (certificate.md section 6)."""

from .charter import Charter

README = """\
Decision certificate of {title}

It proves what was decided on the text in record {leaf}.
Check it with no network and no node:

    veche certificate verify THIS-FILE --charter {hash}

The hash is that of charter.toml in this file (sha256sum charter.toml). It is the one thing to know from
elsewhere: ask the organisation, or a member, for the hash of its charter.

certificate.json  what is certified: the cut of each log, the cosignatures, the result
charter.toml      the rules and keys
logs/             of each log what was said from the text's tabling to the cut, with its signed checkpoint
openings/         salt and terms of the records that bear on it, by commitment
policy.txt        the witnesses, as C2SP tlog-policy

An officer's key is kept by the node of the officer's party, encrypted; the officer unlocks it there to sign, or signs
on another machine. So a signature shows what was done with the key, and the party answers for its node.

The format is described in formats/certificate.md of the program.
"""


def readme(charter: Charter, leaf: str) -> bytes:
    """Returns `README.txt` for the record that opened the text."""
    return README.format(title=charter.head["title"], hash=charter.hash, leaf=leaf).encode()


def policy(charter: Charter) -> bytes:
    """Returns `policy.txt`."""
    vkeys = {party: charter.keys.get(party, {}) for party in sorted(charter.parties)}
    witnesses = [(vkeys[party]["witness"], party) for party in vkeys if "witness" in vkeys[party]]
    witnesses = [(vkey, party) for vkey, party in witnesses if _witnesses_any(charter, party)]
    names = [vkey.split("+")[0] for vkey, _ in witnesses]
    lines = [f"log {vkeys[party]['log'].split(' ')[0]}" for party in vkeys if "log" in vkeys[party]]
    for name, (vkey, _) in zip(names, witnesses, strict=True):
        first, pair, second = vkey.partition(" ")
        if not pair:
            lines.append(f"witness {name} {vkey}")
            continue
        lines += [f"witness {name}/ed25519 {first}", f"witness {name}/ml-dsa-44 {second}"]
        lines.append(f"group {name} all {name}/ed25519 {name}/ml-dsa-44")
    lines.append(f"group quorum-of-witnesses {charter.witnessing['quorum']} {' '.join(names)}")
    lines.append("quorum quorum-of-witnesses")
    return "".join(f"{line}\n" for line in lines).encode()


def _witnesses_any(charter: Charter, party: str) -> bool:
    """Whether a party's node witnesses the log of any other."""
    is_witness = charter.parties[party]["status"] in charter.witnessing["by"]
    return is_witness and any(other != party and charter.node_of(other) != party for other in charter.parties)
