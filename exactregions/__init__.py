"""Exact counts of the linear regions of a ReLU network inside a domain, beside their upper bounds."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from exactregions.comparison import Comparison, Curve, Study, compare, curve, study
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.engines.registry import engine_names
from exactregions.enumeration import count_regions, enumerate_regions, resume_regions
from exactregions.errors import ExactRegionsError
from exactregions.importers import load, save
from exactregions.network import Network, Stage
from exactregions.regions import Region, RegionSet
from exactregions.support.version import VERSION
from exactregions.unsafe import Halfspaces, Unsafe

if TYPE_CHECKING:
    from exactregions.auditing import audit
    from exactregions.crosscheck import Agreement, agree, spot_check, verify_region
    from exactregions.geometry import linear_regions, region_graph
    from exactregions.quantities import (
        ClassVolumes,
        DecisionBoundary,
        Difference,
        Equality,
        Extreme,
        Lipschitz,
        Measure,
        ReachSet,
        RobustCurve,
        RobustRadius,
        class_volumes,
        decision_boundary,
        difference,
        equal,
        lipschitz,
        maximize,
        mean,
        minimize,
        reach,
        robust_curve,
        robust_radius,
        violation_volume,
    )
    from exactregions.segments import Segment, segment
    from exactregions.tracking import Track, track
    from exactregions.verification import Verdict, resume_verification, verify, verify_file

__version__ = VERSION

__all__ = [
    "Agreement",
    "Ball",
    "Box",
    "ClassVolumes",
    "Comparison",
    "Curve",
    "DecisionBoundary",
    "Difference",
    "Domain",
    "Equality",
    "ExactRegionsError",
    "Extreme",
    "Halfspaces",
    "Lipschitz",
    "Measure",
    "Network",
    "Polytope",
    "ReachSet",
    "Region",
    "RegionSet",
    "RobustCurve",
    "RobustRadius",
    "Segment",
    "Stage",
    "Study",
    "Track",
    "Unsafe",
    "Verdict",
    "WholeSpace",
    "__version__",
    "agree",
    "audit",
    "class_volumes",
    "compare",
    "count_regions",
    "curve",
    "decision_boundary",
    "difference",
    "engine_names",
    "enumerate_regions",
    "equal",
    "linear_regions",
    "lipschitz",
    "load",
    "maximize",
    "mean",
    "minimize",
    "reach",
    "region_graph",
    "resume_regions",
    "resume_verification",
    "robust_curve",
    "robust_radius",
    "save",
    "segment",
    "spot_check",
    "study",
    "track",
    "verify",
    "verify_file",
    "verify_region",
    "violation_volume",
]

# what loads a solver, networkx or scipy is imported when it is first asked for
_LAZY_NAMES = {
    "crosscheck": "Agreement agree spot_check verify_region",
    "quantities": (
        "ClassVolumes DecisionBoundary Difference Equality Extreme Lipschitz Measure ReachSet "
        "RobustCurve RobustRadius class_volumes decision_boundary difference equal lipschitz maximize "
        "mean minimize reach robust_curve robust_radius violation_volume"
    ),
    "segments": "Segment segment",
    "tracking": "Track track",
    "verification": "Verdict resume_verification verify verify_file",
    "auditing": "audit",
    "geometry": "linear_regions region_graph",
}
_LAZY = {name: module for module, names in _LAZY_NAMES.items() for name in names.split()}

# what `import exactregions; exactregions.geometry` gives
_MODULES = (
    "auditing", "bounds", "cases", "certificate", "comparison", "crosscheck", "domain", "engines", "enumeration",
    "errors", "geometry", "importers", "landscape", "network", "nn", "plot", "progress", "quantities", "recovery",
    "recurrent", "region_parts", "regions", "segments", "testing", "tracking", "unsafe", "verification",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
