"""Holds a line and a package in which every kind of number that a recipe may hold is written, and finds where such numbers stand."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from procsim.model.amounts import Law
from procsim.recipe.recipe import Recipe
from procsim.recipe.unreached import used

LINE = """\
line:
  lot: {panels: 4, units_per_panel: 10}
  releases:
    one: {every_h: 2, first_at_h: 1, due_h: 30, priority: 1, lots: 10, lots_at_once: 1}
    two: {every_h: {exponential: {mean: 3}}, due_h: {uniform: {low: 10, high: 20}}}
    three: {schedule: [{at_h: 1, lots: 2, priority: 1, due_h: 20}, {at_h: 5, lots: 1}]}
    four: {panels_per_week: 40, pattern: exponential}
    five: {lots_per_week: 4}
  transport_min: 1
  queue_time_limits:
    q: {from: clean, to: etch, limit_h: 8, action: rework, rework: {to: clean, limit: 1}}
  shifts:
    day: {on_off_h: [16, 8]}
    night: {on_off_h: [12, 12], starts: "off", at_end: finish}
  operators: {crew: 3, staff: {count: 2, shift: day}}
  start_wip:
    - {stream: one, step: etch, panels: 4, released_h: -2, since_h: -1, due_h: 20, priority: 1}
    - {stream: two, step: litho, remaining_h: 0.2, tool: 1, since_h: -0.1, released_h: -3}
    - {stream: two, step: row, out_h: 0.1, since_h: -0.1, released_h: -3}
  tools:
    wet: {count: 2, batch: {min_panels: 4, max_panels: 8, longest_wait_h: 1}, load_min: 2, unload_min: 2, price_usd: 1000000, life_years: 5, residual_value: 0.1, installation: 0.1, upkeep: 0.05, footprint_m2: 5, power_kw: 3, operators: 0.5, practical_capacity: 0.8}
    litho: {speeds: [1, 1.5], setup: {by: step, time_min: 5, min_run_lots: 2}, attended: {pool: staff, during: [setup, load]}, load_min: 1}
    etcher:
      count: 2
      failures: {f: {mtbf_h: 50, mttr_h: 1, crew: crew}, g: {mtbf_h: {weibull: {mean: 80, shape: 2}}, mttr_h: {lognormal: {mean: 2, cv: 1}}, clock: busy, work: scrap}}
      maintenance: {a: {every_h: 40, takes_h: 1}, b: {every_panels: 30, takes_min: 20, crew: crew}}
      engineering: {e: {every_h: 60, takes_h: 1}}
      buffer_lots: 100000
    belt: {count: 1, inline: {panels: 3}}
    bench: {count: 3, shift: day, setup: {by: [step, product], changes_min: {step: 2, product: 3}}}
    tables: {count: 2, setup: {by: product, table_min: {one: {two: 5}, two: {one: 6}}}, shift: night}
run: {horizon_h: 100, warmup_h: 10, replications: 2, seed: 3, confidence: 0.95, start_week: 1, units_before: 10, allow_overload: true}
economics: {hours_per_year: 8000, practical_capacity: 0.8, life_years: 5, interest: 0.08, labour_usd_per_h: 20, overhead: 0.1, electricity_usd_per_kwh: 0.1, floor_usd_per_m2_year: 1000, nre_usd: 10000, volume_units: 100000, margin: 0.2, shift_premium: 0.1, premium_shifts_per_week: 7, shifts_per_week: 21, indirect_per_direct: 0.2, scrap_recovery: 0.1, units_per_year: 100000}
materials:
  paste: {price_usd_per_g: 0.5, density_g_cm3: 2, minimum_lot: 10, shelf_life_days: 30, reclaim_usd_per_kg: 1}
  target: {price_usd_per_piece: 500, life_panels: 1000}
processes:
  p: {tool: etcher, time_min: {per_lot: 10, per_panel: {gamma: {mean: 2, cv: 0.5}}, per_unit: {uniform: {low: 0.1, high: 0.2}, each: true}}, load_min: 1, consumes: {paste: {per_panel: 1}}, wears: [target], yield: {panel: 0.999, unit: 0.99}, defects: {per_unit_ppm: 100, law: negative_binomial, clustering: 2, learning: {floor: 0.5, tau_weeks: 10, per_doubling: 0.9, first_units: 100}}, tooling_usd: 100, infant_ppm: 10}
steps:
  - {id: clean, tool: wet, time_min: 30, rework: {to: clean, chance: 0.05, limit: 1}}
  - {id: litho, tool: litho, time_min: {per_panel: 5}, consumes: {paste: 2}}
  - {id: etch, process: p}
  - {id: row, tool: belt, time_min: {per_panel: 3}, sample: 0.9}
  - {id: some, tool: bench, time_min: 5, sample_every: 2}
  - {id: half, tool: bench, time_min: 5, split_lots: 2}
  - {id: join, tool: bench, time_min: 5, merge_lots: true}
  - {id: look, op: inspect, tool: bench, time_min: {normal: {mean: 5, sd: 1}}, coverage: 0.9, false_reject: 0.01, retest: 1, repair: {success: 0.5, damage: 0.01, limit: 1, diagnosable: 0.9, time_min: 1, consumes: {paste: 0.1}}}
  - {id: burn, tool: tables, time_h: {discrete: {values: [0.5, 1], weights: [1, 2]}}, burn_in: 0.9}
  - {id: t, op: test, tool: tables, time_min: {triangular: {low: 1, mode: 2, high: 3}}, fault_coverage: 0.9}
"""

PACKAGE = """\
extends: flows:embodiment_1.yaml
changes:
  - set:
      run.horizon_h: 150
      run.warmup_h: 10
      run.allow_overload: true
      line.lot.panels: 3
      line.release.panels_per_week: 30
      line.release.pattern: exponential
      product.dies.logic: {width_mm: 8, length_mm: 8, thickness_um: 300, pads: 350, pad_um: 60, wafer: {price_usd: 3000, edge_mm: 3, scribe_mm: 0.1, defects_per_cm2: 0.1, critical: 1, law: negative_binomial, clustering: 3, test_usd: 0.1, coverage: 0.99, finish_usd_per_mm2: 0.01}}
      product.passives.coil: {kind: spiral, layer: 2, between: [logic.left, antenna], width_um: 1200, length_um: 1200, line_um: 30, gap_um: 20, turns: 5, yield: 0.999, test_s: 1}
"""


def spots(recipe: Recipe) -> Iterator[tuple[str, bool]]:
    """(address, whether a distribution may stand there) of every field that may hold a number, each kind of field once."""
    seen: set[tuple[str, str]] = set()
    reached = used(recipe)
    for name in type(recipe.document).model_fields:
        value = getattr(recipe.document, name)
        if name in reached:
            for key in sorted(reached[name] & set(value)):
                yield from _of(value[key], f"{name}.{key}", seen)
        elif isinstance(value, BaseModel):
            yield from _of(value, name, seen)
    for placed in recipe.steps:
        yield from _of(placed.step, placed.id, seen)


def _of(model: BaseModel, address: str, seen: set[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    for name, field in type(model).model_fields.items():
        key, value = field.alias or name, getattr(model, name)
        kinds = _kinds(field.annotation)
        if kinds & {int, float} and (type(model).__name__, key) not in seen:
            seen.add((type(model).__name__, key))
            yield f"{address}.{key}", Law in kinds
        inner = value if isinstance(value, dict) else {}
        for k, one in [("", value), *((f".{k}", one) for k, one in inner.items())]:
            if isinstance(one, BaseModel) and not isinstance(one, Law):
                yield from _of(one, f"{address}.{key}{k}", seen)


def _kinds(annotation: Any) -> set[type]:
    """The types that a field may hold, those inside lists and mappings left out."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return set().union(*map(_kinds, get_args(annotation)))
    return {annotation} if isinstance(annotation, type) and origin is None else set()
