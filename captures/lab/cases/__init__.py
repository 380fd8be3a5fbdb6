"""The cases, one entry each: the tables that build.py makes and verify.py checks."""

from cases import bad_origin, clean, intercepted

CASES = {case.name: case for case in (*clean.CASES, *intercepted.CASES, *bad_origin.CASES)}
