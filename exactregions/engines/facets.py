from exactregions.engines.rational import RationalEngine
class FacetsEngine(RationalEngine):
    name = "facets"
