"""HiGHS without a word on the screen, and beside other users of HiGHS in the same program."""

from __future__ import annotations

from typing import Any

import highspy


class SilentHighs(highspy.Highs):
    """An instance of HiGHS that prints nothing, and that solves also after instances with other numbers of threads.

    From version 1.16 on the constructor ends with a call that writes a banner to the standard output of the process,
    before any option can be set, and so between the lines of what a program prints for other programs to read. That
    call is the first place at which the option can be set.
    """

    def enableCallbacks(self) -> Any:
        """Switch the output off, then do what was asked."""
        self.setOptionValue("output_flag", False)
        return super().enableCallbacks()

    def run(self) -> highspy.HighsStatus:
        """Solve, with as many threads as HiGHS already has where it does not start those that were asked for.

        The first solve in a thread of the program fixes their number for all that follow there; with another number
        HiGHS refuses to solve.
        """
        status = super().run()
        if status == highspy.HighsStatus.kError:
            self.setOptionValue("threads", 0)
            status = super().run()
        return status
