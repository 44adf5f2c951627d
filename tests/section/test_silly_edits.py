"""Silly edits of the shipped packages are refused by the name of what is wrong; small sensible ones never are."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import PACKAGES, ROOT, WHATIFS, loaded

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section import escape, roles
from procsim.section.build import build
from procsim.section.figures_of_merit import merits

FLOWS = {"1": "embodiment_1", "2": "embodiment_2", "3": "embodiment_3", "4": "embodiment_4", "5": "embodiment_5", "sinks": "dual_heat_sink"}


def edited(folder: Path, flow: str, edit: str, insert: str = "") -> Recipe:
    """The shipped *flow* with an *edit*: ``address=value`` and ``-step`` (taken away, with what looks at it left looking at the rest), separated
    by blanks; *insert* is further changes."""
    name = FLOWS.get(flow, f"whatif/{flow}")
    words = edit.split()
    sets, gone = [w for w in words if not w.startswith("-")], {w[1:] for w in words if w.startswith("-")}
    changes = [f"remove: [{', '.join(sorted(gone))}]"] if gone else []
    for placed in loaded(ROOT / "flows" / f"{name}.yaml").steps if gone else ():
        seen = placed.step.sees
        if seen and gone & set(seen) and placed.id not in gone:
            left = [one for one in seen if one not in gone]
            changes.append(f"set: {{{placed.id}.sees: [{', '.join(left)}]}}" if left else f"remove: {placed.id}")
    path = folder / "edited.yaml"
    lines = "".join(f"  - {change}\n" for change in changes) + insert
    path.write_text(f"extends: flows:{name}.yaml\n" + (f"changes:\n{lines}" if lines else ""), encoding="utf-8")
    return load(path, sets)


SILLY = [
    # what is no adhesive, compound, metal …: by its role
    ("1", "attach.adhesive=di_water", "attach: die_attach_tape takes an adhesive, and di_water is a rinse; .*die_tape, conductive_paste"),
    ("1", "attach.adhesive=nitrogen", "nitrogen is a gas"),
    ("1", "attach.adhesive=photoresist", "takes an adhesive, and photoresist is a resist"),
    ("1", "attach.adhesive=underfill", "takes an adhesive, and underfill is an underfill"),
    ("1", "mould.material=nitrogen", "compression_mould takes a moulding compound, and nitrogen is a gas; epoxy_mould and polymer_fill would fit"),
    ("1", "mould.material=copper", "takes a moulding compound, and copper is"),
    ("1", "mould.material=polyimide", "takes a moulding compound, and polyimide is a liquid dielectric"),
    ("1", "mould.material=polyimide mould.process=vacuum_fill", "takes a filler or moulding compound, and polyimide"),
    ("1", "mould.material=underfill", "takes a moulding compound, and underfill is an underfill"),
    ("1", "layer/resist.material=polyimide", "laminate_resist takes a resist"),
    ("1", "layer/seed.material=aluminium", "sputter_seed takes a seed"),
    ("1", "layer/coat.material=slurry", "slurry is an abrasive; polyimide"),
    ("1", "layer/coat.material=solder_mask", "slit_coat takes a liquid dielectric"),
    ("1", "passivate.material=epoxy_mould", "coat_mask takes a solder mask"),
    ("1", "pad_finish.material=copper", "nickel_gold_finish takes a finish, and copper is"),
    ("1", "layer/plate.material=gold", "plate_copper takes a plating metal, and gold is"),
    ("3", "press.adhesive=flux", "press_laminate takes an adhesive, and flux is a flux"),
    ("4", "bond.adhesive=heat_release_tape", "bond_panel takes an adhesive, and heat_release_tape is a release"),
    ("4", "dissolve.etchant=di_water", "op etch takes an etchant, and di_water is a rinse"),
    ("sinks", "underfill.material=epoxy_mould", "dispense_underfill takes an underfill"),
    ("sinks", "stiffener.adhesive=cleaner", "attach_stiffener takes an adhesive, and cleaner is a rinse"),
    ("sinks", "first_heat_sink.adhesive=underfill", "takes an adhesive or thermal interface, and underfill"),
    ("sinks", "first_heat_sink.rim_adhesive=tim_gel", "the rim of a lid takes an adhesive, and tim_gel is a thermal interface"),
    ("sinks", "parts.heat_sink_lid.material=photoresist", "part heat_sink_lid \\(lid\\) is of photoresist, which is a resist"),
    ("1", "parts.copper_panel.material=nitrogen", "part copper_panel \\(sheet\\) is of nitrogen"),
    ("1", "parts.solder_ball.material=di_water", "part solder_ball \\(point\\) is of di_water"),
    ("finned_heat_sink", "parts.finned_slug.layers.0.material=underfill", "part finned_slug \\(slug\\) has a layer of underfill, which is an underfill"),
    ("sinks", "parts.bga_substrate.layers.1.material=solder", "part bga_substrate \\(sheet\\) has a layer of solder, which is a solder"),
    ("sinks", "parts.bga_substrate.layers.2.rest=photoresist", "part bga_substrate \\(sheet\\) has a layer of photoresist, which is a resist"),
    ("1", "parts.solder_ball.material=copper", "part solder_ball \\(point\\) is of copper, .*; solder would fit"),
    ("1", "product.dies.logic.material=copper", "die logic is of copper"),
    ("1", "product.dies.logic.pad_material=polyimide", "die logic has pads of polyimide"),
    ("sinks", "product.dies.processor.bump_material=epoxy_mould", "die processor has bumps of epoxy_mould"),
    # what a process does not do
    ("1", "grind.process=reflow", "grind: reflow does op bake, not op planarize; grind"),
    ("1", "layer/plate.process=nickel_gold_finish", "nickel_gold_finish takes a finish, and copper is"),
    ("1", "layer/coat.process=laminate_resist", "laminate_resist takes a resist, and polyimide is"),
    ("1", "layer/via/expose.process=descum_vias", "descum_vias does op clean, not a step without op; "),
    ("1", "open_pads.process=develop_pads", "solder_mask of passivate is not exposed"),
    ("1", "clean.process=grind", "grind does op planarize, not op clean"),
    ("1", "test.process=inspect_dies", "inspect_dies does op inspect, not op test"),
    ("1", "singulate.process=strip_resist", "not op singulate; saw"),
    ("1", "singulate.process=saw_laminate", "saw_laminate does not cut copper; saw and laser_cut would fit"),
    ("1", "attach.process=flip_chip_attach", "flip_chip_attach places dies face down on their bumps, not dies face up without bumps"),
    ("1", "attach.process=attach_lid", "attach_lid places lids, not dies face up without bumps"),
    ("1", "points.what=pin", "place_balls places balls, not pins \\(pin\\); insert_pins would fit"),
    ("1", "points.what=gold_bump", "place_balls places balls, not stud bumps"),
    ("1", "points.process=stud_bumps", "stud_bumps places stud bumps, not balls"),
    ("1", "layer/seed.style=levelling", "what sputter_seed lays down is conformal, not levelling"),
    ("1", "layer/coat.style=conformal", "what slit_coat lays down is levelling, not conformal"),
    ("1", "polish.process=etch_back", "etch_back takes off a filler, and epoxy_mould is a moulding compound"),
    ("2", "cavities.process=punch_openings", "punch_openings makes openings right through"),
    ("3", "openings.process=etch_openings", "etch_openings cuts what is semiconductor, and copper is"),
    ("silicon_sheet", "openings.process=punch_openings", "punch_openings cuts what is punchable, and silicon is"),
    ("4", "dissolve.process=heat_release", "works by freeing heat_release_tape, and none of it was laid; .*etch_aluminium_panel"),
    ("4", "dissolve.process=laser_release", "laser_release takes a transparent, and aluminium_alloy is"),
    ("sinks", "attach.process=die_attach_tape", "die_attach_tape places dies face up without bumps"),
    ("sinks", "underfill.process=compression_mould", "compression_mould takes a moulding compound, and underfill is"),
    ("sinks", "flip.process=saw_laminate", "not op flip; turn_over would fit"),
    ("sputtered_wiring", "-pad_finish", "solder_ball does not stick to aluminium, which is not solderable"),
    ("sputtered_wiring", "layer/etch.process=etch_seed", "seed_etchant does not etch aluminium"),
    # a film where paste is dispensed, a liquid where film is laminated, another film than the one that a process grows, a slit for a pocket
    ("1", "attach.process=die_attach_paste", "die_attach_paste takes what comes as a paste, and die_tape comes as a film; die_attach_tape would fit"),
    ("1", "attach.adhesive=conductive_paste", "die_attach_tape takes what comes as a film, .*; die_attach_paste would fit"),
    ("1", "layer/resist.process=slit_coat", "slit_coat takes what comes as a liquid, and photoresist comes as a film; laminate_resist would fit"),
    ("sinks", "first_heat_sink.adhesive=bond_film", "attach_lid takes what comes as a paste, .*; conductive_paste and lid_adhesive would fit"),
    ("sinks", "first_heat_sink.adhesive=die_tape", "attach_lid takes what comes as a paste"),
    ("sinks", "stiffener.adhesive=bond_film", "attach_stiffener takes what comes as a paste"),
    ("5", "insulate.process=pecvd_oxide", "pecvd_oxide makes silicon_oxide, not silicon_nitride; pecvd_nitride and sputter_nitride would fit"),
    ("5", "insulate.process=sputter_oxide", "sputter_oxide makes silicon_oxide or aluminium_oxide, not silicon_nitride"),
    ("sputtered_wiring", "layer/sputter.process=sputter_copper", "makes sputtered_copper or copper, not aluminium; sputter_aluminium would fit"),
    ("2", "gaps.process=fill_with_oxide", "gaps: fill_with_oxide fills with fill_oxide, not polymer_fill; vacuum_fill and print_gaps would fit"),
    ("2", "cavities.process=slit_copper", "slit_copper slits along the streets, .*; mill_cavities and coin_cavities would fit"),
    # too thin, too thick
    ("1", "attach.adhesive_um=1000", "attach: a bond line of die_tape is at most 150 µm thick \\(asked for 1000\\)"),
    ("1", "attach.adhesive_um=0.5", "a bond line of die_tape is at least 5 µm"),
    ("1", "layer/plate.thickness_um=0.2", "a plating by plate_copper is at least 1 µm thick"),
    ("1", "layer/seed.thickness_um=0.001", "a coat of ti_cu_seed is at least 0.1 µm"),
    ("1", "layer/coat.thickness_um=0.3", "a coat of polyimide is at least 1 µm"),
    ("1", "layer/resist.thickness_um=0.5", "a coat of photoresist is at least 5 µm"),
    ("1", "passivate.thickness_um=0.5", "a coat of solder_mask is at least 8 µm"),
    ("1", "pad_finish.thickness_um=100", "a plating of nickel_gold is at most 8 µm"),
    ("1", "mould.over_um=5000 grind.less_um=4990", "epoxy_mould fills at most 1500 µm"),
    ("1", "grind.less_um=0.1", "grind takes off at least 5 µm"),
    ("1", "product.dies.logic.thickness_um=3000", "silicon comes at most 800 µm"),
    ("4", "-grind -grind_clean", "cmp_flat takes off at most 100 µm, and this is 310 µm"),
    ("thin_nitride", "insulate.thickness_um=0.01", "a coat of silicon_nitride is at least 0.1 µm"),
    ("4", "insulate.thickness_um=0.01", "a coat of nitride_filled_sheet is at least 10 µm"),
    ("4", "bond.adhesive_um=0.5", "a bond line of bond_film is at least 10 µm"),
    ("4", "bond.adhesive_um=700", "a bond line of bond_film is at most 100 µm"),
    ("sinks", "first_heat_sink.adhesive_um=1500", "a bond line of tim_gel is at most 250 µm"),
    ("sinks", "product.dies.processor.bump_um=400", "underfill fills at most 200 µm"),
    ("sinks", "second_heat_sink.adhesive_um=1", "a bond line of lid_adhesive is at least 15 µm"),
    # holes, streets, pads, coverage, sizes
    ("1", "product.vias.diameter_um=1", "develop_vias makes no holes narrower than 10 µm"),
    ("1", "product.vias.diameter_um=60", "holes of 60 µm miss the 60 µm pads of die logic: .*make product.vias.diameter_um at most 44"),
    ("1", "product.dies.logic.pad_um=32", "miss the 32 µm pads"),
    ("laser_vias", "product.vias.diameter_um=5", "laser_vias makes no holes narrower than 15 µm"),
    ("1", "product.panel.street_mm=0.01", "saw cuts 200 µm wide, to ±50 µm, and the street is 10 µm; make product.panel.street_mm at least 0.3"),
    ("laser_singulation", "product.panel.street_mm=0.05", "laser_cut cuts 60 µm wide"),
    ("slit_streets", "product.panel.street_mm=0.4", "slit: slit_copper cuts 500 µm wide, to ±50 µm, and the street is 400 µm"),
    ("sinks", "product.panel.street_mm=0.1", "saw_laminate cuts 200 µm wide"),
    ("sinks", "parts.heat_sink_lid.width_mm=35", "first_heat_sink: heat_sink_lid, placed to ±150 µm, leaves 200 µm of the street"),
    ("sinks", "parts.stiffener_ring.length_mm=35", "stiffener: stiffener_ring, placed to ±150 µm, leaves"),
    ("1", "product.bonding.pad_um=20", "a solder_ball 250 µm high does not go with a pad of 20 µm"),
    ("1", "product.bonding.pad_um=700", "make product.bonding.pad_um at least 150 and at most 400"),
    ("solder_bumps", "product.bonding.pad_um=30", "a solder_bump 90 µm high does not go with a pad of 30 µm"),
    ("1", "product.wiring.coverage=0.999", "wiring covers 0.999 of a layer, which leaves no gaps"),
    ("1", "product.wiring.coverage=0.001", "wiring covers 0.001 of a layer, too little"),
    ("1", "product.wiring.line_um=0.1", "lines of 0.1 µm are finer than develop_resist makes them"),
    ("1", "product.dies.logic.width_mm=15.1", "larger than the package"),
    ("sinks", "product.dies.processor.width_mm=36", "larger than the package"),
    ("sinks", "parts.stiffener_ring.width_mm=10 parts.stiffener_ring.length_mm=10", "leaves an opening of 4 mm for a die of 14 mm"),
    ("sinks", "parts.stiffener_ring.wall_mm=11", "leaves an opening of 12.5 mm"),
    ("sinks", "parts.stiffener_ring.width_mm=50", "stiffener_ring \\(50 × 34.5 mm\\) is larger than the package"),
    ("sinks", "parts.heat_sink_lid.width_mm=60", "heat_sink_lid \\(60 × 34.5 mm\\) is larger than the package"),
    ("sinks", "parts.heat_sink_lid.width_mm=10", "does not cover the die"),
    ("sinks", "parts.heat_slug.width_mm=40", "heat_slug \\(40 × 13 mm\\) is larger than the package"),
    ("1", "product.dies.logic.pads=12000 product.dies.logic.pad_um=70 product.vias.diameter_um=20", "leaves no space of 10 µm between them"),
    ("comb_capacitor", "product.passives.comb.line_um=0.5 product.passives.comb.gap_um=0.5", "gaps of 0.5 µm are finer than develop_resist makes them"),
    ("power_ground_bus", "product.buses.power.width_um=20000", "the buses take 81.68 mm side by side, power most of it, and 2 wiring layers have 30 mm"),
    ("2", "cavities.clearance_um=2", "cavities: a cavity leaves 2 µm beside the die, which die_attach_tape places to ±10 µm"),
    ("sinks", "product.dies.processor.width_mm=28.4 product.dies.processor.length_mm=28.4", "leaves 50 µm round a die of 28.4 mm, .* placed to ±150 µm"),
    ("sinks", "parts.stiffener_ring.width_mm=20.2 parts.stiffener_ring.length_mm=20.2", "leaves 100 µm round a die of 14 mm"),
    ("1", "product.dies.logic.width_mm=14.9", "singulate: the dies leave less than 60 µm of the package round them, and saw cuts to ±50 µm"),
    # parts of sizes in which none are made
    ("1", "parts.copper_panel.thickness_um=5", "part copper_panel is 5 µm thick; such a sheet is made at least 200 µm thick"),
    ("1", "parts.copper_panel.thickness_um=50000", "is 50000 µm thick; such a sheet is made at most 3000 µm thick"),
    ("4", "parts.copper_panel.thickness_um=5", "part copper_panel is 5 µm thick"),
    ("glass_first_panel", "parts.glass_panel.thickness_um=20", "part glass_panel is 20 µm thick; such a sheet is made at least 300 µm"),
    ("3", "parts.copper_sheet.thickness_um=2000", "openings: an opening by punch_openings is at most 1500 µm deep \\(asked for 2000\\)"),
    ("sinks", "parts.heat_slug.width_mm=0.1", "part heat_slug is 0.1 mm wide; such a heat slug is made and placed at least 2 mm wide"),
    ("sinks", "parts.heat_slug.thickness_um=10", "part heat_slug is 10 µm thick; such a heat slug is made at least 100 µm"),
    ("sinks", "parts.heat_sink_lid.thickness_um=2", "part heat_sink_lid is 2 µm thick; such a lid is made at least 200 µm"),
    ("sinks", "parts.stiffener_ring.wall_mm=0.05", "has walls of 0.05 mm; such a ring has walls of at least 1 mm"),
    ("sinks", "parts.bga_substrate.via_um=5000", "has vias like posts of 5000 µm; those of such a sheet are like posts of at most 200 µm"),
    ("sinks", "parts.bga_substrate.layers.1.thickness_um=0.1", "has a layer 1 of copper 0.1 µm thick; it is made at least 5 µm"),
    ("sinks", "parts.bga_substrate.layers.2.thickness_um=5000", "has a layer 2 of copper 5000 µm thick; it is made at most 1600 µm"),
    ("finned_heat_sink", "parts.finned_slug.fins=500", "has 500 fins, which are, .*, 13 µm wide; they are made at least 150 µm wide; 13 mm take 43"),
    ("finned_heat_sink", "parts.finned_slug.layers.1.thickness_um=2", "has a layer 1 of nickel_copper 2 µm thick"),
    # resists that do not last, pads, layers, dimples, and what is opened elsewhere
    ("plasma_vias", "layer/via/resist.thickness_um=9", "9 µm of photoresist are gone before etch is through: plasma_vias .*at least 9.6 µm thick"),
    ("plasma_holes", "first/hole/resist.thickness_um=5 insulate.thickness_um=5", "plasma_insulator takes 2 µm of it for each µm that it opens; .*16 µm"),
    ("plasma_vias", "-layer/via/resist -layer/via/expose -layer/via/develop -layer/via/strip", "plasma_vias opens all that no resist covers, and polyimide"),
    ("drilled_holes", "product.dies.logic.pad_height_um=5", "drill_insulator lands on metal at least 15 µm thick, and the pads of die logic are 5 µm"),
    ("4", "product.dies.logic.pad_height_um=0.5", "laser_vias lands on metal at least 1 µm thick"),
    ("1", "product.dies.logic.pad_height_um=290", "the pads of die logic are 290 µm high; copper is laid at most 100 µm thick"),
    ("1", "product.dies.logic.thickness_um=60 product.dies.logic.pad_height_um=50 grind.less_um=10", "leave 10 µm of die logic below them, .* at most 40"),
    ("4", "product.dies.logic.pad_height_um=45 product.dies.logic.pad_material=copper", "60 µm thick, of which its pads take 45, and the rest must be at least"),
    ("1", "layer.repeat=40", "layer13/coat: a package has at most 12 coats of polyimide \\(asked for 40\\)"),
    ("4", "first/plate.thickness_um=5", "0.667 µm more than the 7 µm that may be left; plate at least 5.22 µm, make product.vias.diameter_um at most 28.8"),
    ("4", "insulate.thickness_um=30", "26 µm more than .*; holes deeper than 30 µm are lined, not filled: make product.vias.diameter_um at least 33 and plate"),
    ("1", "layer/develop.mask=via", "layer1/develop: opens photoresist at the via, and plate plates at the wiring; say mask: wiring"),
    ("1", "layer/develop.negate=true", "layer1/develop: opens photoresist beside the wiring, and plate plates at the wiring; say mask: wiring, negate: false"),
    ("1", "layer/via/develop.mask=wiring", "layer1/via/develop: opens polyimide at the wiring, which would lie on what polyimide is there to cover; say mask: via"),
    ("1", "open_pads.mask=ball", "open_pads: opens solder_mask at the ball, and pad_finish plates at the bonding pad; say mask: bonding_pad"),
    ("electroless_wiring", "layer/develop.negate=false", "opens photoresist at the wiring, and etch etches beside the wiring; say mask: wiring, negate: true"),
    ("plasma_vias", "layer/via/develop.mask=wiring", "layer1/via/develop: opens photoresist at the wiring, and etch opens at the via; say mask: via"),
    ("5", "attach.adhesive=null attach.adhesive_um=null", "attach: nothing holds dies: they lie on silicon_nitride, .*bcb_adhesive"),
    ("no_insulating_layer", "product.panel.part=aluminium_carrier", "nothing holds dies: they lie on aluminium_alloy, .*polyethersulfone"),
    # lids beside their rings, dies that fill them, metals of which no substrate is made
    ("sinks", "parts.heat_sink_lid.width_mm=15 parts.heat_sink_lid.length_mm=15", "reaches 0 µm of the wall of stiffener_ring, .* at least 29.4"),
    ("sinks", "parts.heat_sink_lid.width_mm=29 parts.heat_sink_lid.length_mm=29", "reaches 250 µm of the wall of stiffener_ring"),
    ("sinks", "-stiffener first_heat_sink.rim_adhesive=null", "it has no ring and no foot to rest on: attach a ring before, take a lid with a foot"),
    ("sinks", "-stiffener", "take a lid with a foot, or an adhesive that holds on the dies and leave rim_adhesive out"),
    ("sinks", "product.dies.processor.width_mm=28 product.dies.processor.length_mm=28", "a die of 28 mm with 650 µm round it .* do not fit in it"),
    ("sinks", "product.dies.processor.count=4", "4 dies with 650 µm round them .* do not fit in it"),
    ("sinks", "parts.bga_substrate.layers.4.material=zinc", "has a layer of zinc, which is a sheet; copper, nickel_gold and conductive_glue would fit"),
    ("sinks", "parts.bga_substrate.layers.2.material=aluminium", "has a layer of aluminium"),
    ("sinks", "parts.bga_substrate.layers.3.material=gold", "has a layer of gold"),
    ("sinks", "parts.bga_substrate.layers.5.material=aluminium", "the solder bumps of processor do not stick to aluminium, which is not solderable"),
    ("sinks", "parts.bga_substrate.layers.6.material=organic_core", "has a layer of organic_core, which is a sheet; polyimide"),
    ("sinks", "parts.bga_substrate.layers.2.rest=zinc", "has a layer of zinc, which is a sheet; silicon, glass"),
    # the message points at what is meant
    ("1", "-layer/via/expose", "step without op: expose_dielectric would fit"),
    ("1", "-layer/expose", "step without op: expose_resist would fit"),
    ("1", "-mould_cure", "at 150 °C or more: post_mould_cure, "),
    ("1", "-passivation_cure", "at 140 °C or more: cure_mask, "),
    ("sinks", "-heat_sink_cure", "at 120 °C or more: lid_cure, "),
    ("3", "press.part=glass_panel", "glass_panel is used 15 times, but some of it is in the finished package"),
    # states: cures, exposures, reflows
    ("1", "-attach_cure", "mould: die_tape of attach is not cured before op fill; .* at 120 °C or more"),
    ("2", "-attach_cure", "die_tape of attach is not cured before op"),
    ("1", "-mould_cure", "epoxy_mould of mould is not cured before op planarize"),
    ("4", "-mould_cure", "epoxy_mould of mould is not cured before op planarize"),
    ("1", "-layer/via/cure", "polyimide of layer1/coat is not cured before op deposit"),
    ("laser_vias", "-layer/via/cure", "laser_vias opens polyimide that is cured, and that of layer1/coat is not"),
    ("plasma_vias", "-layer/via/cure", "polyimide of layer1/coat is not cured before op deposit|plasma_vias opens polyimide that is cured"),
    ("1", "layer/via/develop.process=laser_vias", "laser_vias opens polyimide that is cured, and that of layer1/coat is not"),
    ("1", "-passivation_cure", "solder_mask of passivate is not cured before op"),
    ("1", "layer/via/cure.process=cure_mask", "layer1/via/cure reaches 150 °C, and polyimide cures from 200 °C up"),
    ("1", "mould_cure.process=reflow", "epoxy_mould of mould is not cured"),
    ("1", "-layer/via/expose", "polyimide of layer1/coat is not exposed, so develop_vias has nothing to develop; .* expose_dielectric"),
    ("1", "-layer/expose", "photoresist of layer1/resist is not exposed"),
    ("3", "-layer2/expose", "photoresist of layer2/resist is not exposed"),
    ("1", "-reflow", "clean: solder_ball of points is not reflowed before op clean; .* reflow would fit"),
    ("1", "reflow.process=cure_mask", "solder_ball of points is not reflowed"),
    ("pins", "-reflow", "is not reflowed before op clean"),
    ("sinks", "-chip_reflow", "solder of the bumps of processor of attach is not reflowed"),
    ("sinks", "-underfill_cure", "underfill of underfill is not cured before op attach"),
    ("sinks", "-heat_sink_cure", "tim_gel of first_heat_sink is not cured before op flip"),
    ("sinks", "-slug_cure", "lid_adhesive of second_heat_sink is not cured before op attach"),
    ("glue_filled_vias", "-layer/glue_cure", "conductive_glue of .*glue is not cured"),
    ("printed_passive", "-paste_cure", "resistor_paste of print_passive is not cured"),
    # temperatures
    ("1", "product.panel.part=plastic_panel", "layer1/via/cure: cure_dielectric is done at 230 °C, and polyethersulfone of the panel stands 200 °C"),
    ("1", "product.panel.part=organic_panel", "organic_core of the panel stands 210 °C"),
    ("4", "bond.part=plastic_panel", "polyethersulfone of bond stands 200 °C"),
    ("1", "passivation_cure.process=cure_dielectric", "solder_mask of passivate stands 200 °C"),
    ("ceramic_first_panel", "insulate.process=pecvd_nitride insulate.material=silicon_nitride insulate.thickness_um=2",
     "pecvd_nitride is done at 250 °C, and heat_release_tape of tape stands 180 °C"),
    ("oxide_filling", "mould.material=epoxy_mould mould.process=compression_mould", "densify_oxide is done at 300 °C, and epoxy_mould of mould stands 250 °C"),
    # what touches nothing, and what is covered
    ("4", "-grind -grind_clean -polish -polish_clean", "the backs of the dies are to touch copper_panel, and epoxy_mould covers them"),
    ("5", "-grind -grind_clean -polish -polish_clean", "the backs of the dies are to touch copper_panel"),
    ("sinks", "-stiffener", "lid_adhesive on the rim of heat_sink_lid touches nothing: .*attach a ring"),
    ("2", "cavities.depth_um=990", "logic lies 665 µm below, sunk into the panel; make the cavity as deep as die and adhesive"),
    # steps without shape, which leave the panel taped, active, fluxed, marked or packed
    ("1", "mount.process=dry_pack", "mount: dry_pack packs the packages, and singulate comes after it; pack last"),
    ("1", "pack.process=mark", "pack: mark makes marked packages, and mark did that already"),
    ("1", "-mount", "singulate: saw needs the panel on tape, and no step before it gives that; mount_tape would fit before it"),
    ("1", "-release_tape", "dry_bake is done at 125 °C, and dicing_tape of mount stands 80 °C"),
    ("1", "mount.process=mark", "singulate: saw needs the panel on tape"),
    ("electroless_wiring", "layer/activate.process=mark", "electroless_copper needs an activated surface, .*; activate_copper would fit"),
    ("electroless_wiring", "-layer/activate", "electroless_copper needs an activated surface"),
    ("1", "clean.process=activate_copper", "activate_copper does a step without op, not op clean"),
    ("1", "clean.process=scrub", "points: the finished package still has the flux on it; clean_flux would fit"),
    ("sinks", "-chip_clean", "underfill: the flux of attach is still on the panel and would be filled over"),
    ("1", "panel_clean.process=strip_resist", "strip_resist does op strip, not op clean"),
    ("1", "plasma.process=clean_flux", "plasma: clean_flux needs flux on the panel"),
    # what is made for something else
    ("1", "layer/via/develop.process=develop_resist", "develop_resist takes a resist, and polyimide is a liquid dielectric"),
    ("1", "attach.process=die_place_face_down", "places dies face down without bumps, not dies face up without bumps"),
    ("sinks", "first_heat_sink.rim_adhesive=null", "nothing holds the rim of heat_sink_lid on the ring: tim_gel is a thermal interface; give rim_adhesive"),
    ("3", "openings.process=coin_cavities", "coin_cavities makes cavities with a bottom, not openings right through; give depth_um .*: .*punch_openings"),
    # the remedy is what fits there
    ("1", "mould.process=print_glue", "epoxy_mould is a moulding compound; compression_mould and vacuum_fill would fit"),
    ("sinks", "underfill.process=compression_mould", "underfill is an underfill; dispense_underfill would fit"),
    ("1", "layer/develop.process=laser_vias", "photoresist is a resist; .*develop_resist"),
    ("1", "passivation_cure.process=mark", "not op bake; (?!.*densify_oxide).*cure_mask"),
    ("1", "layer/coat.material=di_water", "polyimide, bcb, porous_dielectric and stress_buffer would fit"),
    ("1", "layer/expose.process=grind", "not a step without op; expose_dielectric and expose_resist would fit"),
    ("1", "inspect_points.process=place_balls", "place_balls does op attach, not op inspect"),
    ("2", "gaps.process=compression_mould", "gaps: compression_mould fills over the dies, not flush; .*print_gaps"),
    ("1", "mould.over_um=0", "mould: compression_mould fills over the dies, not flush; give over_um"),
    ("4", "first/drill.mask=wiring", "laser_vias opens vias, hole by hole, not wiring; say mask: via"),
    ("1", "layer/seed.style=levelling", "logic in the open holes lies 8 µm lower; .*style: conformal"),
    ("4", "attach.adhesive_um=100", "what is beside logic lies 120 µm lower; grind"),
    ("3", "product.panel.part=aluminium_panel", "sunk into the panel; take a panel as thick as"),
    ("2", "cavities.depth_um=100", "the panel beside logic lies 2\\d\\d µm lower; make its cavity deeper"),
    # sizes, counts and powers that nobody means, by the bounds of the library
    ("1", "mask_back.thickness_um=1", "a coat of plating_film is at least 25 µm thick"),
    ("1", "grind.less_um=59.9", "cmp_flat takes off at least 0.3 µm, and this is 0.1 µm"),
    ("1", "mould.over_um=2", "would grind 48 µm into the active surface of logic; .*make less_um less than the 2 µm of epoxy_mould .* fill more \\(mould.over_um\\)"),
    ("4", "bond.tolerance_um=500", "the surface may differ by 25 times what the glue is thick; glue fills what is at most 0.5 times"),
    ("1", "polish.tolerance_um=500", "polish.tolerance_um is 500 µm; surfaces that are called level differ by at most 50 µm"),
    ("1", "attach.placement_um=5000", "attach.placement_um is 5000 µm; dies and parts are placed to at most 1000 µm"),
    ("1", "product.dies.logic.tolerance_um=500", "ground wafers vary by at most 50 µm"),
    ("1", "materials.die_tape.tolerance_um=300", "the bond line varies by 12 times what it is thick"),
    ("1", "product.dies.logic.power_W=5000", "the die gives off 7812 W/cm²; a die gives off at most 1000 W/cm²"),
    ("1", "product.bonding.count=1", "product.bonding.count is 1; a package has at least 2 bonding points"),
    ("sinks", "product.dies.processor.pad_um=300", "the pad is 3.75 times as wide as its bump is high; it is at most 3 times"),
    ("1", "product.panel.edge_mm=0", "clamps, rollers and edge exclusion take at least 0.5 mm"),
    ("1", "product.panel.edge_mm=240", "clamps, rollers and edge exclusion take at most 50 mm"),
    ("1", "product.package.width_mm=300 product.package.length_mm=300", "trays, sockets and boards take packages of at most 150 mm"),
    ("2", "cavities.clearance_um=3000", "cavities.clearance_um is 3000 µm; cavities are at most 1500 µm wider than their dies"),
    ("1", "product.bonding.board_pitch_mm=0.1", "boards take points at least 0.2 mm apart"),
    ("sinks", "product.wiring.line_um=5", "no step makes lines in this package, and those of bga_substrate are at least 15 µm wide"),
    ("sinks", "product.vias.diameter_um=5", "no step makes vias in this package, and those of bga_substrate are at least 40 µm wide"),
    ("system_in_package", "product.buses.power.width_um=0.1", "traces of a bus are at least 5 µm wide; did you mean 100"),
    ("system_in_package", "product.buses.power.length_mm=2000", "the bus is 75.11 times the package's diagonal"),
    ("system_in_package", "product.passives.decoupling.width_um=2", "passives in thin film are at least 20 µm wide and long"),
    ("system_in_package", "product.dies.logic.circuitry.thickness_um=600", "layers of a die's own wiring are at most 20 µm thick; did you mean 0.6"),
    ("system_in_package", "product.dies.logic.circuitry.reach_um=100000", "it is 8.839 times the die's diagonal"),
    ("system_in_package", "product.dies.logic.circuitry.line_um=500", "signal lines of a die are at most 100 µm wide"),
    ("1", "points.what=pin points.process=insert_pins", "a pin 250 µm high .*, or product.bonding.point_um at least 500 and at most 2500"),
    ("sinks", "parts.stiffener_ring.thickness_um=300", r"make parts.stiffener_ring.thickness_um 510 \(it is 300\)"),
    ("sinks", "parts.stiffener_ring.thickness_um=700", r"make parts.stiffener_ring.thickness_um 510 \(it is 700\)"),
    # what leaves no room
    ("sinks", "product.dies.processor.pads=30000", "30000 pads of 80 µm on die processor stand 80.83 µm apart: that leaves no space of 10 µm"),
    ("comb_capacitor", "product.passives.comb.width_um=16000 product.passives.comb.length_um=500", r"passive comb \(16 × 0.5 mm\) is larger than the package"),
    # a thousand times off
    ("1", "product.dies.logic.width_mm=0.008", "dies are at least 0.2 mm; did you mean 8\\? 0.008 m are 8 mm"),
    ("1", "product.panel.street_mm=400", "streets are at most 10 mm wide; did you mean 0.4\\? 400 µm are 0.4 mm"),
    ("1", "product.panel.width_mm=0.51", "tools hold panels and strips of at least 20 mm; did you mean 510"),
    ("1", "product.package.width_mm=15000", "package.width_mm must be <= 5000 .*; did you mean 15\\? 15000 µm are 15 mm"),
    ("1", "attach.adhesive_um=0.025", "a bond line of die_tape is at least 5 µm thick .*; did you mean 25\\? 0.025 mm are 25 µm"),
    ("1", "layer/coat.thickness_um=0.008", "a coat of polyimide is at least 1 µm thick .*; did you mean 8"),
    ("1", "layer/coat.thickness_um=8000", "goes on at most 15 µm per coat .*; did you mean 8\\? 8000 nm are 8 µm"),
    ("1", "product.bonding.point_um=0.25", "balls, bumps and pins are at least 5 µm high; did you mean 250"),
    ("1", "product.bonding.pitch_mm=800", "bonding points stand at most 10 mm apart; did you mean 0.8"),
    ("1", "product.dies.logic.pad_height_um=0.015", "pads of dies are at least 0.2 µm high; did you mean 15"),
    ("slit_streets", "slit.depth_um=0.7", "a cavity by slit_copper is at least 50 µm deep .*; did you mean 700"),
    ("1", "product.vias.diameter_um=0.03", "holes to pads are at least 0.5 µm wide; did you mean 30"),
    ("sinks", "product.dies.processor.bump_um=0.08", "bumps of dies are at least 1 µm high; did you mean 80"),
    ("sinks", "parts.heat_sink_lid.thickness_um=1", "such a lid is made at least 200 µm thick; did you mean 1000"),
    # where the number that an edit wrote over is known, no other order of magnitude is guessed
    ("1", "product.bonding.board_pitch_mm=0.008", "boards take points at least 0.2 mm apart; it was 0.8 mm$"),
    ("1", "layer/plate.thickness_um=0.05", "a plating by plate_copper is at least 1 µm thick \\(asked for 0.05\\); it was 5 µm$"),
    # cuts, seeds, resists and fills that are too thick for their width, or too thin
    ("1", "singulate.can.kerf_um=20 product.panel.street_mm=0.2", "saw cuts 1372 µm deep and 20 µm wide: .*make can.kerf_um at least 54.9"),
    ("1", "layer/seed.thickness_um=2 layer/plate.thickness_um=1", "the seed is 2 times as thick as what is plated on it; it is at most 0.8 times"),
    ("1", "layer/resist.thickness_um=40 product.wiring.line_um=5", "the resist is 8 times as high as lines and gaps are wide; it is at most 5"),
    ("1", "mould.over_um=1 grind.less_um=0.5", "epoxy_mould over the dies is at least 20 µm thick, or its filler does not pass \\(asked for 1\\); it was 60"),
    # what would mend a coat
    ("1", "layer/plate.thickness_um=15", "layer2/coat: .*; the ground beside the lines of layer1/plate lies 15.5 µm lower; plate less there"),
    ("1", "layer/resist.thickness_um=1500", "goes on at most 40 µm per coat \\(asked for 1500\\); make it at most 40$"),
    ("1", "layer/coat.thickness_um=20", "make it at most 15, coat twice, or take what goes on thicker: bcb and stress_buffer would fit"),
    ("1", "materials.copper.roles=[resist]", "materials.copper.roles makes it one of another kind, and materials.copper.conductivity_W_mK is 390"),
    # numbers of the library that no law of nature allows
    ("1", "materials.solder.peak_C=1", "peak_C, for minutes, must be >= stands_C, for hours"),
    ("1", "materials.polyimide.stands_C=10", "cures_C must be <= stands_C"),
    ("1", "materials.solder.melts_C=80", "melts_C must be >= stands_C: nothing stands for hours where it is molten \\(got 80 < 200 °C\\)"),
    ("1", "materials.polyimide.cures_C=-100", "what cures does so from at least 15 °C up"),
    ("1", "processes.reflow.can.temperature_C=20", "processes.reflow.can.temperature_C is 20 °C; reflows reach at least 130 °C"),
    ("1", "reflow.can.temperature_C=190", "not reflowed before op clean \\(reflow reaches 190 °C, and solder is molten from 221 °C up\\)"),
    ("1", "materials.solder.melts_C=300", "solder is molten from 300 °C up"),
    ("1", "materials.copper.resistivity_uohm_cm=1e9", "metals have a resistivity of at most 300 µΩ·cm"),
    ("1", "materials.copper.resistivity_uohm_cm=0.001", "metals have a resistivity of at least 1.5 µΩ·cm"),
    ("1", "materials.copper.conductivity_W_mK=2000", "metals conduct at most 430 W/mK"),
    ("1", "materials.silicon.conductivity_W_mK=50000", "semiconductors conduct at most 2200 W/mK"),
    ("1", "materials.epoxy_mould.conductivity_W_mK=900", "polymers, filled or not, conduct at most 20 W/mK"),
    ("1", "materials.copper.density_g_cm3=8960", "metals have a density of at most 22.6 g/cm³"),
    ("1", "materials.silicon.expansion_ppm_K=2600", "semiconductors, glasses and ceramics expand by at most 20 ppm/K"),
    ("1", "materials.polyimide.permittivity=3300", "insulators have a permittivity of at most 200"),
    ("1", "materials.polyimide.modulus_GPa=3400", "Young's moduli of polymer films are at most 30 GPa"),
    ("1", "processes.grind.rate_um_per_min=60000", "what is laid down or taken off comes or goes by at most 2000 µm/min"),
    ("1", "mould.yield.unit=1.2", "yield.unit must be <= 1"),
]


@pytest.mark.parametrize(("flow", "edit", "words"), SILLY, ids=[f"{flow}: {edit}"[:70] for flow, edit, _ in SILLY])
def test_what_is_silly_is_refused_by_name(tmp_path: Path, flow: str, edit: str, words: str) -> None:
    """Each with the file and line where it stands, and with what would fit."""
    with pytest.raises(RecipeError) as caught:
        build(edited(tmp_path, flow, edit))
    told = [problem for problem in caught.value.problems if re.search(words, problem.message)]
    assert told, str(caught.value)
    place = told[0].place
    assert place is not None
    assert place.line > 0 or place.file.startswith("--set ")
    assert told[0].address
    assert all(len(problem.message) < 600 for problem in caught.value.problems)


def test_an_adhesive_that_is_missing_is_named(tmp_path: Path) -> None:
    """Nothing holds the dies; it is not said of the coat that comes later."""
    with pytest.raises(RecipeError, match=r"attach: nothing holds dies: die_attach_tape takes an adhesive; give adhesive and adhesive_um: .*die_tape"):
        build(edited(tmp_path, "1", "attach.adhesive=null attach.adhesive_um=null"))


def test_a_cure_that_comes_too_late_is_refused(tmp_path: Path) -> None:
    """After the reflow the solder would melt again in it, and the mask burn."""
    late = "  - insert: [{id: late, op: bake, process: cure_dielectric}]\n    after: reflow\n"
    with pytest.raises(RecipeError, match="late: cure_dielectric is done at 230 °C, and solder of points stands 200 °C"):
        build(edited(tmp_path, "1", "", late))


def test_a_reflow_on_tape_is_refused(tmp_path: Path) -> None:
    """The tape would melt."""
    late = "  - insert: [{id: late, op: bake, process: reflow}]\n    after: mount\n"
    with pytest.raises(RecipeError, match="late: reflow is done at 245 °C, and dicing_tape of mount stands 80 °C"):
        build(edited(tmp_path, "1", "", late))


def test_a_lid_on_a_lid_is_refused(tmp_path: Path) -> None:
    """The first one covers the package already."""
    second = "  - insert: [{id: again, op: attach, what: heat_sink_lid, adhesive: tim_gel, adhesive_um: 60, process: attach_lid}]\n    after: first_heat_sink\n"
    with pytest.raises(RecipeError, match="again: heat_sink_lid would lie on heat_sink_lid, which covers the package already"):
        build(edited(tmp_path, "sinks", "", second))


def test_a_back_grind_of_dies_that_lie_face_up_is_told_as_that(tmp_path: Path) -> None:
    """Not as a grind that should stop on them."""
    thin = "  - insert: [{id: thin, op: planarize, die_um: 100, process: grind}]\n    after: mould_cure\n"
    with pytest.raises(RecipeError, match=r"thin: would grind .* it lies face up, and is thinned from its back"):
        build(edited(tmp_path, "1", "", thin))


def test_pads_that_one_layer_cannot_bring_out_are_warned_of(tmp_path: Path) -> None:
    """2 000 pads on 8 mm stand 179 µm apart, five lines between two: six of 23 rings come out in a layer, all of them in four."""
    recipe = edited(tmp_path, "1", "product.dies.logic.pads=2000 product.bonding.count=320 layer.repeat=1")
    said = [line for line in merits(recipe, build(recipe)).warnings if "2000 pads" in line]
    assert len(said) == 1
    assert "178.9 µm apart, with 5 lines of 10 µm" in said[0]
    assert "about 4 wiring layers, and the steps build 1" in said[0]
    assert not escape.warnings(edited(tmp_path, "1", "product.dies.logic.pads=2000 product.bonding.count=320 layer.repeat=4"))
    assert not escape.warnings(loaded(ROOT / "flows" / "whatif" / "single_wiring_layer.yaml"))


def test_what_says_no_role_is_allowed_everywhere_with_one_warning(tmp_path: Path) -> None:
    """A material, a process and a step of one's own that say nothing of themselves run as ever."""
    own = ("  - set: {materials.putty: {price_usd_per_kg: 1, density_g_cm3: 1}, processes.smear: {tool: mould_press, time_s: 60}}\n"
           "  - set: {mould.material: putty, mould.process: smear}\n")
    recipe = edited(tmp_path, "1", "", own)
    built = build(recipe)
    assert roles.unstated(recipe) == [line for line in merits(recipe, built).warnings if "is not said" in line]
    assert len(roles.unstated(recipe)) == 1
    assert "materials putty; processes smear" in roles.unstated(recipe)[0]


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda path: path.stem)
def test_shipped_recipes_are_legal_and_say_what_they_use(path: Path) -> None:
    """Without the warning of what says no role."""
    recipe = loaded(path)
    for one in recipe.packages.values() if recipe.packages else [recipe]:
        assert build(one) or one.document.product is None
        assert one.document.product is None or roles.unstated(one) == []


THIN_FILM: dict[str, tuple[float, float]] = {
    "layer/coat.thickness_um": (7, 12), "layer/seed.thickness_um": (0.2, 0.8), "layer/resist.thickness_um": (12, 30), "passivate.thickness_um": (15, 30),
    "pad_finish.thickness_um": (3, 5), "product.panel.street_mm": (0.35, 1.0), "product.panel.edge_mm": (3, 15), "product.vias.diameter_um": (24, 34),
    "product.dies.logic.pad_um": (56, 80), "product.dies.logic.width_mm": (6, 9), "product.dies.logic.length_mm": (6, 9),
    "product.wiring.coverage": (0.25, 0.65), "product.bonding.pad_um": (250, 350), "product.bonding.point_um": (220, 300),
    "product.package.width_mm": (15, 20), "product.package.length_mm": (15, 20), "product.wiring.line_um": (8, 15), "product.wiring.space_um": (8, 15),
    "materials.copper.price_usd_per_kg": (8, 20), "product.dies.logic.price_usd": (1, 9), "reflow.yield.unit": (0.99, 1),
}
"""Numbers of a thin-film package and spans within which each may be moved alone."""
WORDS = ["layer.repeat=1", "layer.repeat=3", "layer.repeat=4", "layer/coat.material=bcb layer/via/develop.material=bcb", "layer/coat.process=spin_coat",
         "singulate.process=laser_cut", "passivation_cure.process=post_mould_cure", "layer/via/descum.process=desmear", "-inspect_points",
         "-final_look", "product.dies.logic.pads=250", "product.dies.logic.pads=500", "product.bonding.count=200",
         "layer/coat.material=stress_buffer layer/via/develop.material=stress_buffer"]
"""Other processes for the same, other materials of the same role, one inspection fewer, layers and counts."""
OF_FLOW: dict[str, tuple[dict[str, tuple[float, float]], list[str]]] = {
    "1": ({**THIN_FILM, "attach.adhesive_um": (12, 60), "mould.over_um": (56, 120), "product.dies.logic.thickness_um": (200, 500)},
          [*WORDS, "product.panel.part=aluminium_panel", "attach.adhesive=conductive_paste attach.process=die_attach_paste", "-inspect_dies",
           "mould.material=polymer_fill", "mould.material=polymer_fill mould.process=vacuum_fill", "mould_cure.process=attach_cure", "attach_cure.process=post_mould_cure"]),
    "2": (THIN_FILM, [*WORDS, "-inspect_dies", "product.panel.part=aluminium_panel"]),
    "3": (THIN_FILM, [*WORDS, "press.part=copper_panel", "openings.process=mill_cavities"]),
    "4": ({**THIN_FILM, "bond.adhesive_um": (12, 50), "mould.over_um": (40, 120), "grind.die_um": (56, 90)},
          [*WORDS, "mould.material=polymer_fill", "-inspect_dies"]),
    "5": ({**THIN_FILM, "bond.adhesive_um": (12, 50), "mould.over_um": (40, 120), "grind.die_um": (56, 90)}, [*WORDS, "mould_cure.process=attach_cure"]),
    "sinks": ({"stiffener.adhesive_um": (35, 65), "first_heat_sink.adhesive_um": (45, 90), "second_heat_sink.adhesive_um": (20, 80),
               "product.panel.street_mm": (0.45, 1.0), "product.bonding.pad_um": (420, 600), "product.bonding.point_um": (450, 600),
               "parts.heat_sink_lid.width_mm": (30, 34.8), "parts.stiffener_ring.width_mm": (30, 34.8), "parts.heat_slug.width_mm": (10, 14),
               "product.dies.processor.width_mm": (12, 16), "materials.copper.price_usd_per_kg": (8, 20)},
              ["underfill_cure.process=lid_cure", "heat_sink_cure.process=underfill_cure", "-inspect_points", "-final_look", "product.bonding.count=700",
               "second_heat_sink.adhesive=conductive_paste", "first_heat_sink.adhesive=conductive_paste", "parts.heat_sink_lid.material=kovar",
               "parts.stiffener_ring.material=silicon", "parts.bga_substrate.layers.5.material=nickel_gold", "product.dies.processor.pads=1200"]),
}


def sensible(seed: int) -> tuple[str, str]:
    """A flow and one or two sensible edits of it."""
    draw = random.Random(seed)
    flow = draw.choice(sorted(OF_FLOW))
    numbers, words = OF_FLOW[flow]
    edits = [f"{address}={draw.uniform(*numbers[address]):.4g}" for address in draw.sample(sorted(numbers), draw.choice([1, 1, 2]))]
    return flow, " ".join([*edits, *([draw.choice(words)] if draw.random() < 0.5 else [])])


@pytest.mark.parametrize("chunk", [*range(4), *(pytest.param(chunk, marks=pytest.mark.long) for chunk in range(4, 10))])
def test_sensible_edits_are_never_refused(tmp_path: Path, chunk: int) -> None:
    """Forty drawn (a hundred in ``make validate``): other thicknesses, sizes, prices, counts, materials of the same role, processes for the same."""
    refused = []
    for seed in range(10 * chunk, 10 * chunk + 10):
        flow, edit = sensible(seed)
        try:
            build(edited(tmp_path, flow, edit))
        except RecipeError as error:
            refused.append(f"{flow}: {edit}\n{_messages(error.problems)}")
    assert refused == []


def _messages(problems: Sequence[object]) -> str:
    return "\n".join(str(problem) for problem in problems)
