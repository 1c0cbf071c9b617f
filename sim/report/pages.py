"""What every page is made with: the templates, the policy under which only our own script runs, our style."""

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup


def rendered(template: str, **context: Any) -> str:
    """A page from one of our templates. Whatever a scenario says in it is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(own)
    )
    return environment.get_template(template).render(style=made(own("report.css")), made=made, **context)


def made(text: str) -> Markup:
    """Text that goes into the page as it is: our own files, our own drawings, and JSON that is escaped already."""
    return Markup(text)  # noqa: S704  # nothing of a scenario comes here unescaped


def policy(script: str | None = None) -> str:
    """A content security policy under which only this script runs, if any, and nothing is loaded."""
    allowed = ""
    if script is not None:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        allowed = f"script-src 'sha256-{digest}'; "
    return f"default-src 'none'; {allowed}style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def own(name: str) -> str:
    """One of the files of web/."""
    return (files("sim.report") / "web" / name).read_text(encoding="utf-8")
