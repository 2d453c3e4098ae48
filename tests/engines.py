"""The engines under test, and how many regions each is asked for, which it finds in some seconds: add one here."""

from exactregions import Network, RegionSet, enumerate_regions
from exactregions.domain import Domain

LARGEST = {"rational": 2_000, "facets": 500, "tree": 200_000}
ENGINES = list(LARGEST)


def found(engine: str, network: Network, domain: Domain) -> RegionSet:
    """Search to the end; an answer that is not exact is a failure of the engine."""
    regions = enumerate_regions(network, domain, engine=engine)
    assert regions.exact, repr(regions)
    assert len(regions.pattern_set()) == len(regions), "a region was reported twice"
    return regions
