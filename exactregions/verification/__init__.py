"""Questions about what a network puts out on a closed domain, answered exactly."""

from exactregions.unsafe import Halfspaces, Unsafe
from exactregions.verification.files import FileVerdict, verify_file
from exactregions.verification.questions import resume_verification, verify
from exactregions.verification.verdict import Outcome, Verdict

__all__ = [
    "FileVerdict",
    "Halfspaces",
    "Outcome",
    "Unsafe",
    "Verdict",
    "resume_verification",
    "verify",
    "verify_file",
]
