"""Streams: where each word comes from, that no normal is infinite, and that streams do not agree."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import places
import pytest
from scipy.special import ndtri
from scipy.stats import kstest

from simulator.drivers import DriverPaths
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.run import simulate
from simulator.streams import BLOCK, BlockDraws, CentralDraws, uniforms_of

FIRST_WORDS = (4623442646383515264, 9480734469794676612, 14100056962042264960)
"""The first words of one stream. If they change, every stored result of every user has changed."""


def test_the_first_words_of_a_stream_are_the_stored_ones() -> None:
    words = BlockDraws(1, 0).words("driver/cpi/shock", 1)
    assert tuple(int(word) for word in words[0, :3]) == FIRST_WORDS


def test_a_stream_is_philox_keyed_by_seed_version_name_and_block() -> None:
    key = np.frombuffer(blake2b(b"7|v1|event/flood|3", digest_size=16).digest(), dtype="<u8")
    straight = np.random.Philox(key=key).random_raw(5 * BLOCK)
    words = BlockDraws(7, 3).words("event/flood", 5)
    assert words.shape == (5, BLOCK)
    assert words[4, 17] == straight[4 * BLOCK + 17]
    assert np.array_equal(words.ravel(), straight)


def test_a_longer_horizon_appends_rows() -> None:
    draws = BlockDraws(1, 2)
    assert np.array_equal(draws.words("x", 16)[:6], draws.words("x", 6))


def test_path_i_is_column_i_mod_1000_of_block_i_div_1000() -> None:
    found = places.driven(places.driver("need", spread="2%"))
    compiled = compile_scenario(found)
    gap = simulate(found, paths=2_345, seed=4).kept["gap"]
    for path in (0, 999, 1_000, 1_500, 2_344):
        block = project(compiled, DriverPaths(compiled, 4).block(path // 1_000))
        assert np.array_equal(gap[..., path], block.measures["gap"][..., path % 1_000])


@pytest.mark.parametrize(("seed", "block", "name"), [(2, 0, "a"), (1, 1, "a"), (1, 0, "b"), (11, 0, "a")])
def test_another_seed_block_or_name_shares_no_word(seed: int, block: int, name: str) -> None:
    words = BlockDraws(1, 0).words("a", 10)
    assert np.array_equal(words, BlockDraws(1, 0).words("a", 10))
    assert not np.isin(BlockDraws(seed, block).words(name, 10), words).any()


def test_the_smallest_and_largest_words_give_finite_normals() -> None:
    ends = uniforms_of(np.array([0, 2**64 - 1], dtype=np.uint64))
    assert (ends > 0).all() and (ends < 1).all()
    assert ends[0] == 1 - ends[1]
    normals = ndtri(ends)
    assert np.isfinite(normals).all()
    assert normals[0] == pytest.approx(-normals[1], abs=1e-9)
    assert -9 < normals[0] < -8


def test_a_million_normals_have_the_moments_and_shape_of_a_normal() -> None:
    z = BlockDraws(1, 0).normals("moments", 1_000).ravel()
    n = z.size
    for found, truth, variance in [
        (z.mean(), 0, 1), (np.mean(z**2), 1, 2), (np.mean(z**3), 0, 15), (np.mean(z**4), 3, 96),
    ]:  # fmt: skip
        assert abs(found - truth) < places.FALSE_ALARM * np.sqrt(variance / n)
    assert kstest(z, "norm").pvalue > 1e-6


def test_uniforms_are_uniform() -> None:
    u = BlockDraws(1, 0).uniforms("uniform", 1_000).ravel()
    assert kstest(u, "uniform").pvalue > 1e-6


def test_streams_are_independent_of_one_another_and_of_their_own_past() -> None:
    names = [f"{kind}/{k}/{part}" for kind in ("driver", "factor", "own/town/driver") for k in range(7)
             for part in ("shock", "trend")]  # fmt: skip
    drawn = [BlockDraws(1, 0).normals(name, 20).ravel() for name in names]
    drawn += [BlockDraws(seed, block).normals(names[0], 20).ravel() for seed, block in [(2, 0), (1, 1), (3, 5)]]
    later = BlockDraws(1, 0).normals(names[0], 21)
    drawn.append(later[1:].ravel())
    found = np.corrcoef(np.array(drawn))
    pairs = found[np.triu_indices(len(drawn), 1)]
    bound = -ndtri(1e-6 / (2 * len(pairs))) / np.sqrt(drawn[0].size)
    assert np.abs(pairs).max() < bound


def test_the_central_case_has_no_luck() -> None:
    draws = CentralDraws()
    assert (draws.normals("anything", 3) == 0).all()
    assert (draws.uniforms("anything", 3) == 0.5).all()
    assert draws.uniforms("anything", 3).shape == (3, 1)
