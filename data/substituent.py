"""Substituents: the groups of atoms that make an acid or a base near them stronger or weaker, and by how much."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, model_validator

from ionlink.data.csv_table import DATA_FOLDER, load_named
from ionlink.data.errors import InputError


class Substituent(BaseModel):
    """A kind of substituent with its constants of Hammett and of Swain and Lupton."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str

    smarts: str
    """Pattern in the neutral molecule, first the atom that is attached. Kinds that stand higher claim atoms first."""

    sigma_meta: float
    sigma_para: float

    sigma_field: float | None = None
    """Field constant where the formula of `field` is not taken."""

    charged_sigma_meta: float | None = None
    """As `sigma_meta`, of a group that has lost its proton, or as a base has taken one up; `None` where it has none."""

    charged_sigma_para: float | None = None
    charged_sigma_field: float | None = None

    conjugated: bool = False
    """Whether an acid beside it is conjugated with it, which takes back what nearness adds."""

    ring_only: bool = False
    """Whether it only counts on the aromatic ring that bears the site: elsewhere its atoms count by themselves."""

    source: str
    """Where the constants are from. `textbook value`: well known, but no source was looked up. `choice`: ours."""

    meaning: str

    @model_validator(mode="after")
    def _charged_constants_come_together(self) -> "Substituent":
        if (self.charged_sigma_meta is None) != (self.charged_sigma_para is None):
            raise InputError("charged_sigma_meta and charged_sigma_para are given together or not at all")
        return self

    @property
    def field(self) -> float:
        """Field constant F, by C. Hansch, A. Leo and R. W. Taft, doi:10.1021/cr00002a004, where none is given."""
        return _field(self.sigma_meta, self.sigma_para) if self.sigma_field is None else self.sigma_field

    @property
    def charged(self) -> tuple[float, float, float] | None:
        """Constants (meta, para, field) of its charged form; `None` where it has none."""
        if self.charged_sigma_meta is None or self.charged_sigma_para is None:
            return None
        field = self.charged_sigma_field
        given = _field(self.charged_sigma_meta, self.charged_sigma_para) if field is None else field
        return self.charged_sigma_meta, self.charged_sigma_para, given


def _field(sigma_meta: float, sigma_para: float) -> float:
    return 1.369 * sigma_meta - 0.373 * sigma_para - 0.009


@cache
def substituents() -> Mapping[str, Substituent]:
    """Every kind of substituent by name, in the order in which they claim atoms.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(load_named(DATA_FOLDER / "substituents.csv", Substituent, tuple(Substituent.model_fields)))
