"""What if: a campaign that goes on from a moment of another one, under a changed declaration."""

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ionlink.data.errors import InputError
from ionlink.optimize.declaration import Declaration
from ionlink.optimize.state import State, put_back, state_of
from ionlink.optimize.store import Store
from ionlink.optimize.toml_faults import toml_faults

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign


def fork(
    campaign: "Campaign", name: str, until_round: int | None, store: Store | None, changes: dict[str, Any]
) -> "Campaign":
    """See `Campaign.fork`."""
    before = Declaration.of(campaign)
    try:
        after = Declaration(**{**dict(before), **changes})
    except ValidationError as error:
        raise InputError(f"{field}: {message}" for field, message in toml_faults(error)) from error
    _ = after.aim  # raises before anything is written
    state = forked_state(campaign, after, until_round)  # as may this
    with (store or campaign.store).filling(name) as target:
        put_back(state, target, same=False)
    return after.campaign(target)


def forked_state(campaign: "Campaign", after: Declaration, until_round: int | None) -> State:
    """What a campaign declared as `after` goes on from.

    Raises:
        InputError: so many rounds were not asked for.

    """
    state = state_of(campaign.store)
    if until_round is not None:
        state = state.until(until_round)
    return state if after.aim == campaign.aim else state.without_references()
