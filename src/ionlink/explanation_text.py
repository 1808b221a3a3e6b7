"""What an explanation says, in sentences."""

from typing import TYPE_CHECKING

from ionlink.data import outcomes
from ionlink.data.outcome_scale import scale_of
from ionlink.data.plural import counted
from ionlink.data.prose import significant, unit_symbol, words
from ionlink.models.descriptor_groups import (
    CATION,
    CATION_GROUPS,
    LIGAND,
    LIGAND_IDENTITY,
    RATIO,
    SPATIAL_CONFIGURATION,
)

if TYPE_CHECKING:
    import pandas as pd

    from ionlink.explanation import Explanation

LITTLE_LEARNED = 0.3
"""Q² below which an explanation is one of noise; a choice."""

BLIND = 0.5
"""Share of the spread that the model may be unsure by at cations that do not exist; a choice."""

_READABLE = {
    "log_k1": "log K₁",
    "log10_ratio": "ratio",
    "log_k_hydrolysis": "log K of hydrolysis",
    "octahedral_radius": "octahedral ionic radius",
    "lennard_jones_radius": "Lennard-Jones radius",
    "z2_over_r": "z²/r",
    "ionic_potential": "ionic potential z/r",
    "donor_pka": "donor pKa",
    "ph": "pH",
    "temperature_k": "temperature",
    "second_fraction": "share of a second cation",
}


def readable(name: str) -> str:
    """Name of a descriptor or outcome as prose has it."""
    if name.startswith("sites_"):
        return f"{words(name.removeprefix('sites_'))} sites"
    return _READABLE.get(name, words(name))


def statements(explanation: "Explanation") -> list[str]:
    """Whether to believe it, what matters most, how certain that is, and what does not hold, a sentence or two each."""
    said = [
        _learned(explanation),
        _most(explanation),
        _spatial(explanation),
        _unclear(explanation),
        *_not_told(explanation),
        _together(explanation),
    ]
    said += [_one_formulation(explanation), _unseen(explanation), _hybrids(explanation)]
    said += [_rivals(explanation), _networks(explanation), _fixed(explanation)]
    return [sentence for sentence in said if sentence]


def headline(explanation: "Explanation") -> str:
    """Where it should not be believed that, what matters most, and which groups cannot be told apart."""
    return " ".join(filter(None, (_learned(explanation), _most(explanation), *_not_told(explanation))))


def _most(explanation: "Explanation") -> str:
    """What is sure to matter, the largest first; a part in one piece where only that is sure."""
    sure, wholes = _resolved(explanation.global_attributions), _inseparable(explanation)
    if CATION in wholes:
        sure = sure[~sure["group"].isin(CATION_GROUPS)]
    if LIGAND in wholes:
        ratio = _part(explanation.spatial_parts, RATIO)
        own = [LIGAND_IDENTITY, *([] if ratio["lower"] > 0 else [SPATIAL_CONFIGURATION])]
        sure = sure[~sure["group"].isin(own)]
    rows = [(_lead(explanation, row), row) for _, row in sure.iterrows()]
    rows += [(f"the {part} ({_TOGETHER[part]})", _part(explanation.existing_only, part)) for part in wholes]
    rows.sort(key=lambda pair: -pair[1]["mean_absolute_attribution"])
    if not rows:
        return f"No group of descriptors is sure to move {_name(explanation)}: every interval reaches 0."
    (first, size), *others = rows
    sentence = (
        f"{first[0].upper()}{first[1:]} moves {_name(explanation)} most: on average by {_range(explanation, size)}."
    )
    if others:
        rest = [f"{lead.rstrip(',')}, {_brief(explanation, row)}" for lead, row in others]
        sentence += f" Then {'; '.join(rest)}."
    return sentence


def _spatial(explanation: "Explanation") -> str:
    """What of the spatial configuration is the ratio's and what the ligand's, where both vary."""
    frame = explanation.spatial_parts
    if not (frame["upper"] > 0).all():
        return ""
    ratio, ligand = (_brief(explanation, _part(frame, part)) for part in (RATIO, LIGAND))
    return f"Of the spatial configuration, the ratio does {ratio}, the geometry of the ligand {ligand}."


def sure_descriptor(explanation: "Explanation", row: "pd.Series[float]") -> str:
    """The leading descriptor of a group, where its own effect is sure to differ from 0 somewhere; else empty."""
    own = explanation.effects[explanation.effects["descriptor"] == row["leading_descriptor"]]
    return str(row["leading_descriptor"]) if ((own["lower"] > 0) | (own["upper"] < 0)).any() else ""


def led_by(explanation: "Explanation", row: "pd.Series[float]") -> str:
    """What a group acts by, for a table or a figure: a descriptor, if one is sure to, or why there is none."""
    if not row["leading_descriptor"]:
        return "(does not vary)"
    sure = sure_descriptor(explanation, row)
    return readable(sure) if sure else "(by no one descriptor surely)"


def _lead(explanation: "Explanation", row: "pd.Series[float]") -> str:
    group, leading = str(row["group"]), readable(sure_descriptor(explanation, row))
    return group if not leading or leading.endswith(group) else f"{group}, mainly by {leading},"


def _unclear(explanation: "Explanation") -> str:
    frame = explanation.global_attributions
    unclear = frame[(frame["lower"] == 0) & (frame["leading_descriptor"] != "")]
    if unclear.empty:
        return ""
    parts = [f"{row['group']} (at most {_number(explanation, row['upper'])})" for _, row in unclear.iterrows()]
    return f"By itself not sure to matter, as its interval reaches 0: {', '.join(parts)}."


_TOGETHER = {CATION: "charge density and radius together", LIGAND: "identity and geometry together"}
_ONE_OR_OTHER = {
    CATION: "its charge density or by its radius",
    LIGAND: "what its donors are or by how they are arranged",
}


def _part(frame: "pd.DataFrame", part: str) -> "pd.Series[float]":
    return frame[frame["part"] == part].iloc[0]


def _inseparable(explanation: "Explanation") -> list[str]:
    """Parts, cation or ligand, that are sure to matter, while it is not known which of their two groups does it.

    Either both reach 0, or the model is blind at hybrids: then what a cation or a ligand has to itself, shared out to
    both, keeps their intervals off 0 where only its name counts.
    """
    frame = explanation.global_attributions.set_index("group")["lower"]
    geometry = _part(explanation.spatial_parts, LIGAND)["lower"]
    told = {
        CATION: (*frame[list(CATION_GROUPS)], explanation.hybrid_uncertainty),
        LIGAND: (frame[LIGAND_IDENTITY], geometry, explanation.ligand_hybrid_uncertainty),
    }
    return [
        part
        for part, (one, other, unsure) in told.items()
        if _part(explanation.existing_only, part)["lower"] > 0 and not (max(one, other) > 0 and unsure < BLIND)
    ]


def _not_told(explanation: "Explanation") -> list[str]:
    """For each part, where its two groups cannot be told apart."""
    said = [
        f"Whether the {part} does so by {_ONE_OR_OTHER[part]}, these observations do not tell"
        for part in _inseparable(explanation)
    ]
    if said and explanation.fits > 1:
        said[0] += (
            f": {explanation.fits} fits explain them about as well and share it out differently; bars and attributions "
            "are of one of them, intervals are over all"
        )
    return [f"{sentence}." for sentence in said]


def _together(explanation: "Explanation") -> str:
    sure = _resolved(explanation.interactions)
    if sure.empty:
        return "No two groups are sure to act together: as far as these observations tell, their effects add up."
    first = sure.iloc[0]
    strength = _range(explanation, first, "strength")
    return f"Of pairs, {first['group_a']} and {first['group_b']} act together most ({strength})."


def _one_formulation(explanation: "Explanation") -> str:
    if explanation.asked is None:
        return ""
    rows = explanation.attributions[explanation.attributions["asked"]]
    prediction = float(rows["prediction"].iloc[0])
    side = "above" if prediction >= explanation.base else "below"
    sentence = (
        f"{explanation.asked}: predicted {in_unit(explanation, prediction)}, "
        f"{_number(explanation, abs(prediction - explanation.base))} {side} "
        f"the average of {in_unit(explanation, explanation.base)}."
    )
    if explanation.domain_reason:
        sentence += f" That is outside of what was learned from: {explanation.domain_reason}."
    return sentence


def _learned(explanation: "Explanation") -> str:
    if explanation.q2 >= LITTLE_LEARNED:
        return ""
    return (
        f"The surrogate has learned little of {_name(explanation)} (leave-one-out Q² {explanation.q2:.2f}; 1 is "
        "perfect, 0 is nothing): do not build on this explanation."
    )


def _unseen(explanation: "Explanation") -> str:
    if explanation.unseen_cation_q2 is None:
        these = "this one alone" if explanation.cations == 1 else "these alone"
        cations = counted(explanation.cations, "cation")
        return f"Learned from {cations}: what is said of the cation holds for {these}."
    score = (
        f"Q² {explanation.unseen_cation_q2:.2f} with each cation left out whole, "
        f"{explanation.q2:.2f} with single formulations left out"
    )
    if explanation.unseen_cation_q2 < LITTLE_LEARNED:
        return (
            f"Cations that it has not seen are not predicted ({score}): what is said of the cation holds for those "
            "that it has."
        )
    return f"How well it predicts: {score} (1 is perfect, 0 is nothing)."


def _hybrids(explanation: "Explanation") -> str:
    said = []
    if explanation.hybrid_uncertainty >= BLIND:
        said.append(
            "Charge density and radius are told apart by asking for cations with another one's radius, which do not "
            f"exist: there the surrogate is unsure by {100 * explanation.hybrid_uncertainty:.0f} % of the spread of "
            "its predictions."
        )
    if explanation.ligand_hybrid_uncertainty >= BLIND:
        said.append(
            "What donors are and how they are arranged is told apart by asking for ligands with the donors of one and "
            "the geometry of another: there it is unsure by "
            f"{100 * explanation.ligand_hybrid_uncertainty:.0f} %."
        )
    return " ".join(said)


def _rivals(explanation: "Explanation") -> str:
    if explanation.rivals_sought:
        return ""
    return (
        f"Other fits that may explain these {explanation.formulations} formulations as well were not looked for, as "
        "each takes long: intervals are of one fit, hence rather too narrow where descriptors go together."
    )


def _networks(explanation: "Explanation") -> str:
    if not explanation.share_of_networks:
        return ""
    share = f"{100 * explanation.share_of_networks:.0f} %"
    return f"Explained is the Gaussian process; of each prediction {share} is of networks, which are not explained."


def _fixed(explanation: "Explanation") -> str:
    """Groups of which nothing can be said."""
    frame = explanation.global_attributions
    fixed = frame.loc[frame["leading_descriptor"] == "", "group"].tolist()
    if not fixed:
        return ""
    return f"The same in all of these observations, so that nothing is known of what it does: {', '.join(fixed)}."


def _resolved(frame: "pd.DataFrame") -> "pd.DataFrame":
    return frame[frame["lower"] > 0]


def _name(explanation: "Explanation") -> str:
    return readable(explanation.outcome)


def in_unit(explanation: "Explanation", place: float) -> str:
    """What lies at a place on the scale that the outcome is learned on, in the outcome's unit."""
    value = float(scale_of(explanation.outcome).in_unit(place))
    return f"{significant(value)} {unit_symbol(outcomes()[explanation.outcome].unit)}".strip()


def _number(explanation: "Explanation", value: float, digits: int = 3) -> str:
    return f"{significant(value, digits)} {unit_symbol(explanation.unit)}".strip()


def _range(explanation: "Explanation", row: "pd.Series[float]", column: str = "mean_absolute_attribution") -> str:
    return f"{_number(explanation, row[column])}, 90\N{NO-BREAK SPACE}% interval {_ends(row)}"


def _brief(explanation: "Explanation", row: "pd.Series[float]") -> str:
    return f"{_number(explanation, row['mean_absolute_attribution'])} ({_ends(row)})"


def _ends(row: "pd.Series[float]") -> str:
    return f"{significant(row['lower'], 3)} to {significant(row['upper'], 3)}"
