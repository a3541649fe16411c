"""Ways to go on after a rejected measurement, one remedy a file; tried in the order that each of them says.

    10  measure again      a fault that passes by itself loses nothing but the time of one measurement
    15  reload weights     the network was damaged in memory
    20  renew targets      what is aimed at was damaged in memory
    25  lower loss scale   a gradient overflowed because it was scaled up
    30  full precision     half-precision features overflowed
    35  raise epsilon      a term divides by too little
    40  fresh state        the optimizer's memory was damaged
    45  clip gradient      only the gradient exploded
    50  smaller step       the step was too large
    60  drop term          one term is not finite here, whatever is done

Each has bounded tries from one good picture; when all are used up, the guard gives up with the best picture so far.
"""
