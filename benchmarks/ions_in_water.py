"""Cation–oxygen distance and coordination number of single cations in SPC/E water.

    python benchmarks/ions_in_water.py OUT [--cations Mg2+,Ca2+] [--replicates 2] [--waters 256] [--production-ps 20]

The cations have the parameters of the `screen` level's ion force field, with charges as they were fitted (unscaled).
Every finished replicate is one JSON file in OUT, so the same command goes on where it was stopped; with `--table`
nothing is simulated. At the end the table of `docs/validation.md` is printed as Markdown. A replicate takes about half
a minute of one core.
"""

import argparse
import json
import zlib
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path

import matplotlib as mpl
import numpy as np
import openmm
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.data.whole_file import write_whole
from ionlink.simulate.analysis.radial import Radial, first_shell
from ionlink.simulate.ions import element_and_charge, ion_template
from ionlink.simulate.protocol import load_protocol

REFERENCE_FILE = Path(__file__).with_name("ions_in_water_reference.csv")
BIN_ANGSTROM = 0.02
REACH_ANGSTROM = 6.0
TIMESTEP_FS = 4.0
"""With rigid water whose hydrogens weigh 3 u: masses change the dynamics, not the structure."""
HYDROGEN_MASS_AMU = 3.0
EQUILIBRATION_PS = 8.0
SAMPLE_EVERY_STEPS = 25
TEMPERATURE_K = 298.15
LABELS = ((5, -9), (-24, 3), (-8, -18))
"""Places of labels in points, in turn, so that neighbours can be read."""


@dataclass(frozen=True)
class Counts:
    """Oxygens around the cation of one replicate."""

    cation: str
    replicate: int
    waters: int
    frames: int
    volume_angstrom3: float
    histogram: list[int]
    """Oxygens in each shell of `BIN_ANGSTROM`, over all frames."""

    @property
    def radial(self) -> Radial:
        """g(r) and the running coordination number."""
        edges = np.arange(len(self.histogram) + 1) * BIN_ANGSTROM
        shells = 4.0 / 3.0 * np.pi * np.diff(edges**3)
        per_frame = np.array(self.histogram) / self.frames
        bulk = self.waters / self.volume_angstrom3
        return Radial((edges[:-1] + edges[1:]) / 2.0, per_frame / (shells * bulk), np.cumsum(per_frame))


@dataclass(frozen=True)
class Shell:
    """First shell of one replicate."""

    peak_angstrom: float
    mean_angstrom: float
    """Mean distance of the oxygens in the shell."""
    coordination_number: float
    resolved: bool


def shell(counts: Counts) -> Shell:
    """First shell by the code that analyses networks, on water oxygens instead of carboxylate oxygens."""
    radial = counts.radial
    found = first_shell(radial)
    if found is None:
        raise ValueError(f"{counts.cation}: no water came near it")
    inside = radial.r_angstrom <= found.end_angstrom
    weights = np.array(counts.histogram)[inside]
    return Shell(
        found.peak_angstrom,
        float(np.average(radial.r_angstrom[inside], weights=weights)),
        float(radial.coordination_number[inside][-1]),
        found.resolved,
    )


def simulate(cation: str, replicate: int, waters: int, production_ps: float) -> Counts:
    """One cation in a box of water: minimised, brought to 1 bar, then sampled at constant volume."""
    seed = 1 + zlib.crc32(f"{cation} {replicate}".encode()) % (2**31 - 2)
    simulation = _simulation(cation, waters, seed)
    simulation.minimizeEnergy(maxIterations=300)
    simulation.context.setVelocitiesToTemperature(TEMPERATURE_K * unit.kelvin, seed)
    simulation.step(_steps(EQUILIBRATION_PS))
    _barostat(simulation).setFrequency(0)
    simulation.context.reinitialize(preserveState=True)
    histogram = np.zeros(round(REACH_ANGSTROM / BIN_ANGSTROM), dtype=np.int64)
    frames = _steps(production_ps) // SAMPLE_EVERY_STEPS
    for _ in range(frames):
        simulation.step(SAMPLE_EVERY_STEPS)
        histogram += np.histogram(_distances_angstrom(simulation), len(histogram), (0.0, REACH_ANGSTROM))[0]
    volume = simulation.context.getState().getPeriodicBoxVolume().value_in_unit(unit.angstrom**3)
    return Counts(cation, replicate, waters, frames, float(volume), histogram.tolist())


def _steps(time_ps: float) -> int:
    return round(1000.0 * time_ps / TIMESTEP_FS)


def _simulation(cation: str, waters: int, seed: int) -> app.Simulation:
    ion_force_field = load_protocol("screen").physics.ion_force_field
    force_field = app.ForceField(ion_force_field)
    modeller, template = _box(cation, ion_force_field, waters, seed)
    residue = next(modeller.topology.residues())
    system = force_field.createSystem(
        modeller.topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=0.9 * unit.nanometer,
        hydrogenMass=HYDROGEN_MASS_AMU * unit.amu,
        residueTemplates={residue: template},
    )
    barostat = openmm.MonteCarloBarostat(1.0 * unit.bar, TEMPERATURE_K * unit.kelvin, 25)
    barostat.setRandomNumberSeed(seed)
    system.addForce(barostat)
    integrator = openmm.LangevinMiddleIntegrator(
        TEMPERATURE_K * unit.kelvin, 1.0 / unit.picosecond, TIMESTEP_FS * unit.femtosecond
    )
    integrator.setRandomNumberSeed(seed)
    platform = openmm.Platform.getPlatform("CPU")
    simulation = app.Simulation(modeller.topology, system, integrator, platform, {"Threads": "1"})
    simulation.context.setPositions(modeller.positions)
    return simulation


def _box(cation: str, ion_force_field: str, waters: int, seed: int) -> tuple[app.Modeller, str]:
    """The cation at another place among the waters for every seed, so that replicates begin with other shells."""
    template = ion_template(cation, ion_force_field)
    topology = app.Topology()
    residue = topology.addResidue(template, topology.addChain())
    topology.addAtom(template, app.Element.getBySymbol(element_and_charge(cation)[0]), residue)
    place_nm = np.random.default_rng(seed).uniform(0.0, 1.8, (1, 3))
    modeller = app.Modeller(topology, place_nm * unit.nanometer)
    modeller.addSolvent(
        app.ForceField(ion_force_field),
        model="spce",
        numAdded=waters,
        neutralize=False,
        residueTemplates={residue: template},
    )
    return modeller, template


def _barostat(simulation: app.Simulation) -> openmm.MonteCarloBarostat:
    (barostat,) = (force for force in simulation.system.getForces() if isinstance(force, openmm.MonteCarloBarostat))
    return barostat


def _distances_angstrom(simulation: app.Simulation) -> NDArray[np.float64]:
    state = simulation.context.getState(positions=True)
    positions = state.getPositions(asNumpy=True).value_in_unit(unit.angstrom)
    edges = np.diag(state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.angstrom))
    offset = positions[1::3] - positions[0]
    return np.asarray(np.linalg.norm(offset - edges * np.round(offset / edges), axis=1), dtype=np.float64)


def reference() -> pd.DataFrame:
    """Published distances and coordination numbers, by cation, and what the parameters were fitted to.

    `fitted_to` is `distance` where the force field's parameters were fitted to the distance in this very table (the IOD
    set, doi:10.1021/jp505875v) and `compromise` where they were fitted half-way between distance and hydration free
    energy (the CM set, doi:10.1021/ct400146w), so that the distance need not come out.
    """
    return pd.read_csv(REFERENCE_FILE, index_col="cation")


def load(folder: Path) -> dict[str, list[Shell]]:
    """First shells of all finished replicates, by cation."""
    shells: dict[str, list[Shell]] = {}
    for path in sorted(folder.glob("*.json")):
        counts = Counts(**json.loads(path.read_text(encoding="utf-8")))
        shells.setdefault(counts.cation, []).append(shell(counts))
    return shells


def table(shells: dict[str, list[Shell]]) -> str:
    """Markdown: one row for each cation of the reference that was simulated."""
    lines = [
        "| cation | parameters fitted to | replicates | first maximum, Å | mean M–O, Å | published M–O, Å "
        "| difference, Å | CN | published CN | source |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    known = reference()
    return "\n".join(
        lines + [_row(cation, known.loc[cation], shells[cation]) for cation in known.index if cation in shells]
    )


def _row(cation: str, known: pd.Series, shells: list[Shell]) -> str:
    peak = np.array([one.peak_angstrom for one in shells])
    mean = np.array([one.mean_angstrom for one in shells])
    number = np.array([one.coordination_number for one in shells])
    published = known["distance_angstrom"]
    cells = [
        cation,
        str(known["fitted_to"]),
        str(len(shells)),
        _with_error(peak, 2),
        _with_error(mean, 3),
        "not found" if np.isnan(published) else _published(published, known["distance_error"]),
        "" if np.isnan(published) else f"{peak.mean() - published:+.2f}",
        _with_error(number, 2),
        _range(known["lowest_coordination"], known["highest_coordination"]),
        "" if pd.isna(known["source"]) else str(known["source"]),
    ]
    return "| " + " | ".join(cells) + " |"


def _with_error(values: NDArray[np.float64], decimals: int) -> str:
    if len(values) < 2:
        return f"{values.mean():.{decimals}f}"
    return f"{values.mean():.{decimals}f} ± {values.std(ddof=1) / np.sqrt(len(values)):.{decimals}f}"


def _published(value: float, error: float) -> str:
    return f"{value:.2f}" if np.isnan(error) else f"{value:.2f} ± {error:.2f}"


def _range(lowest: float, highest: float) -> str:
    if np.isnan(lowest):
        return "not found"
    return f"{lowest:g}" if lowest == highest else f"{lowest:g}–{highest:g}"


def draw(shells: dict[str, list[Shell]], path: Path) -> None:
    """Simulated against published distances, with the error bars of both."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    known = reference()
    for fitted_to, colour, marker in (("distance", "#0072B2", "o"), ("compromise", "#D55E00", "s")):
        chosen = known[
            (known["fitted_to"] == fitted_to) & known["distance_angstrom"].notna() & known.index.isin(shells)
        ]
        peaks = [np.array([one.peak_angstrom for one in shells[cation]]) for cation in chosen.index]
        errors = [one.std(ddof=1) / np.sqrt(len(one)) if len(one) > 1 else 0.0 for one in peaks]
        means = [one.mean() for one in peaks]
        published = chosen["distance_angstrom"]
        bars = {"xerr": chosen["distance_error"].fillna(0.0), "yerr": errors, "elinewidth": 0.8}
        axes.errorbar(published, means, fmt=marker, color=colour, label=f"fitted to {fitted_to}", **bars)
        for order, (cation, x, y) in enumerate(
            sorted(zip(chosen.index, published, means, strict=True), key=itemgetter(1))
        ):
            axes.annotate(cation, (x, y), xytext=LABELS[order % 3], textcoords="offset points", fontsize=7)
    ends = (1.8, 3.0)
    axes.plot(ends, ends, color="#8A8A8A", linewidth=0.8, zorder=0)
    axes.set(xlabel="published M–O distance, Å", ylabel="first maximum of g(r) here, Å", xlim=ends, ylim=ends)
    axes.legend(frameon=False, fontsize=8)
    # The same data give the same bytes.
    with mpl.rc_context({"svg.hashsalt": "ionlink"}):
        figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Simulate what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cations", default=",".join(reference().index))
    parser.add_argument("--replicates", type=int, default=2)
    parser.add_argument("--waters", type=int, default=256)
    parser.add_argument("--production-ps", type=float, default=20.0)
    parser.add_argument("--table", action="store_true", help="only print the table of what is finished")
    parser.add_argument("--figure", type=Path, help="draw simulated against published distances to this SVG")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for replicate in range(0 if options.table else options.replicates):
        for cation in options.cations.split(","):
            path = options.out / f"{cation}-{replicate}.json"
            if not path.exists():
                counts = simulate(cation, replicate, options.waters, options.production_ps)
                write_whole(path, json.dumps(asdict(counts)))
    shells = load(options.out)
    print(table(shells))
    if options.figure:
        draw(shells, options.figure)


if __name__ == "__main__":
    main()
