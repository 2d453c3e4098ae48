"""HiGHS without a word on the screen."""

from __future__ import annotations

from typing import Any

import highspy

__all__ = ["SilentHighs"]


class SilentHighs(highspy.Highs):
    """An instance of HiGHS that prints nothing.

    From version 1.16 on the constructor ends with a call that writes a banner to the standard output of the process,
    before any option can be set, and so between the lines of what a program prints for other programs to read. That
    call is the first place at which the option can be set.
    """

    def enableCallbacks(self) -> Any:
        """Switch the output off, then do what was asked."""
        self.setOptionValue("output_flag", False)
        return super().enableCallbacks()
