"""The kinds of value that fields have: how each is read from the file, shown in the schema, and
written back.

Every mapping of the language is a `Spec`: a frozen, strict pydantic model that refuses unknown
keys. The description of each
field is what `docs/language.md` and the editors' schema say of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

from aurosim.scenario.holes import BROKEN
from aurosim.scenario.nearest import did_you_mean, listed
from aurosim.scenario.not_modelled import not_modelled
from aurosim.units import (
    NEVER,
    bytes_per_s,
    duration_ns,
    format_bytes_per_s,
    format_duration,
    format_rate,
    format_ratio,
    format_size,
    rate_per_s,
    ratio,
    shown,
    size_bytes,
)

MAX_NAME_CHARACTERS: Final = 64
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class Spec(BaseModel):
    """A mapping of the language. Python names are the keys, with `_` behind `class` and `for`."""

    # Most mappings are checked only as a part of a larger one: a validator of its own is made for
    # each when it is asked for.
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _hole(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        """A hole stays a hole."""
        return BROKEN if value is BROKEN else validate(value)


def _item(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    return BROKEN if value is BROKEN else validate(value)


# Stands on the items of a list, as the wrap above does for the fields of a mapping.
HOLE = WrapValidator(_item)


def name_text(value: Any) -> str:
    """The value if it is a name. Names go into paths, file names and pages, so they are plain."""
    if isinstance(value, (int, float, bool)) or value is None:
        raise ValueError(
            f"is {shown(value)}, which is not text. Put it in quotes if it is the name."
        )
    if not isinstance(value, str):
        raise ValueError(f"must be a name, but is {shown(value)}.")
    if len(value) > MAX_NAME_CHARACTERS:
        raise ValueError(
            f"is a name of {len(value)} characters; the most is {MAX_NAME_CHARACTERS}."
        )
    if not _NAME.fullmatch(value):
        plain = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
        way = f" Did you mean '{plain}'?" if plain else ""
        raise ValueError(
            f"is {shown(value)}; a name has small letters, digits and '-', and begins and "
            f"ends without '-'.{way}"
        )
    return value


def _quantity(
    read: Callable[[Any], Any], write: Callable[[Any], str], examples: list[str]
) -> tuple[Any, ...]:
    schema = {"type": ["string", "number"], "examples": examples}
    return BeforeValidator(read), PlainSerializer(write, return_type=str), WithJsonSchema(schema)


def _positive(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def validate(value: Any) -> Any:
        number = read(value)
        if number == 0:
            raise ValueError(f"is {shown(value)}; it must be above zero.")
        return number

    return validate


_D = ["30 s", "5 min", "200 ms"]
Duration = Annotated[int, *_quantity(duration_ns, format_duration, _D)]
PositiveDuration = Annotated[int, *_quantity(_positive(duration_ns), format_duration, _D)]


def _span(number: Callable[[Any], Any], word: str) -> tuple[Any, ...]:
    """The marks of a duration, or the word for one without an end: `units.NEVER`."""

    def read(value: Any) -> Any:
        if value == word:
            return NEVER
        try:
            return number(value)
        except ValueError as error:
            raise ValueError(f"{error} Or say {word}.") from error

    def write(value: int) -> str:
        return word if value == NEVER else format_duration(value)

    return _quantity(read, write, [word, *_D])


NoneOrDuration = Annotated[int, *_span(_positive(duration_ns), "none")]
ForeverOrDuration = Annotated[int, *_span(duration_ns, "forever")]
Size = Annotated[int, *_quantity(size_bytes, format_size, ["10 GiB", "600 B"])]
PositiveSize = Annotated[int, *_quantity(_positive(size_bytes), format_size, ["10 GiB", "600 B"])]
Rate = Annotated[float, *_quantity(rate_per_s, format_rate, ["1200/s", "90/min"])]
Bandwidth = Annotated[int, *_quantity(bytes_per_s, format_bytes_per_s, ["8 MB/s"])]
Ratio = Annotated[float, *_quantity(ratio, format_ratio, ["95 %"])]
Name = Annotated[
    str,
    BeforeValidator(name_text),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_NAME.pattern}$", "maxLength": MAX_NAME_CHARACTERS}
    ),
]


def word(*words: str) -> Any:
    """A validator for a choice of words, whose complaint lists them and names the nearest."""
    must = f"one of {listed(words)}" if len(words) > 1 else f"{words[0]}, the only one so far"

    def validate(value: Any) -> Any:
        if isinstance(value, str) and value in words:
            return value
        hint = did_you_mean(value, words) if isinstance(value, str) and len(words) > 1 else ""
        raise ValueError(f"is {shown(value)}; it must be {must}.{hint}")

    return BeforeValidator(validate)


class ShortForm:
    """The short form: anything but a mapping stands for a mapping with one key (and the others
    given).

    `shape` is the JSON Schema of what may stand there.
    """

    def __init__(self, key: str, shape: dict[str, Any], **others: Any) -> None:
        self.key, self.shape, self.others = key, shape, others

    def expand(self, value: Any) -> Any:
        """The value as a mapping."""
        if isinstance(value, (dict, list, BaseModel)) or value is None or value is BROKEN:
            return value
        return {self.key: value, **self.others}

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [self.shape, handler(schema)]}


class Worded(ShortForm):
    """Words that stand in place of a mapping, each for one that could not be written otherwise."""

    def __init__(self, words: Mapping[str, Spec]) -> None:
        super().__init__("", {"enum": list(words)})
        self.words = words

    def expand(self, value: Any) -> Any:
        """The mapping that a word stands for."""
        if value is BROKEN or isinstance(value, (dict, list, BaseModel)):
            return value
        if isinstance(value, str) and value in self.words:
            return self.words[value]
        keys = [key for spec in self.words.values() for key in type(spec).model_fields]
        must = f"{' or '.join(self.words)}, or a mapping with {listed(dict.fromkeys(keys))}"
        hint = did_you_mean(value, self.words) if isinstance(value, str) else ""
        raise ValueError(f"is {shown(value)}; it must be {must}.{hint}")

    def write(self, value: Spec) -> Any:
        """The word for it, or the mapping."""
        same = (word for word, meant in self.words.items() if meant == value)
        return next(same, None) or value.model_dump(mode="json", by_alias=True)


def worded(words: Mapping[str, Spec]) -> tuple[Any, ...]:
    """The marks of a mapping that words may stand for."""
    marks = Worded(words)
    return marks, PlainSerializer(marks.write, return_type=Any)


_QUANTITY: Final = {"type": ["string", "number"]}


def short(key: str, *words: str, **others: Any) -> ShortForm:
    """The short form in place of a mapping: one of the words, or where there are none a quantity or
    name.
    """
    return ShortForm(key, {"enum": list(words)} if words else _QUANTITY, **others)


def one_of(noun: str, keys: tuple[str, ...]) -> tuple[Discriminator, BeforeValidator]:
    """A union told apart by which of the keys is present; the tag of each member is `<key>`.

    The validator in front says what is wrong where none or several are.
    """

    def check(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, dict):
            raise ValueError(
                f"must be a mapping with one of {listed(keys)}, but is {shown(value)}."
                f"{_alone(noun, value, keys)}"
            )
        present = [key for key in keys if key in value]
        if len(present) > 1:
            raise ValueError(
                f"has {' and '.join(present)}; {noun} has exactly one of {listed(keys)}."
            )
        if not present:
            known = f"; {noun} has exactly one of {listed(keys)}."
            guess = _guess(value, keys)
            raise ValueError(f"does not say which it is{known}{guess}")
        return value

    def tag(value: Any) -> str:
        held = value if isinstance(value, dict) else type(value).model_fields
        return next((f"<{key}>" for key in keys if key in held), "<>")

    return Discriminator(tag), BeforeValidator(check)


def _alone(noun: str, value: Any, keys: tuple[str, ...]) -> str:
    """The way out for a word that stands where its mapping should."""
    if not isinstance(value, str) or value not in keys:
        return ""
    when = "at: 1 min, " if noun == "a fault" else ""
    return f" Say {{{when}{value}: ...}}."


def _guess(held: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """What a key that is none was meant to be, or that there is no such thing here."""
    words = [str(key) for key in held]
    absent = next((said for word in words if (said := not_modelled(word))), "")
    return absent or next((hint for word in words if (hint := did_you_mean(word, keys))), "")


def by_law(
    noun: str, laws: tuple[str, ...], unsaid: str | None = None
) -> tuple[Discriminator, BeforeValidator]:
    """A union told apart by the word under `law`; the tag of each member is `<law>`."""

    def check(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, dict):
            raise ValueError(f"must be a mapping with a law, but is {shown(value)}.")
        law = value.get("law", unsaid)
        if law is None or law is BROKEN:
            raise ValueError(f"does not say its law; {noun} has 'law', one of {listed(laws)}.")
        if not isinstance(law, str) or law not in laws:
            hint = did_you_mean(str(law), laws)
            raise ValueError(f"has the law {shown(law)}; it must be one of {listed(laws)}.{hint}")
        return value

    def tag(value: Any) -> str:
        law = value.get("law", unsaid) if isinstance(value, dict) else value.law
        return f"<{law}>"

    return Discriminator(tag), BeforeValidator(check)
