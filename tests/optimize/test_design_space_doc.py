import re
from pathlib import Path
from typing import get_args

from ionlink.optimize import CampaignConfig
from ionlink.optimize.constraints import KnownConstraint

DOC = (Path(__file__).parents[2] / "docs" / "design-space.md").read_text("utf-8")


def test_the_documented_campaign_is_one():
    (text,) = re.findall(r"^```toml\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)
    config = CampaignConfig.parse(text)
    assert [v.name for v in config.space.variables] == ["ratio", "second_fraction", "ph", "temperature_k"]
    assert len(config.space.constraints) == 3
    assert config.start.cations == ("Fe3+", "Al3+")


def test_every_kind_of_constraint_is_documented_with_its_fields():
    kinds = get_args(get_args(KnownConstraint)[0])
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", DOC, re.MULTILINE))
    assert set(rows) == {kind.model_fields["kind"].default for kind in kinds}
    for kind in kinds:
        fields = kind.model_fields.keys() - {"kind", "unknown"}
        assert all(f"`{name}`" in rows[kind.model_fields["kind"].default] for name in fields), kind
