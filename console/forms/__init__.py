"""Pages that ask for something: declared field by field, kept as typed when a service refuses (see the README)."""

from console.forms.fields import (
    Choice,
    Day,
    Flag,
    Hidden,
    Many,
    Money,
    Number,
    Prose,
    Several,
    Text,
    Upload,
    Whole,
    codes,
)
from console.forms.form import Form, Row, done
from console.forms.organisations import Organisation
from console.forms.promises import Promise
from console.language import phrase

__all__ = [
    "Choice",
    "Day",
    "Flag",
    "Form",
    "Hidden",
    "Many",
    "Money",
    "Number",
    "Organisation",
    "Promise",
    "Prose",
    "Row",
    "Several",
    "Text",
    "Upload",
    "Whole",
    "codes",
    "done",
    "phrase",
]
