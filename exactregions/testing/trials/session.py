"""A trial as it runs: lines of Python, and answers that are compared."""

from __future__ import annotations

import tempfile
from ast import literal_eval
from collections import Counter
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from types import CodeType, TracebackType
from typing import Any

from exactregions.domain import Domain
from exactregions.engines.registry import get_engine
from exactregions.testing.trials.oracle import Answer, Oracle
from exactregions.testing.trials.trial import Trial, domain_code, network_code

PRELUDE = """\
from fractions import Fraction
from tempfile import mkdtemp

from exactregions import *
from exactregions.certificate.checker import check
from exactregions.geometry import adjacency, linear_regions, volumes
from exactregions.network import Winner

inf = float("inf")
folder = mkdtemp()


def patterns(regions):
    return sorted("".join("01"[sign] for sign in row) for row in regions.pattern_array().tolist())


def interrupt(progress):
    raise KeyboardInterrupt
"""


class Wrong(Exception):
    """An answer that is not the true one.

    Attributes
    ----------
    kind : str
        What was asked; two failures are alike when it is the same.
    lines : list of str
        The source that led to the question.
    expression, expected, found : str
        Source of the question, what is true, and what came.
    raised : bool
        Whether what came is an exception.
    """

    def __init__(
        self, kind: str, lines: list[str], expression: str, expected: str, found: str, raised: bool = False
    ) -> None:
        super().__init__(f"{kind}: {expression} gives {found}, and not {expected}")
        self.kind, self.lines, self.raised = kind, list(lines), raised
        self.expression, self.expected, self.found = expression, expected, found


@lru_cache(maxsize=4096)
def _compiled(source: str, mode: str) -> CodeType:
    return compile(source, "<trial>", mode)


@lru_cache(maxsize=1)
def _prelude() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(_compiled(PRELUDE.replace("folder = mkdtemp()\n", ""), "exec"), names)  # our own source
    return names


class Session:
    """Runs lines of Python on a network and a domain, remembers them, and compares what they give.

    Parameters
    ----------
    trial : Trial
    oracle : Oracle
    names : mapping
        Further names that lines may use, as engines under test.
    """

    def __init__(self, trial: Trial, oracle: Oracle, names: Mapping[str, Any]) -> None:
        self.trial, self.oracle = trial, oracle
        self.lines: list[str] = []
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._folder = tempfile.TemporaryDirectory(prefix="trials-")
        self.names = {**_prelude(), "folder": self._folder.name, **names}
        self.names |= {"network": trial.network, "domain": trial.domain}
        self._truth: Answer | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def inner(self, trial: Trial, oracle: Oracle) -> Session:
        """Return a session about another network and domain, with the same names and what was done so far."""
        inner = copy(self)
        inner.trial, inner.oracle, inner._truth = trial, oracle, None
        inner.names, inner.lines = {**self.names, "network": trial.network, "domain": trial.domain}, list(self.lines)
        return inner

    @property
    def truth(self) -> Answer:
        """What is true of the network in the domain."""
        if self._truth is None:
            self._truth = self.oracle.answer(self.trial.network, self.trial.domain)
        return self._truth

    @property
    def regions(self) -> Any:
        """The answer at hand, or None."""
        return self.names.get("regions")

    def supports(self, engine: str, domain: Domain) -> bool:
        """Whether an engine, given as source, can answer questions about the network at hand in a domain."""
        return get_engine(self.names.get(engine) or literal_eval(engine)).supports(self.trial.network, domain) is None

    def run(self, line: str, refusals: tuple[type[Exception], ...] = ()) -> bool:
        """Run a line; return whether it was not refused by one of these errors.

        Raises
        ------
        Wrong
            If it raises anything else.
        """
        self.lines.append(line)
        try:
            exec(_compiled(line, "exec"), self.names)  # a line of a trial, made in this package
        except refusals as reason:
            self.refused[f"{type(reason).__name__}: {str(reason)[:60]}"] += 1
            self.lines.pop()
            return False
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt) and "interrupt" not in line:
                raise  # somebody's own
            self.lines.pop()
            text = f"{type(fault).__name__}: {fault}"
            kind = f"{type(fault).__name__} in {_call(line)}"
            raise Wrong(kind, self.lines, line, "an answer", text[:2000], raised=True) from fault
        return True

    def value(self, expression: str) -> Any:
        """Return the value of an expression; an exception in it is a failure."""
        try:
            return eval(_compiled(expression, "eval"), self.names)  # as above
        except KeyboardInterrupt:
            raise
        except BaseException as fault:
            text = f"{type(fault).__name__}: {fault}"
            kind = f"{type(fault).__name__} in {_call(expression)}"
            raise Wrong(kind, self.lines, expression, "a value", text[:2000], raised=True) from fault

    def ask(self, kind: str, expression: str, expected: Any) -> None:
        """Compare the value of an expression with the true one."""
        found = self.value(expression)
        self.compared(kind, found == expected, expression, repr(expected), found)

    def judge(self, kind: str, expression: str, condition: str) -> None:
        """Put the value of an expression to a condition on `found`, which is source as well."""
        found = self.value(expression)
        holds = eval(_compiled(condition, "eval"), {"found": found})
        self.compared(kind, holds, expression, condition, found)

    def compared(self, kind: str, holds: bool, expression: str, wanted: str, found: Any) -> None:
        """Note a comparison that was made.

        Raises
        ------
        Wrong
            If it does not hold.
        """
        self.asked[kind] += 1
        if not holds:
            raise Wrong(kind, self.lines, expression, wanted, repr(found))

    def script(self, wrong: Wrong) -> str:
        """Return a script that shows what is wrong, with nothing but the package."""
        found = [f"# found: {line}" for line in wrong.found.splitlines()[:3]]
        if wrong.raised:
            last = [*found, wrong.expression]
        elif wrong.expected.startswith("a "):
            last = [*found, f"# wanted: {wrong.expected}", f"print({wrong.expression})"]
        elif "found" in wrong.expected:
            last = [*found, f"found = {wrong.expression}", f"assert {wrong.expected}, found"]
        else:
            last = [*found, f"found = {wrong.expression}", f"assert found == {wrong.expected}, found"]
        question = [
            f"network = {network_code(self.trial.network)}",
            f"domain = {domain_code(self.trial.domain)}",
        ]
        return "\n".join([f'"""{wrong.kind}."""\n', PRELUDE, "", *question, *wrong.lines, *last, ""])


def _call(line: str) -> str:
    """Return the name of what a line calls."""
    called = line.split("(", 1)[0]
    return called.split("=")[-1].strip()
