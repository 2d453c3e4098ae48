"""One file a shape of domain, in scaled coordinates: what floats prove about points and forms in it.

Each file has three functions of a state.

contains(state, y)
    Prove that y lies strictly inside the domain, whose polytope rows are rows of the cell.
support(state, rho, slack)
    Return a bound of sup rho.y over the domain, where component j of rho may be off by slack_j.
nowhere_positive(state, rho, kappa)
    Prove rho.y + kappa <= 0 on the domain where no operation of the proof rounds: at a tangency.
"""
