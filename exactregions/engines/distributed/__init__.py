"""One search shared out to the workers of an executor: threads, processes, or machines."""

from exactregions.engines.distributed.engine import DistributedEngine, shared_out

__all__ = ["DistributedEngine", "shared_out"]
