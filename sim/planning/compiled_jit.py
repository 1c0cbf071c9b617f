"""How the parts of the compiled engine are compiled.

Nothing in the loop allocates, so the counting of references to arrays is left out: it would cost twenty times
what the loop costs. Hot parts are inlined, rare ones called.
"""

from functools import partial
from typing import Any

import numba

OPTIONS: dict[str, Any] = {"_nrt": False, "error_model": "numpy"}
called = partial(numba.njit, **OPTIONS)()
inlined = partial(numba.njit, forceinline=True, **OPTIONS)()


@inlined
def sure(index: int) -> int:
    """An index that is never negative. Known to the compiler, it need not be looked at for counting from the end."""
    return index & (1 << 62) - 1
