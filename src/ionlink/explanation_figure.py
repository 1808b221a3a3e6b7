"""An explanation as one figure: what matters, what acts together, which way it goes, and one formulation's sum.

Matplotlib's objects are used directly: no pyplot, hence no global figure and no window.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ionlink.data import outcomes
from ionlink.data.palette import BLUE, GREEN, GREY, ORANGE, STYLE, VERMILLION
from ionlink.data.plural import counted
from ionlink.data.prose import significant, unit_symbol
from ionlink.explanation import Explanation
from ionlink.explanation_numbers import effect_sizes, leading_descriptor
from ionlink.explanation_text import headline, led_by, readable
from ionlink.features import FormulationDescriptors
from ionlink.features.formulation_descriptors import CONDITION_DESCRIPTORS
from ionlink.models.accumulated_effects import MOST_STEPS
from ionlink.models.descriptor_groups import (
    CATION,
    CHARGE_DENSITY,
    GROUPS,
    IONIC_RADIUS,
    LIGAND,
    LIGAND_IDENTITY,
    SPATIAL_CONFIGURATION,
    group_of,
    part_of,
)
from ionlink.ratio_axis import ratio_axis

COLOURS = {CHARGE_DENSITY: VERMILLION, IONIC_RADIUS: BLUE, LIGAND_IDENTITY: GREEN, SPATIAL_CONFIGURATION: ORANGE}

WORTH_A_PANEL = 0.25
"""Share of the largest effect from which on a descriptor of charge density is drawn beside charge, and one of a
ligand's geometry beside its identity."""

MOST_LIGANDS = 8
"""So many are drawn one by one; of more, the leading descriptor is drawn."""

MOST_LEVEL_LABELS = 4
"""Names of more ligands than this are written aslant."""

MOST_SINGLE_TICKS = 5
"""Of so many values each has a tick."""

TICK_GAP = 0.2
"""Of the axis between two ticks: labels of five characters in a panel of its least width take less."""

RATIO = "log10_ratio"

LIGANDS = "ligands"
"""Panel of ligands one by one."""

TOGETHER = {CATION: "charge density and\nradius together", LIGAND: "ligand: identity and\ngeometry together"}
"""What the bar of a part in one piece is called."""

DIM = "#6A6A6A"

LONGEST_TITLE = 38
"""Characters above the sum for one formulation; a SMILES may have more."""

CHARACTERS_PER_INCH = 14
"""Of text of 9.5 points, on average."""


def draw(explanation: Explanation, path: Path) -> Path:
    """Write the figure to `path`, SVG or PNG by its ending; the same explanation gives the same bytes."""
    with matplotlib.style.context(STYLE):
        figure = _figure(explanation)
        if path.suffix.lower() == ".svg":
            figure.savefig(path, metadata={"Date": None})  # without a date the file is the same each time
        else:
            figure.savefig(path, dpi=200)
    return path


def _figure(explanation: Explanation) -> Figure:
    shown = panels(explanation)
    figure = Figure(figsize=(max(13.0 if explanation.asked else 11.0, 2.75 * len(shown)), 7.4), layout="constrained")
    said = textwrap.wrap(headline(explanation), round(CHARACTERS_PER_INCH * figure.get_figwidth()))
    # Empty lines keep room for text that is put there once the layout is known: below the title, above the effects.
    figure.suptitle(_title(explanation) + "\n" * len(said), x=0.01, ha="left", fontsize=12, weight="bold")
    rows = figure.add_gridspec(2, 1, height_ratios=(1.15, 1))
    widths = (1.25, 1, 1.25) if explanation.asked else (1.25, 1)
    above = rows[0].subgridspec(1, len(widths), width_ratios=widths)
    top = [figure.add_subplot(above[place]) for place in range(len(widths))]
    _bars(top[0], explanation)
    _heat_map(top[1], explanation)
    if explanation.asked:
        _waterfall(top[2], explanation)
    below = rows[1].subgridspec(1, len(shown))
    bottom: list[Axes] = []
    for place, descriptor in enumerate(shown):
        bottom.append(figure.add_subplot(below[place], sharey=bottom[0] if bottom else None))
        bottom[-1].tick_params(labelleft=place == 0)
        if descriptor == LIGANDS:
            _ligands(bottom[-1], explanation)
        else:
            _effect(bottom[-1], explanation, descriptor)
    bottom[0].set_ylabel(f"change ({_unit(explanation)})")
    _settle(figure)
    height = figure.get_figheight()
    figure.text(0.01, 1 - 0.33 / height, "\n".join(said), va="top", fontsize=9.5)
    effects = f"Which way it goes: change of {_label(explanation)} with one descriptor, all else as it is"
    effects += " (accumulated local effect, average 0)"
    figure.text(0.01, bottom[0].get_position().y1 + 0.27 / height, effects, va="bottom", fontsize=9.5)
    return figure


def _settle(figure: Figure) -> None:
    """Lay out, once, at places of six digits: the layout's solver leaves the last ones to chance, and files differ."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(tuple(round(part, 6) for part in axes.get_position().bounds))


def panels(explanation: Explanation) -> list[str]:
    """What has a panel of its own.

    Charge, and the largest other effect of charge density if it is worth one: the two may go against each other.
    The leading descriptor of radius; the ligands, or of many the leading descriptor of their identity, and of their
    geometry if it is worth it; the ratio; and conditions that lead the spatial configuration or are worth it.
    """
    effects = explanation.effects
    sizes = effect_sizes(effects)
    density = effects[(effects["group"] == CHARGE_DENSITY) & (effects["descriptor"] != "charge")]
    second = leading_descriptor(density, CHARGE_DENSITY)
    geometry = leading_descriptor(effects[effects["descriptor"].map(part_of) == LIGAND], SPATIAL_CONFIGURATION)
    conditions = [x.name for x in CONDITION_DESCRIPTORS if x.name in sizes.index]
    worth = {name for name in (second, geometry, *conditions) if name and sizes[name] >= WORTH_A_PANEL * sizes.max()}
    worth |= {leading_descriptor(effects, SPATIAL_CONFIGURATION)} & set(conditions)
    by_name = 1 < explanation.attributions["ligand"].nunique() <= MOST_LIGANDS
    ligand = [LIGANDS] if by_name else [leading_descriptor(effects, LIGAND_IDENTITY), *({geometry} & worth)]
    wanted = ["charge", *({second} & worth), leading_descriptor(effects, IONIC_RADIUS), *ligand, RATIO]
    wanted += [name for name in conditions if name in worth]
    return [name for name in dict.fromkeys(wanted) if name in sizes.index or name == LIGANDS]


def _title(explanation: Explanation) -> str:
    cations = counted(explanation.cations, "cation")
    learned = f"{counted(explanation.formulations, 'formulation')} of {cations}, level {explanation.level}"
    return f"What moves {_label(explanation)}: {learned}"


def _label(explanation: Explanation) -> str:
    unit = unit_symbol(explanation.unit)
    return readable(explanation.outcome) + (f" ({unit})" if unit else "")


def _unit(explanation: Explanation) -> str:
    return unit_symbol(explanation.unit) or "dimensionless"


def _bars(axes: Axes, explanation: Explanation) -> None:
    """Mean magnitude of the attributions of the groups, and below them of cation and ligand, each in one piece."""
    frame = explanation.global_attributions
    parts = explanation.existing_only.set_index("part").loc[list(TOGETHER)]
    rows = [row for table in (frame, parts) for _, row in table.iterrows()]
    places = np.array([*range(len(frame)), *(len(frame) + 0.25 + np.arange(len(parts)))])
    sizes = np.array([row["mean_absolute_attribution"] for row in rows])
    errors = np.array(
        [
            [row["mean_absolute_attribution"] - row["lower"], row["upper"] - row["mean_absolute_attribution"]]
            for row in rows
        ]
    ).T
    colours = [*(COLOURS[group] for group in frame["group"]), *(GREY for _ in TOGETHER)]
    axes.barh(places, sizes, 0.62, color=colours, alpha=0.75)
    axes.errorbar(sizes, places, xerr=errors, fmt="none", ecolor="black", capsize=3, elinewidth=1)
    labels = [f"{row['group']}\n{_led_by(explanation, row)}" for _, row in frame.iterrows()]
    axes.set_yticks(places, labels=[*labels, *TOGETHER.values()])
    axes.axhline(len(frame) - 0.375, color=GREY, linewidth=0.8)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"mean |attribution| ({_unit(explanation)})")
    axes.set_title("How much each group matters (90 % interval)", loc="left", fontsize=9.5)


def _led_by(explanation: Explanation, row: "pd.Series[float]") -> str:
    name = led_by(explanation, row)
    if name == str(row["group"]):
        return ""
    return name if name.startswith("(") else f"(mainly {name})"


def _heat_map(axes: Axes, explanation: Explanation) -> None:
    """Interaction strength of each pair, with its interval; pairs that are not sure to interact in grey letters."""
    strengths = np.full((len(GROUPS), len(GROUPS)), np.nan)
    frame = explanation.interactions
    largest = max(
        float(explanation.global_attributions["mean_absolute_attribution"].max()), float(frame["strength"].max())
    )
    numbers = frame[["strength", "lower", "upper"]].to_numpy()
    for one, other, row in zip(frame["group_a"], frame["group_b"], numbers, strict=True):
        column, line = sorted((GROUPS.index(one), GROUPS.index(other)))
        strength, lower, upper = row.tolist()
        strengths[line, column] = strength
        text = f"≤ {significant(upper, 2)}" if upper > 0 else "–"
        if lower > 0:  # in three lines: a cell is narrow
            text = f"{significant(strength, 2)}\n{significant(lower, 2)}\nto {significant(upper, 2)}"
        colour = "white" if strength > 0.5 * largest else "black" if lower > 0 else DIM
        axes.text(column, line - 1, text, ha="center", va="center", fontsize=7.5, color=colour)
    axes.imshow(strengths[1:, :-1], cmap="Blues", vmin=0, vmax=largest, aspect="auto")
    axes.set_xticks(range(len(GROUPS) - 1), labels=[group.replace(" ", "\n") for group in GROUPS[:-1]])
    axes.set_yticks(range(len(GROUPS) - 1), labels=[group.replace(" ", "\n") for group in GROUPS[1:]])
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xlabel(f"mean |interaction| ({_unit(explanation)})")
    axes.set_title("Which act together (90 % interval)", loc="left", fontsize=9.5)


def _waterfall(axes: Axes, explanation: Explanation) -> None:
    """From the average to the prediction for the asked formulation, group by group."""
    rows = explanation.attributions[explanation.attributions["asked"]]
    rows = rows.reindex(rows["attribution"].abs().sort_values(ascending=False).index)
    parts = rows["attribution"].to_numpy()
    starts = explanation.base + np.concatenate([[0.0], np.cumsum(parts)[:-1]])
    prediction = explanation.base + parts.sum()
    places = np.arange(1, len(parts) + 1)
    axes.barh(places, parts, 0.62, left=starts, color=[COLOURS[group] for group in rows["group"]], alpha=0.75)
    errors = np.array([rows["attribution"] - rows["lower"], rows["upper"] - rows["attribution"]])
    axes.errorbar(starts + parts, places, xerr=errors, fmt="none", ecolor="black", capsize=3, elinewidth=1)
    axes.plot([explanation.base, prediction], [0, len(parts) + 1], "D", color="black", markersize=5)
    axes.vlines(
        [*starts, prediction], np.arange(len(parts) + 1), np.arange(1, len(parts) + 2), color=GREY, linewidth=0.8
    )
    labels = [
        "average",
        *(f"{group}\n{_signed(part)}" for group, part in zip(rows["group"], parts.tolist(), strict=True)),
        "prediction",
    ]
    axes.set_yticks(range(len(labels)), labels=labels)
    for value, place in ((explanation.base, 0), (prediction, len(parts) + 1)):
        axes.annotate(
            significant(value, 4), (value, place), textcoords="offset points", xytext=(8, 0), va="center", fontsize=8
        )
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.15)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(outcomes()[explanation.outcome].learned_label)
    title = str(explanation.asked)
    axes.set_title(title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]} …", loc="left", fontsize=9.5)


def _signed(value: float) -> str:
    return f"+{significant(value, 2)}" if value > 0 else significant(value, 2)


def _ligands(axes: Axes, explanation: Explanation) -> None:
    """Attribution to each ligand in one piece: its mean over formulations, and a ring for each of these.

    Error bars are from the mean lower to the mean upper end, which is at least as wide as the interval of the mean.
    """
    rows = explanation.existing_attributions[explanation.existing_attributions["part"] == LIGAND]
    means = rows.groupby("ligand")[["attribution", "lower", "upper"]].mean().sort_values("attribution")
    places = {ligand: place for place, ligand in enumerate(means.index)}
    mean = means["attribution"].to_numpy()
    colour = COLOURS[LIGAND_IDENTITY]
    axes.axhline(0, color=GREY, linewidth=0.8)
    rings = rows["ligand"].map(places) + 0.25
    axes.plot(rings, rows["attribution"], "o", color=colour, markersize=3, fillstyle="none", alpha=0.6)
    errors = np.array([mean - means["lower"].to_numpy(), means["upper"].to_numpy() - mean])
    axes.errorbar(range(len(means)), mean, yerr=errors, fmt="o", color=colour, markersize=5, capsize=3, elinewidth=1)
    axes.set_xlim(-0.5, len(means) - 0.25)
    axes.set_xticks(range(len(means)), labels=list(means.index), fontsize=7.5)
    if len(means) > MOST_LEVEL_LABELS:
        axes.tick_params(axis="x", rotation=30)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("attribution of each ligand")
    axes.set_title("\n\nligand, identity and geometry", loc="left", fontsize=8.5, color=colour)


def _effect(axes: Axes, explanation: Explanation, descriptor: str) -> None:
    rows = explanation.effects[explanation.effects["descriptor"] == descriptor]
    colour = COLOURS[group_of(descriptor)]
    places = 10 ** rows["value"] if descriptor == RATIO else rows["value"]
    marker = "o" if len(rows) <= MOST_STEPS + 1 else ""
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.fill_between(places, rows["lower"], rows["upper"], color=colour, alpha=0.25, linewidth=0)
    axes.plot(places, rows["effect"], color=colour, marker=marker, markersize=4, linewidth=1.5)
    if descriptor == RATIO:
        ratio_axis(axes, float(places.min()), float(places.max()))
    else:
        unit = unit_symbol(FormulationDescriptors.units[descriptor])
        axes.set_xlabel(f"{readable(descriptor)}{f' ({unit})' if unit else ''}")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        if len(rows) <= MOST_SINGLE_TICKS:
            ticks = ticks_apart(rows["value"].tolist())
            axes.set_xticks(ticks, labels=[f"{value:.3g}" for value in ticks])
    axes.set_title(f"\n\n{group_of(descriptor)}", loc="left", fontsize=8.5, color=colour)


def ticks_apart(values: Sequence[float]) -> list[float]:
    """The lowest, the highest, and of the values in between those that are far enough from others for their labels."""
    lowest, *between, highest = sorted(values)
    least = TICK_GAP * (highest - lowest)
    ticks = [lowest]
    for value in between:
        if value - ticks[-1] >= least and highest - value >= least:
            ticks.append(value)
    return [*ticks, highest]
