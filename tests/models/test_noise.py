import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import Formulation, Observation
from ionlink.models.noise import merged, moderated, widened, with_scatter_between

FE = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
values = st.floats(-1e3, 1e3)
errors = st.floats(1e-3, 1e2)


def seen(value, error=None, replicates=None, formulation=FE, bound="="):
    return Observation(
        formulation=formulation,
        outcome="density",
        value=value,
        standard_error=error,
        replicates=replicates,
        level="lab",
        source="test",
        bound=bound,
    )


@given(st.lists(st.tuples(values, errors), min_size=1, max_size=6))
def test_merging_is_inverse_variance_weighting(pairs):
    (point,) = merged(seen(v, e) for v, e in pairs)
    weights = [e**-2 for _, e in pairs]
    weighted = sum(w * v for w, (v, _) in zip(weights, pairs, strict=True))
    assert point.mean == pytest.approx(weighted / sum(weights), abs=1e-9)
    assert point.standard_error == pytest.approx(sum(weights) ** -0.5)
    assert point.standard_error <= min(e for _, e in pairs) * (1 + 1e-12)


def test_repeats_without_errors_give_their_own():
    (point,) = merged([seen(1.0), seen(2.0), seen(3.0, 0.1)])
    assert point.mean == pytest.approx(2.0)
    assert point.standard_error == pytest.approx(1 / math.sqrt(3))


def test_readings_that_agree_by_chance_do_not_look_exact():
    others = [Formulation(cation="Fe3+", ligand="PAA", ratio=ratio) for ratio in (10, 20, 30)]
    pairs = [(1.8, 1.8, FE), (1.0, 1.2, others[0]), (0.5, 0.7, others[1]), (0.9, 0.7, others[2])]
    lucky, *rest = merged(seen(v, formulation=f) for first, second, f in pairs for v in (first, second))
    # Pooled variance 0.015 of 4 degrees of freedom, which weighs as 4 beside the pair's own 1 of no scatter.
    assert lucky.standard_error == pytest.approx(math.sqrt(4 * 0.015 / 5 / 2))
    assert rest[0].standard_error == pytest.approx(math.sqrt((4 * 0.015 + 0.02) / 5 / 2))


def test_readings_without_any_scatter_say_nothing_of_their_error():
    assert merged([seen(1.8), seen(1.8)])[0].standard_error is None
    assert merged([seen(0.1), seen(0.1), seen(0.1)])[0].standard_error is None


def test_replicates_add_up():
    (point,) = merged([seen(1.0, 0.1, replicates=3), seen(2.0, 0.2, replicates=2), seen(3.0, 0.3)])
    assert point.replicates == 6


def test_a_single_value_without_error_has_none():
    assert merged([seen(1.0)])[0].standard_error is None


def test_an_exact_value_outweighs_all_others():
    (point,) = merged([seen(1.0, 0.0), seen(5.0, 0.1)])
    assert (point.mean, point.standard_error) == (1.0, 0.0)


@given(values, errors)
def test_distrust_divides_the_trust_into_the_standard_error(value, error):
    doubted = seen(value, error).model_copy(update={"evidence": ("symmetric_cell", "provisional")})
    assert doubted.trust < seen(value, error).trust == 1
    (wide,) = widened([doubted])
    assert wide.standard_error == pytest.approx(error / doubted.trust)
    assert widened([wide, seen(value, error), seen(value)]) == [wide, seen(value, error), seen(value)]


def test_bounds_are_left_out():
    assert merged([seen(1.0, bound="<")]) == []


@given(st.lists(st.tuples(values, errors, st.integers(2, 8)), min_size=1, max_size=8))
def test_moderation_stays_between_own_and_pooled_variance(rows):
    given_ = [seen(v, e, n) for v, e, n in rows]
    pooled = sum((n - 1) * e**2 * n for _, e, n in rows) / sum(n - 1 for *_, n in rows)
    for before, after in zip(given_, moderated(given_), strict=True):
        own = before.standard_error**2 * before.replicates
        new = after.standard_error**2 * after.replicates
        assert min(own, pooled) * (1 - 1e-9) <= new <= max(own, pooled) * (1 + 1e-9)
        assert after.value == before.value


def test_two_replicates_that_agree_by_chance_do_not_look_exact():
    lucky, others = seen(1.0, 1e-6, 2), [seen(float(k), 0.1, 2) for k in range(5)]
    assert moderated([lucky, *others])[0].standard_error > 0.05


def test_observations_without_replicates_pass_unchanged():
    given_ = [seen(1.0), seen(2.0, 0.1), seen(3.0, 0.1, 1)]
    assert moderated(given_) == given_


def days(errors: float, scatter: float, seed: int = 0) -> list[Observation]:
    """24 formulations on three days, which differ by `scatter`; each day says a standard error."""
    random = np.random.default_rng(seed)
    points = [
        Formulation(cation=c, ligand="PAA", ratio=r) for c in ("Fe3+", "Al3+", "Ca2+", "Zn2+") for r in range(8, 14)
    ]
    return [
        seen(f.ratio + scatter * random.normal() + errors * random.normal(), errors, formulation=f)
        for f in points
        for _ in range(3)
    ]


def test_what_differs_from_day_to_day_is_no_matter_of_standard_errors():
    rows = days(0.02, 0.2)
    found = {o.standard_error for o in with_scatter_between(rows)}
    assert sorted(found) == pytest.approx([0.2], rel=0.25)
    honest = days(0.2, 0.0)
    assert with_scatter_between(honest) == honest


def test_errors_of_zero_do_not_hide_the_scatter():
    exact = [o.model_copy(update={"standard_error": 0.0}) for o in days(0.0, 0.2)]
    assert sorted({o.standard_error for o in with_scatter_between(exact)}) == pytest.approx([0.2], rel=0.25)
    same = [seen(1.0, 0.0), seen(1.0, 0.0)]
    assert with_scatter_between(same) == same


@pytest.mark.parametrize(("scatter", "replicates"), [(0.2, 3), (0.2, 10), (0.0, 3)])
def test_what_days_differ_by_is_not_of_replicates(scatter, replicates):
    """Of one replicate on another day the variance is that within a day plus that between days."""
    within = 0.1
    rows = [o.model_copy(update={"replicates": replicates}) for o in days(within / replicates**0.5, scatter)]
    found = with_scatter_between(rows)
    single = np.mean([o.standard_error**2 * o.replicates for o in found])
    assert single == pytest.approx(within**2 + scatter**2, rel=0.4)


@pytest.mark.parametrize(("scale", "error"), [(1e-110, 1e-112), (1e-154, 0.0), (1e200, 1e190), (1.0, 1e300)])
def test_scatter_is_found_in_any_unit(scale, error):
    rows = [seen(value * scale, error) for value in (1.0, 3.0, 2.0)]
    (found,) = {o.standard_error for o in with_scatter_between(rows)}
    assert found == pytest.approx(scale if error < scale else error, rel=0.3)
