"""Do rankings help, and what do simulations tell of measurements? On the statements of the knowledge base.

    python benchmarks/statements.py

Holds out every ranking in turn, once alone and once with all that its outcome says of one of its cations, and prints
how well it is foretold from the values and bounds alone, with the other rankings, and with the simulations of the same
outcome; then how much each simulated outcome tells of the same or a related measured one. About three minutes.
"""

import pandas as pd
from held_out_statements import (
    WITH_RANKINGS,
    WITH_SIMULATIONS,
    WITHOUT_RANKINGS,
    foretelling,
    gain,
    held_out_rankings,
)

from ionlink.data import observations, rankings
from ionlink.models.levels import compare_levels


def main() -> None:
    """Print all tables as Markdown."""
    said = [o for o in observations() if o.level == "literature"]
    simulated = [o for o in observations() if o.level == "screen"]
    for hold_out in ("statement", "cation"):
        found = held_out_rankings(said, rankings(), simulated, hold_out=hold_out)
        show(f"Held out: one {hold_out}", foretelling(found))
        mean, lower, upper = gain(found, WITH_RANKINGS, WITHOUT_RANKINGS)
        print(f"Gain by rankings: {mean:+.3f} ({lower:+.3f} to {upper:+.3f}) per ranking, 95 % over outcomes.\n")
        both = found[found["outcome"].isin(found.loc[found["knowledge"] == WITH_SIMULATIONS, "outcome"])]
        show("Of these, the outcomes that are simulated as well", foretelling(both))
        mean, lower, upper = gain(both, WITH_SIMULATIONS, WITH_RANKINGS)
        print(f"Gain by simulations: {mean:+.3f} ({lower:+.3f} to {upper:+.3f}).\n")
    show("What a simulated outcome tells of a measured one", compare_levels(simulated, said, rankings()))


def show(title: str, frame: pd.DataFrame) -> None:
    """Print a table as Markdown with three digits."""
    cells = [[f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in frame.to_numpy()]
    print(f"### {title}\n")
    for row in (list(frame.columns), ["---"] * frame.shape[1], *cells):
        print(f"| {' | '.join(row)} |")
    print()


if __name__ == "__main__":
    main()
