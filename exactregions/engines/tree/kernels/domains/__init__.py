"""One file a shape of domain, in scaled coordinates: what floats prove about points and forms in it.

There are seven functions of a state. Files are stacked (see `kinds`): where a domain has an end everywhere, the last
four are those of `bounded`, and the first three of one without an end are those of `box`.

contains(state, y)
    Prove that y lies strictly inside the domain, whose polytope rows are rows of the cell.
support(state, rho, slack)
    Return a bound of sup rho.y over the domain, where component j of rho may be off by slack_j.
nowhere_positive(state, rho, kappa)
    Prove rho.y + kappa <= 0 on the domain where no operation of the proof rounds: at a tangency.
growth(state, y)
    Return by what factor the error of a form at y may exceed its bound, which holds within reach.
largest_growth(state)
    Return a bound of that factor over the domain.
cancel(state, count, error)
    Let the combination of a proof vanish exactly where the domain has no end; return what that may add to its constant.
without_noise(state, count)
    Leave rows out of a proof that failed, if they may have been its fault; return whether any were.

Those that the kernel of nearest points searches have two more: `radius(state)` and `room(state, distance)`, the
Euclidean distances at which nearest points are given up, and up to which points are looked for from one of them.
"""
