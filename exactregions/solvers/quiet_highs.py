"""HiGHS without its banner."""

from __future__ import annotations

import highspy

__all__ = ["QuietHighs"]


class QuietHighs(highspy.Highs):
    """HiGHS that writes nothing to standard output, where results and JSON go.

    From version 1.16 on the first object of a process writes a banner while it is made, when callbacks are enabled:
    before anybody could turn its output off.
    """

    def enableCallbacks(self) -> None:  # noqa: D102 - a name of HiGHS
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()
