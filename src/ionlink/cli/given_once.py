"""Commands that refuse an option given twice where it takes one value: the first one would be lost without a word."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand


class App(typer.Typer):
    """A `typer.Typer` whose commands refuse it."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[..., Any]:  # noqa: ANN401 - typer's own
        """As that of `typer.Typer`."""
        return super().command(name, cls=_GivenOnce, **settings)


class _GivenOnce(TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - a class that is private to typer
        """See that nothing stands more than once; then parse."""
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        if again := [param.opts[-1] for param in self.get_params(ctx) if order.count(param) > 1 and _takes_one(param)]:
            ctx.fail(f"{' and '.join(again)} given more than once, where one counts")
        return super().parse_args(ctx, args)


def _takes_one(param: Any) -> bool:  # noqa: ANN401 - see above
    """Whether saying it again could contradict: a mere flag says the same again."""
    return not param.multiple and not (param.is_flag and not param.secondary_opts)
