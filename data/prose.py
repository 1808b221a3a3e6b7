"""Numbers, units and outcomes as people read them: digits as the error allows, units as papers write them."""

import math

MISSING = "–"
_UNIT_SYMBOLS = {
    "angstrom": "Å",
    "um": "µm",
    "percent": "%",
    "degC": "°C",
    "kJ/mol": "kJ mol⁻¹",
    "kJ/mol/e": "kJ mol⁻¹ e⁻¹",
    "g/cm^3": "g cm⁻³",
    "g/cm**3": "g cm⁻³",
    "mAh/g": "mAh g⁻¹",
}


def with_error(value: float | None, error: float | None) -> str:
    """`value ± error`, rounded to the error's first significant digit (its first two where it begins with 1).

    >>> with_error(2.0234, 0.0312)
    '2.02 ± 0.03'
    >>> with_error(-26708.4, 134.2)
    '−26710 ± 130'
    >>> with_error(2.0234, None)
    '2.023'
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if error is None or not math.isfinite(error):
        return significant(value)
    if error <= 0:
        return f"{significant(value)} ± 0"
    decimals = _decimals(error)
    return f"{_fixed(value, decimals)} ± {_fixed(error, decimals)}"


def significant(value: float | None, digits: int = 4) -> str:
    """`value` with so many significant digits; never in scientific notation between 10⁻³ and 10⁶.

    >>> significant(0.012346), significant(12), significant(1234567.0)
    ('0.01235', '12', '1.235e+06')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits}g}".replace("-", "−", 1) if value < 0 else f"{value:.{digits}g}"
    fixed = _fixed(value, digits - 1 - math.floor(math.log10(abs(value))))
    return fixed.rstrip("0").rstrip(".") if "." in fixed else fixed


def unit_symbol(unit: str) -> str:
    """The unit as papers write it; a pure number has none."""
    return "" if unit == "1" else _UNIT_SYMBOLS.get(unit, unit)


def words(outcome: str) -> str:
    """An outcome's name as prose has it."""
    return outcome.replace("_", " ")


def axis_label(name: str, unit: str) -> str:
    """An outcome as an axis names it, always with its unit.

    >>> axis_label("cation_oxygen_distance", "angstrom"), axis_label("chains_per_cation", "1")
    ('cation oxygen distance (Å)', 'chains per cation (dimensionless)')
    """
    return f"{words(name)} ({unit_symbol(unit) or 'dimensionless'})"


def _decimals(error: float) -> int:
    exponent = math.floor(math.log10(error))
    leading = round(error / 10.0**exponent, 1)
    if leading >= 9.5:  # 0.0096 is rounded to 0.01
        exponent, leading = exponent + 1, 1.0
    return (1 if leading < 1.95 else 0) - exponent


def _fixed(value: float, decimals: int) -> str:
    rounded = round(value, decimals) + 0.0  # −0.0 + 0.0 is 0.0
    text = f"{rounded:.{max(decimals, 0)}f}"
    return text.replace("-", "−")
