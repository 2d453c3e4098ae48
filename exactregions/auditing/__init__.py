"""Trying to prove a bound wrong: `audit` looks for a network whose exact count contradicts it."""

from exactregions.auditing.cases import AuditCase, Fault, Judged
from exactregions.auditing.families import FAMILIES
from exactregions.auditing.findings import Audit, FamilyTally, Violation
from exactregions.auditing.search import AuditProgress, audit

__all__ = ["FAMILIES", "Audit", "AuditCase", "AuditProgress", "FamilyTally", "Fault", "Judged", "Violation", "audit"]
