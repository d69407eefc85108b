"""The one error of the verifier."""


class Invalid(Exception):
    """A certificate, or a part of one, is not what its format's page asks; the text says what, in lower case."""


def need(condition: object, why: str) -> None:
    """Refuses with `why` unless `condition` holds."""
    if not condition:
        raise Invalid(why)
