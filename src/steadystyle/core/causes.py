"""Every cause of numbers going bad, by the id that reports, guard and doctor share. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Cause(NamedTuple):
    """One cause, in words for people."""

    title: str
    what: str
    """What happens in the numbers, and how it is told from its look-alikes."""
    advice: str
    """What to change so that it does not come again."""
    here: str
    """What SteadyStyle itself detects of it in a run, where, and what it does."""

    @property
    def advice_elsewhere(self) -> str:
        """The advice for somebody else's program, without what only our own commands have."""
        return self.advice.partition(" Here, ")[0]


CAUSES: Mapping[str, Cause] = {
    "high-learning-rate": Cause(
        "The learning rate is too high",
        "Each step overshoots: loss, weights or picture grow several times over from one step to the next, "
        "until a number leaves what a float can hold. The first loss was moderate, and a smaller rate from "
        "the same place stays finite.",
        "Divide the learning rate by 10, and again by 10 until the loss falls. Here, leave out --learning-rate: each "
        "optimizer's own fits, as every "
        "loss is relative to its target.",
        "A loss a thousand times the last one, or one that stays above the first while the best is several "
        "steps back, is rejected. It is measured again, then the run goes back to the best picture with a tenth "
        "of the rate, and that ceiling stays.",
    ),
    "zero-division": Cause(
        "A division by zero",
        "Something is divided by exactly 0: the sum of an empty mask, the norm of a zero vector, the range of "
        "a constant. x/0 is infinite and 0/0 is NaN.",
        "Find the denominator and say what the quotient means when it is 0: tf.math.divide_no_nan, or "
        "tf.maximum with a smallest value, before dividing.",
        "Every quotient of a loss, a Gram matrix or a norm has a floor (`core/safe_math`), so that flat, black "
        "and one-pixel pictures give finite values and gradients. The tests try each of them against each "
        "other.",
    ),
    "log-of-nonpositive": Cause(
        "The logarithm of zero or less",
        "log(0) is minus infinity and log of a negative number is NaN. The argument is often a probability "
        "that was rounded to 0, or an eigenvalue that should be positive and is not quite.",
        "Keep the argument above a small positive number with tf.maximum, or compute from logits "
        "(log_softmax, cross-entropy with from_logits=True), where no logarithm of 0 appears.",
        "The one logarithm here, of the eigenvalues in the log-Euclidean style loss, is taken after a share of "
        "the mean eigenvalue is added to each; a term that is not finite all the same gets a hundred times that "
        "share.",
    ),
    "bad-input-range": Cause(
        "Pictures in the wrong range",
        "What enters the network is not in the range it was trained on: 0 to 255 where 0 to 1 is meant, "
        "scaled twice, or wrapped around in uint8. Every activation is then off by the same factor, and "
        "squares of it overflow.",
        "Look at minimum and maximum of the very tensor that enters the network; convert to float first, "
        "scale once, in one place.",
        "Arrays and files are recognised by one written rule before anything is computed: put right where there "
        "is one plausible reading, refused in one line where there is not, and the report says which.",
    ),
    "exploding-gradient": Cause(
        "The gradient explodes",
        "The loss is finite, but its gradient is not: on the way back through the layers it grows from layer "
        "to layer until a number overflows, or one entry meets an infinite slope.",
        "Lower the weight of the largest loss, or clip the gradient by its global norm. If it happens at the "
        "first step, look at the pictures: constant areas give slopes without a limit.",
        "The norm is measured so that it cannot overflow. A gradient that is not finite, or a million times the "
        "last one, is measured again and made again layer by layer; then it is clipped to the last good length, "
        "then the step is made smaller.",
    ),
    "unnormalised-loss": Cause(
        "A loss that grows with the size of the picture",
        "A Gram matrix, a variation or a weight is not divided by the number of entries: the very first loss "
        "is already huge, and one term outweighs the others ten thousand times.",
        "Divide by height x width x channels, or by the target's own size, and use weights near 1.",
        "Each loss is divided by its target's own size, so that weights mean the same at every size. A weighted "
        "sum beyond float32 is named with the term that outweighs the others, and the run ends closed.",
    ),
    "small-std-division": Cause(
        "A division by almost nothing",
        "A standard deviation or variance is tiny, though not 0: a constant channel or a flat picture. "
        "Dividing by it makes values and gradients of millions.",
        "Add an epsilon inside the square root (sqrt(variance + 1e-5)), large enough for the precision in use.",
        "Means and deviations are scaled by the largest difference before they are squared, and no style loss "
        "divides by a deviation.",
    ),
    "empty-reduction": Cause(
        "The mean of nothing",
        "A mean is taken over no elements: an empty batch, a mask that selects nothing, a picture cropped to "
        "size 0. Its value is 0/0.",
        "Check the size first, or divide the sum by tf.maximum(count, 1).",
        "Counts have a floor of one: a picture one pixel wide has no neighbours across, and a total variation of 0.",
    ),
    "integer-overflow": Cause(
        "A whole number too large for its type",
        "A product of integers, such as 4·N²·M² made from tf.shape, passes the largest int32 and wraps to a "
        "negative number or 0, on which a division or a root then fails.",
        "Cast to float32 before multiplying.",
        "Sizes are cast to float32 before they are multiplied.",
    ),
    "sqrt-of-negative": Cause(
        "The root of a negative number",
        "The argument of a square root is slightly below 0, often by rounding: E[x²] − E[x]² of a constant, "
        "an eigenvalue of -1e-8. The result is NaN.",
        "Compute a variance as the mean of squared differences, and take the root of tf.maximum(x, 0).",
        "Covariances are centred before they are multiplied, and eigenvalues raised above rounding before their "
        "root is taken.",
    ),
    "sqrt-gradient-at-zero": Cause(
        "The slope of a root at zero",
        "Going forward all is finite. The slope of sqrt, of a norm or of a standard deviation at 0 is "
        "infinite, and on the way back infinity times 0 is NaN.",
        "Add an epsilon under the root, or use squared distances, which need no root.",
        "Roots and norms go through `core/safe_math`, whose gradient at 0 is 0.",
    ),
    "pow-domain": Cause(
        "A power outside its domain",
        "0 to a power below 1 has an infinite slope, and a negative number to a fraction is NaN.",
        "Keep the base above a small positive number, or use an even whole power.",
        "There is no power with a fraction in the losses.",
    ),
    "masked-branch-gradient": Cause(
        "A masked branch still has a gradient",
        "tf.where hides the bad value of the branch that is not taken, but not its gradient: 0 times infinity is NaN.",
        "Use the double where: replace the argument by a harmless one first, compute, then select.",
        "Arguments are made harmless before a function sees them, and not its result after it.",
    ),
    "exp-overflow": Cause(
        "An exponential too large",
        "exp of more than 88.7 passes what float32 can hold (11.09 in float16).",
        "Subtract the maximum first, or limit the argument with tf.minimum.",
        "There is no exponential in the losses.",
    ),
    "unstable-softmax": Cause(
        "A softmax written by hand",
        "exp, sum and division one after the other overflow for large logits, and the logarithm of the result "
        "meets 0 for small ones.",
        "Use tf.nn.softmax, tf.nn.log_softmax, tf.reduce_logsumexp or tf.math.log_sigmoid.",
        "There is no softmax in the losses.",
    ),
    "half-precision-overflow": Cause(
        "Too large for float16",
        "float16 ends at 65504. Gram matrices and sums of squares pass it easily; in float32 the same numbers "
        "are finite.",
        "Compute reductions and losses in float32; take bfloat16, which has the range of float32, for the "
        "convolutions.",
        "Gram matrices and losses are float32 always. The layers that no loss looks at are watched at every step; "
        "where one overflows, the run goes on in float32.",
    ),
    "half-precision-underflow": Cause(
        "Too small for float16",
        "A constant below 3e-8, an epsilon for example, is 0 in float16: the division it should protect is by 0.",
        "Take an epsilon of at least 1e-4 in half precision, or keep that part in float32.",
        "In float16 the loss is scaled by the number of pixels on its way back. A gradient that is 0 everywhere "
        "while the loss is not is rejected, and measured in float32.",
    ),
    "loss-scale-misuse": Cause(
        "The loss scale is not taken back",
        "The loss was multiplied for float16, and the gradients were not divided again: they are too large by "
        "a power of two.",
        "Use LossScaleOptimizer as a whole, or unscale the gradients before clipping and applying them.",
        "The gradient is divided by the very scale that the loss was multiplied with; where it overflows, the "
        "scale is lowered to a sixteenth, four times at most.",
    ),
    "nonfinite-input": Cause(
        "What comes in is not finite",
        "A picture, target or batch holds a NaN or an infinity before any computation.",
        "Check each file once with tf.debugging.assert_all_finite, and leave out or repair the one that fails.",
        "Pictures are checked when they come in, resized, and turned into targets; each of these is made twice "
        "and compared, and made anew where it is not finite. A few bad pixels of a picture are filled from "
        "their neighbours, and it is said.",
    ),
    "out-of-memory": Cause(
        "The memory does not suffice",
        "Activations of a network take hundreds of bytes a pixel, and all of them are kept until the gradient has "
        "come back through them: beyond some size an allocation fails, or the system ends the process without a word.",
        "Take a smaller picture, a smaller network, or measure it tile by tile.",
        "What a run needs is estimated before it begins, and beside what the machine and the process's group have "
        "left: a picture that does not fit is measured in tiles, with the same loss and gradient, and an optimizer "
        "with a history keeps less of it. Where an allocation fails all the same, tiles are made half as large.",
    ),
    "input-form": Cause(
        "A picture in another form",
        "A picture came in a form that has one meaning but is not ours: whole numbers, channels first, a batch of "
        "one, alpha. It was turned, and is the same picture.",
        "Nothing needs to change; floats (H, W, 3) from 0 to 1 are taken as they are.",
        "It is turned, and said: the report has an event that counts as no repair.",
    ),
    "nonfinite-weights": Cause(
        "The network's weights are not finite",
        "A variable holds a NaN or an infinity before the first step: a damaged file, or a checkpoint saved too late.",
        "Load the weights again from a file whose hash is known, or go back to an earlier checkpoint.",
        "Weights are checked when they are read, by hash where one is published, and layer by layer for NaN, "
        "infinity and sizes that no trained network has. Where a measurement goes bad they are compared with "
        "what was read, and read again if they changed.",
    ),
    "optimizer-state": Cause(
        "The optimizer's memory is bad",
        "Gradients are finite but the update is not: an epsilon of 0, or moments that were restored or overflowed.",
        "Begin with fresh state, and an epsilon of at least 1e-7.",
        "Before each step the state must be one that a step can have led to (Adam's moments bound each other; "
        "L-BFGS has positive curvatures and a finite base); if not, the optimizer forgets. The picture that is "
        "measured must be in [0, 1] and the one that was proposed.",
    ),
    "nonfinite-learning-rate": Cause(
        "The learning rate is not a usable number",
        "The schedule gives NaN, infinity or a negative rate at this step, and every variable goes bad at once.",
        "Evaluate the schedule over all steps; a division by a number of steps that is 0 is the usual reason.",
        "A rate that is not finite, negative, or above the one that was set is replaced by the last good one.",
    ),
    "clip-spreads-nan": Cause(
        "Clipping spreads one bad number",
        "One entry of one gradient was not finite; clipping by the global norm divides everything by that "
        "norm, and all is NaN.",
        "Look for what made the first bad entry; skip the step instead of clipping it.",
        "Clipping here takes bad entries one by one, and measures norms so that they neither overflow nor vanish.",
    ),
    "singular-matrix": Cause(
        "A matrix that cannot be inverted",
        "A Cholesky factor, inverse, whitening or log-determinant is asked of a matrix of too low a rank: "
        "fewer pixels than channels, or channels that are always 0.",
        "Add a small multiple of the identity, or limit the eigenvalues from below.",
        "No matrix is inverted. Roots and logarithms go by eigenvalues with a floor, and their gradients by "
        "divided differences, which are finite for equal eigenvalues.",
    ),
    "trig-domain": Cause(
        "An angle of what is no cosine",
        "acos and asin are NaN beyond ±1 and have an infinite slope at it; atan2(0, 0) has no slope.",
        "Clip the argument to slightly inside ±1.",
        "There is no angle in the losses.",
    ),
    "degenerate-batch-norm": Cause(
        "Statistics of one element or none",
        "Batch normalisation sees a batch with one value a channel, or none; its variance is 0 or undefined.",
        "Use larger batches or instance normalisation, and run a finished network with training=False.",
        "The networks have no batch normalisation.",
    ),
    "label-out-of-range": Cause(
        "A class that does not exist",
        "A label is negative or not below the number of classes; on a GPU its loss is NaN without an error.",
        "Check the labels' minimum and maximum against the last layer's size.",
        "There are no labels.",
    ),
    "backend-bug": Cause(
        "One machine computes it differently",
        "The same step is finite elsewhere: only under XLA, on a GPU, or with one kernel is it not, and "
        "nothing else explains it.",
        "Report it with the saved step; meanwhile switch off XLA, or place that operation on the CPU.",
        "Whatever surprises (a loss that falls by more than its slope promises or leaps, a gradient twenty "
        "times longer or shorter, the first measurement at each size) is measured twice. What does not repeat "
        "was an accident: the second is taken, and the report tells of the first.",
    ),
    "healthy": Cause(
        "Nothing is wrong",
        "What is not finite does no harm: a mask of minus infinity, an infinite first best, a step that loss "
        "scaling skipped.",
        "Nothing needs to change.",
        "The report has no events.",
    ),
    "unknown": Cause(
        "The cause is not known",
        "The numbers went bad and nothing that was tried explains it.",
        "Look at the evidence: the first place and value that are not finite. A smaller learning rate and "
        "smaller weights are the first things to try.",
        "The evidence is told as it is; the remedies are tried in their order all the same.",
    ),
}
