"""The count of a violation, proved anew: a bound is called wrong on nothing less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from exactregions.auditing.cases import Judged
from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.engines.contract import Certifying, Engine
from exactregions.enumeration import enumerate_regions
from exactregions.errors import EngineError
from exactregions.regions import RegionSet
from exactregions.support.tables import counted

PROOF_SECONDS = 60.0  # a shrunk case needs some milliseconds


def proved(judged: Judged, engine: Engine, path: Path) -> tuple[Judged, bool]:
    """Write a certificate of the count of a case and check it.

    Parameters
    ----------
    judged : Judged
    engine : Engine
        Writes the certificate if it can; else the engine "tree" does.
    path : pathlib.Path
        Where the certificate goes; there is none if the search does not end in a minute.

    Returns
    -------
    judged : Judged
        With the count that is proved.
    certified : bool

    Raises
    ------
    EngineError
        If the certificate does not prove the count, or proves one under which the bound holds.
    """
    regions = _searched(judged, engine, path)
    if not regions.exact:
        path.unlink(missing_ok=True)
        return judged, False
    confirmed = replace(judged, count=_checked(regions, path), exact=True)
    if not confirmed.broken:
        raise EngineError(
            f"engine {engine.name!r} counts {counted(judged.count)}, and a certificate proves {confirmed.count}: the "
            f"engine is wrong in {judged.case.network!r}, {judged.case.domain.describe()}, and the bound is not"
        )
    return confirmed, True


def _searched(judged: Judged, engine: Engine, path: Path) -> RegionSet:
    network, domain = judged.case.network, judged.case.domain
    chosen = engine if isinstance(engine, Certifying) else "tree"
    return enumerate_regions(network, domain, engine=chosen, certificate=path, time_limit=PROOF_SECONDS, store=False)


def _checked(regions: RegionSet, path: Path) -> int:
    try:
        verdict = check(path, fingerprint=regions.network.fingerprint)
    except InvalidCertificate as error:
        raise EngineError(f"the certificate of engine {regions.engine!r} does not prove its count: {error}") from error
    return verdict.regions
