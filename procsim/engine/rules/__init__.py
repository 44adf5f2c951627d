"""Says what may happen in a line, as small functions of (line, numbers) over columns of whole numbers, one idea a file, imports one way.

A compiler may take them as they are: fully annotated, whole numbers and records only, no closures, no exceptions, nothing that grows, and no rule
that calls itself, be it by way of others. Where one has, what it made of these very sources is run in their place.
"""

from __future__ import annotations

from procsim.engine.compiled import use

COMPILED = use(__path__)
"""Whether compiled rules are run."""
