"""How often the guard tries when every remedy but those of an engine has its turns."""

from steadystyle.guard.remedies.measure_again import MeasureAgain
from steadystyle.guard.remedies.smaller_step import SmallerStep

AGAIN = MeasureAgain.tries
TRIES = AGAIN + SmallerStep.tries
