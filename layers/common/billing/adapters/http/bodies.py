"""What request bodies are checked with. Types are strict: "3" is no number, nor is true."""

from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from billing.domain.problems import FieldError, Problem
from billing.domain.text import clean_line


class Strict(BaseModel):
    """Known names and exact types only. Built with its first use: a cold start needs one of them."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


Body = TypeVar("Body", bound=BaseModel)


def line(maximum: int, minimum: int = 0) -> AfterValidator:
    """One line of text: trimmed, in NFC, without control characters, `minimum` to `maximum` characters."""

    def check(text: str) -> str:
        try:
            cleaned = clean_line(text)
        except ValueError:
            raise PydanticCustomError("line_break", "one line of text") from None
        if len(cleaned) > maximum:
            raise PydanticCustomError("too_long", "too long", {"maximum": maximum})
        if len(cleaned) < minimum:
            raise PydanticCustomError("too_short", "too short")
        return cleaned

    return AfterValidator(check)


def checked(model: type[Body], body: dict[str, Any]) -> Body:
    """`body` as the model; `validation_failed` with one entry for each field that does not fit."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        errors = tuple(field_error(entry) for entry in error.errors(include_url=False, include_input=False))
        raise Problem("validation_failed", errors=errors) from None


def field_error(entry: Any) -> FieldError:
    """Pydantic's error as ours."""
    path = ".".join(str(step) for step in entry["loc"])
    kind, context = entry["type"], entry.get("ctx", {})
    match kind:
        case "missing":
            return FieldError(path, "required")
        case "extra_forbidden":
            return FieldError(path, "unknown_field")
        case "literal_error":
            choices = context["expected"].replace("'", "").replace(" or ", ", ")
            return FieldError(path, "unknown_choice", {"choices": choices})
        case "too_long" | "too_short" | "line_break":
            return FieldError(path, kind, context)
    return FieldError(path, "wrong_type", {"expected": kind.partition("_")[0]})
