"""How kernels are compiled: inner ones on demand, entry points cached on disk under a stamp of their sources."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit, types
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.extending import intrinsic

__all__ = ["entry_point", "inner", "never_inline", "once", "reordered"]


class _LinkedCode(JITCodeLibrary):
    """The code of an inner function, which is optimized and made machine code in the kernels that it is linked into.

    numba would do both here too, for the function and all that it calls, and again for each of its callers: most of
    the time that compiling takes. A version of numba that no longer calls these methods
    compiles more slowly, with the same result.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return that there is no machine code."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """What asks for an environment in the machine code, and for nothing else."""
        return _NoMachineCode()


class _NoMachineCode:
    def set_env(self, name: str, environment: Any) -> None:
        pass


class _InnerCompiler(Compiler):
    """Compiles as numba does, into linked code."""

    def __init__(self, typing: Any, target: Any, library: Any, *others: Any) -> None:
        super().__init__(typing, target, library or _LinkedCode(target.codegen(), "inner"), *others)


# nothing but kernels calls an inner one
_INNER: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": _InnerCompiler}
# IEEE division: a quotient by zero is an infinity or a NaN, which no proof accepts, and not an exception
inner: Any = njit(error_model="numpy", **_INNER)
# sums in any order, which vector units need: for what is not proved, or bounded for every order
reordered: Any = njit(error_model="numpy", fastmath={"reassoc", "contract"}, **_INNER)
once: Any = njit(error_model="numpy", inline="always")  # for functions called from one place: saves a compilation


def _never_inline(typing_context: Any) -> Any:
    """Keep the function that calls this out of its callers: many copies of it would be slow to compile."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.none(), generate


never_inline: Any = intrinsic(_never_inline)


def _stamp() -> str:
    """Return a digest of every source of this folder."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def entry_point(function: Callable[..., Any], any_order: bool = False) -> Any:
    """Compile a kernel that Python calls: without the interpreter lock, and cached on disk.

    With `any_order` sums may be evaluated in any order and products fused with them, which vector units need; only for
    kernels whose error bounds hold for every order.

    numba takes a cached result for current when the file of the function itself has not changed, though the
    functions it calls stand in other files: an edit or an upgrade could run yesterday's proofs. The stamp of
    all sources takes the place of that check; where it cannot be set, nothing is cached. The stamp is also made a part
    of the version of numba, which is looked at first: the names of classes in an older index may be gone.
    """
    order: Any = {"reassoc", "contract"} if any_order else False
    dispatcher: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=order)(function)
    try:
        file, stamp = dispatcher._cache._cache_file, _stamp()
        file._source_stamp, file._version = stamp, f"{file._version} {stamp}"
    except AttributeError:
        dispatcher._cache = NullCache()
    return dispatcher
