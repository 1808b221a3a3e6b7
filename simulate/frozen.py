"""What all parts of a protocol have in common: they are frozen, and can learn new fields without losing their hash."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

T = TypeVar("T")


Later = Annotated[T, "later"]
"""Type of a field that was added after protocols had been used; it needs a default.

Such a field is left out of what is hashed while it holds its default, so that a protocol keeps its hash, and with it
its observations, when ionlink learns something new.
"""


class Frozen(BaseModel):
    """A part of a protocol: frozen, and refusing fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_serializer(mode="wrap")
    def _without_unused_later_fields(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        unused = {
            name
            for name, field in fields.items()
            if "later" in field.metadata and getattr(self, name) == field.get_default(call_default_factory=True)
        }
        return {name: value for name, value in serialise(self).items() if name not in unused}
