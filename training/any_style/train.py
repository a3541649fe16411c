"""Train the network for any style: `python -m training.any_style.train PICTURES --run FOLDER`."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from PIL import Image

from training.any_style import network
from training.any_style.styles import Styles
from training.compact.pictures import photographs

ENCODER = Path(__file__).parents[2] / "src" / "steadystyle" / "backbones" / "compact.npz"
STYLE_LAYERS = network.LAYERS
CONTENT_LAYER = "relu4_2"
PAINTED = 64
TERMS = ("content", "gram", "moments", "variation", "first")


def gram(features):
    n, h, w, c = features.shape
    flat = features.reshape(n, h * w, c)
    return jnp.einsum("npc,npd->ncd", flat, flat, preferred_element_type=jnp.float32) / (h * w)


def relative(found, wanted, floor):
    axes = tuple(range(1, found.ndim))
    power = jnp.mean(jnp.square(wanted), axes)
    return jnp.mean(jnp.square(found - wanted), axes) / (power + floor)


def moments(features):
    x = features.astype(jnp.float32)
    mean = x.mean((1, 2))
    return jnp.concatenate([mean, jnp.sqrt(jnp.square(x - mean[:, None, None]).mean((1, 2)) + 1e-4)], 1)


def terms_of(made, content, style, options, encoder, dtype):
    features = network.encode(encoder, made, [*STYLE_LAYERS, CONTENT_LAYER], dtype)
    wide = features[CONTENT_LAYER].astype(jnp.float32)
    of_content = relative(wide, content[CONTENT_LAYER].astype(jnp.float32), 1e-2).mean()
    distances = [relative(gram(features[n]), style[n][0], 1e-4) for n in STYLE_LAYERS]
    of_gram = jnp.mean(jnp.stack([jnp.log1p(options.tame * d) / options.tame for d in distances]))
    of_moments = jnp.mean(jnp.stack([jnp.log1p(relative(moments(features[n]), style[n][1], 1e-3)) for n in STYLE_LAYERS]))
    down, across = made[:, 1:] - made[:, :-1], made[:, :, 1:] - made[:, :, :-1]
    variation = jnp.mean(jnp.square(down)) + jnp.mean(jnp.square(across))
    return jnp.stack([
        options.content_weight * of_content, options.gram_weight * of_gram,
        options.moments_weight * of_moments, options.tv_weight * variation,
    ]), jnp.mean(jnp.stack(distances))


def stylise(parameters, encoder, contents, styles, dtype, passes=1):
    style = {n: network.statistics(f) for n, f in network.encode(encoder, styles, network.LAYERS, dtype).items()}
    made = contents
    for _ in range(passes):
        made = network.decode(parameters, network.encode(encoder, made, network.LAYERS, dtype), style)
    return made


def loss_of(parameters, encoder, contents, styles, options):
    dtype = jnp.dtype(options.precision)
    content = network.encode(encoder, contents, [*network.LAYERS, CONTENT_LAYER], dtype)
    reference = network.encode(encoder, styles, STYLE_LAYERS, dtype)
    style = {n: network.statistics(reference[n]) for n in network.LAYERS}
    wanted = {n: (gram(f), moments(f)) for n, f in reference.items()}
    made = network.decode(parameters, content, style)
    total, plain = terms_of(made, content, wanted, options, encoder, dtype)
    first = jnp.float32(0)
    for _ in range(options.passes - 1):
        first = 0.3 * jnp.sum(total)
        again = network.encode(encoder, made, network.LAYERS, dtype)
        made = network.decode(parameters, again, style)
        total, plain = terms_of(made, content, wanted, options, encoder, dtype)
    loss = jnp.sum(total) + first
    return loss, jnp.concatenate([total, first[None], plain[None]])


def crops(key, pictures, count, size, recolour):
    """Random pictures, cropped, mirrored, turned, and some recoloured: (count, size, size, 3) in [0, 1]."""
    keys = jax.random.split(key, 8)
    picked = pictures[jax.random.randint(keys[0], (count,), 0, len(pictures))].astype(jnp.float32) / 255
    whole = pictures.shape[1]
    scale = jnp.exp(jax.random.uniform(keys[1], (count,), minval=jnp.log(size / whole), maxval=jnp.log(1.7 * size / whole)))
    room = whole * scale - size
    offset = -jax.random.uniform(keys[2], (count, 2)) * room[:, None]

    def crop(picture, by, shift):
        return jax.image.scale_and_translate(
            picture, (size, size, 3), (0, 1), jnp.stack([by, by]), shift, "linear", antialias=True
        )

    found = jax.vmap(crop)(picked, scale, offset)
    found = jnp.where(jax.random.bernoulli(keys[3], 0.5, (count, 1, 1, 1)), found[:, :, ::-1], found)
    if recolour:
        found = jnp.where(jax.random.bernoulli(keys[4], 0.5, (count, 1, 1, 1)), found.swapaxes(1, 2), found)
        found = jnp.where(jax.random.bernoulli(keys[5], 0.5, (count, 1, 1, 1)), found[:, ::-1], found)
        mixing = jnp.eye(3) + 0.35 * jax.random.normal(keys[6], (count, 3, 3))
        mixing = mixing / jnp.sum(mixing, 2, keepdims=True).clip(0.5)
        uniform = jax.random.uniform(keys[7], (count, 4, 1, 1, 1))
        changed = jnp.einsum("nhwc,ndc->nhwd", found, mixing, precision=network.HIGHEST) - 0.5
        changed = (changed * (0.5 + 1.2 * uniform[:, 0]) + 0.35 + 0.3 * uniform[:, 1]).clip(0, 1)
        changed = jnp.where(uniform[:, 2] < 0.12, 1 - changed, changed)
        found = jnp.where(uniform[:, 3] < 0.5, changed, found)
    return found.clip(0, 1)


def painted(count: int, size: int, files: list[Path], seed: int) -> np.ndarray:
    """`count` style pictures, uint8."""
    source = Styles(files, 1, size, seed)
    return np.stack([(source._one() * 255).round().astype(np.uint8) for _ in range(count)])


def paint(pool: Executor, files: list[Path], count: int, size: int, seed: int) -> list[Future[np.ndarray]]:
    return [pool.submit(painted, PAINTED, size, files[i % 16 :: 16], seed + i) for i in range(count // PAINTED)]


def train(options: argparse.Namespace) -> None:
    options.run.mkdir(parents=True, exist_ok=True)
    began = time.time()
    files, held_back = photographs(options.pictures)
    contents = jnp.asarray(np.stack([np.asarray(Image.open(f).convert("RGB")) for f in files]))
    pool = ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"))
    paintings = paint(pool, files, options.styles, 256, options.seed + 1)
    with np.load(ENCODER) as arrays:
        encoder = {name: jnp.asarray(arrays[name].astype(np.float32)) for name in arrays.files}
    start = dict(np.load(options.start)) if options.start else network.initial(options.seed)
    parameters = {name: jnp.asarray(a) for name, a in start.items()}
    schedule = optax.warmup_cosine_decay_schedule(0, options.rate, options.steps // 50 + 1, options.steps, options.rate / 100)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule, b2=0.99))
    state = optimizer.init(parameters)
    averaged = parameters

    def one(carry, key, styles):
        parameters, averaged, state = carry
        first, second, third = jax.random.split(key, 3)
        batch = crops(first, contents, options.batch, options.size, False)
        own = crops(second, styles, options.batch - options.batch // 4, options.size, True)
        photos = crops(third, contents, options.batch // 4, options.size, True)
        (_, terms), gradients = jax.value_and_grad(loss_of, has_aux=True)(
            parameters, encoder, batch, jnp.concatenate([own, photos]), options
        )
        sound = jnp.isfinite(optax.global_norm(gradients))
        updates, following = optimizer.update(gradients, state, parameters)
        changed = optax.apply_updates(parameters, updates)
        keep = partial(jax.tree.map, lambda new, old: jnp.where(sound, new, old))
        parameters, state = keep(changed, parameters), keep(following, state)
        averaged = jax.tree.map(lambda a, p: options.average * a + (1 - options.average) * p, averaged, parameters)
        return (parameters, averaged, state), (terms, sound)

    carry = parameters, averaged, state
    key, bad = jax.random.key(options.seed), 0
    keys = jax.random.split(key, options.every)
    shape = jax.ShapeDtypeStruct((options.styles // PAINTED * PAINTED, 256, 256, 3), jnp.uint8)
    chunk = jax.jit(lambda carry, keys, styles: jax.lax.scan(partial(one, styles=styles), carry, keys))
    chunk = chunk.lower(carry, keys, shape).compile()
    print(f"compiled: {time.time() - began:.0f} s", flush=True)
    styles = jnp.asarray(np.concatenate([job.result() for job in paintings]))
    pool.shutdown()
    print(f"pictures painted: {time.time() - began:.0f} s", flush=True)
    for step in range(0, options.steps, options.every):
        keys = jax.random.split(jax.random.fold_in(key, step), options.every)
        carry, (terms, sound) = chunk(carry, keys, styles)
        terms, bad = np.asarray(terms).mean(0), bad + int((~np.asarray(sound)).sum())
        named = dict(zip((*TERMS, "style"), terms.tolist(), strict=True))
        record = {"step": step + options.every, "seconds": time.time() - began, "bad": bad, **named}
        with open(options.run / "log.jsonl", "a") as log:
            log.write(json.dumps(record) + "\n")
        print(" ".join(f"{n} {v:.4g}" for n, v in record.items()), flush=True)
        done = time.time() - began > options.seconds or step + options.every >= options.steps
        if done or step // options.every % 10 == 9:
            arrays = {name: np.asarray(a) for name, a in carry[1].items()}
            np.savez(options.run / "weights.tmp.npz", **arrays)
            os.replace(options.run / "weights.tmp.npz", options.run / "weights.npz")
        if done:
            break
    if options.sheet:
        sheet(options, arrays, encoder, held_back)


def sheet(options, parameters, encoder, held_back) -> None:
    """Held-back photographs in the style of held-back pictures, at 512 px for the largest; with their style losses."""
    read = lambda path, side: np.asarray(Image.open(path).convert("RGB").resize((side, side), Image.LANCZOS), np.float32) / 255
    side = options.sheet
    places = sorted(options.judge.glob("content/*")) if options.judge else []
    contents = [read(p, side) for p in (*places, *held_back[:2])]
    styles = [read(p, side) for p in (sorted(options.judge.glob("style/*")) if options.judge else held_back[2:6])]
    make = jax.jit(partial(stylise, dtype=jnp.dtype(options.precision), passes=options.passes))
    dtype = jnp.dtype(options.precision)

    @jax.jit
    def style_loss(made, style):
        ours, theirs = (network.encode(encoder, x, STYLE_LAYERS, dtype) for x in (made, style))
        return jnp.mean(jnp.stack([relative(gram(ours[n]), gram(theirs[n]), 1e-6) for n in STYLE_LAYERS]))

    rows = [np.concatenate([np.ones_like(styles[0]), *styles], 1)]
    for content in contents:
        row = [content]
        for style in styles:
            made = make(parameters, encoder, content[None], style[None])
            print(f"style loss {float(style_loss(made, style[None])):.4f}", end=" ")
            row.append(np.asarray(made[0]))
        print(flush=True)
        rows.append(np.concatenate(row, 1))
    whole = Image.fromarray((np.concatenate(rows) * 255).round().astype(np.uint8))
    whole.save(options.run / "sheet.jpg", quality=88)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("pictures", type=Path)
    found.add_argument("--run", type=Path, required=True)
    found.add_argument("--start", type=Path)
    found.add_argument("--judge", type=Path)
    found.add_argument("--sheet", type=int, default=384)
    found.add_argument("--styles", type=int, default=6000)
    found.add_argument("--steps", type=int, default=20000)
    found.add_argument("--seconds", type=float, default=1e9)
    found.add_argument("--every", type=int, default=250)
    found.add_argument("--batch", type=int, default=16)
    found.add_argument("--size", type=int, default=256)
    found.add_argument("--passes", type=int, default=1)
    found.add_argument("--rate", type=float, default=1e-3)
    found.add_argument("--average", type=float, default=0.995)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    found.add_argument("--content-weight", type=float, default=1.0)
    found.add_argument("--gram-weight", type=float, default=20.0)
    found.add_argument("--moments-weight", type=float, default=5.0)
    found.add_argument("--tv-weight", type=float, default=5.0)
    found.add_argument("--tame", type=float, default=4.0)
    return found


if __name__ == "__main__":
    train(parser().parse_args())
