"""The parts one by one, for a loop of your own: backbone, losses, optimizer, guard."""

import numpy as np
import tensorflow as tf

from steadystyle.backbones.compact import Compact
from steadystyle.core.flow import Proposal
from steadystyle.guard.judge import Guard
from steadystyle.losses.content import Content
from steadystyle.losses.styles.gram import Gram
from steadystyle.optimizers.adam import Adam
from steadystyle.transfer.measure import Measure, Term

generator = np.random.default_rng(0)
content = tf.constant(generator.random((1, 64, 64, 3)), tf.float32)
style = tf.constant(np.kron(generator.random((1, 8, 8, 3)), np.ones((1, 8, 8, 1))), tf.float32)

backbone = Compact(pooling="max", precision="float32")
measure = Measure(
    backbone,
    {"content": Term(Content(["relu3_1"]), 1.0), "style": Term(Gram(["relu1_1", "relu2_1", "relu3_1"]), 10.0)},
)
targets = measure.targets({"content": [(content, 1.0)], "style": [(style, 1.0)]})

optimizer = Adam()
guard = Guard(optimizer)
guard.on_event = lambda *event: print("guard:", *event)
proposal = Proposal(content, optimizer.start(content))
for step in range(20):
    measurement = measure(proposal.image, targets)
    verdict = guard.judge(measurement)
    if verdict.accepted or verdict.doubt:
        proposal = guard.advance(measurement, proposal.state, learning_rate=0.03)
    else:
        repaired = guard.repair(verdict, measurement, proposal, learning_rate=0.03)
        if repaired is None:
            break
        proposal = repaired
    if step % 5 == 0:
        print(f"step {step}: loss {float(measurement.loss):.4f}")

assert guard.best.measurement is not None
assert np.isfinite(guard.best.picture(otherwise=content.numpy()[0])).all()
print(f"best loss {guard.best.loss:.4f}")
