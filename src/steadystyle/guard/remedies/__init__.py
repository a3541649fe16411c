"""Ways to go on after a rejected measurement, one remedy a file; tried in the order that each of them says.

    measure again      a fault that passes by itself loses nothing but the time of one measurement
    renew targets      what is aimed at was damaged in memory
    full precision     half-precision features overflowed
    fresh state        the optimizer's memory was damaged
    smaller step       the step was too large

Each has bounded tries from one good picture; when all are used up, the guard gives up with the best picture so far.
"""
