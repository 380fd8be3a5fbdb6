"""The cases, one entry each: the tables that build.py makes and verify.py checks."""

from cases import abuse, bad_origin, clean, cleartext, contents, demo, intercepted, network_below, two_legs

MODULES = (
    demo,
    clean,
    contents,
    intercepted,
    two_legs,
    bad_origin,
    cleartext,
    network_below,
    abuse,
)
CASES = {case.name: case for module in MODULES for case in module.CASES}
