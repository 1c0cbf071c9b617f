"""A matplotlib SVG made fit to stand inside a page beside others."""

import re
import xml.etree.ElementTree as ET

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_DROPPED = {f"{{{SVG}}}metadata", f"{{{SVG}}}style"}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_POLYLINE = set("MLz .-\n0123456789")  # paths of straight lines only
_STEP = re.compile(r"([MLz])(?: (\S+) (\S+))?")
_REFERENCE = re.compile(r"url\(#")


def inline(svg: str, *, key: str, says: tuple[str, str], css_class: str) -> str:
    """The drawing as an <svg> element: ids that begin with `key`, the name and description it `says`, no fixed size."""
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing, not a file of the user
    for parent in list(root.iter()):
        for child in [c for c in parent if c.tag in _DROPPED]:
            parent.remove(child)
    for element in root.iter():
        _rewrite(element, key)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{key}-title {key}-desc", "class": css_class}
    _name(root, key, says)
    ET.register_namespace("", SVG)
    text = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return re.sub(r">\s+<", "><", text)


def _rewrite(element: ET.Element, key: str) -> None:
    """Prefix ids and references, shorten numbers."""
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.attrib["id"] = f"{key}-{value}"
        elif name == f"{{{XLINK}}}href":
            del element.attrib[name]
            element.attrib["href"] = f"#{key}-{value[1:]}" if value.startswith("#") else value
        elif name == "d" and set(value) <= _POLYLINE:
            element.attrib[name] = _relative(value)
        elif name in {"d", "x", "y", "transform"}:
            element.attrib[name] = _LONG_NUMBER.sub(_short, value).strip()
        else:
            element.attrib[name] = _REFERENCE.sub(f"url(#{key}-", value)


def _short(number: re.Match[str]) -> str:
    """Two decimals: a hundredth of a point is far below a pixel."""
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")


def _relative(path: str) -> str:
    """The same line in steps from point to point, in tenths of a point: half as long. Rounding does not add up."""
    parts, x, y, joining = [], 0, 0, ""
    for command, across, down in _STEP.findall(path):
        if command == "z":
            parts.append("z")
            joining = ""
            continue
        to_x, to_y = round(10 * float(across)), round(10 * float(down))
        if command == "M":
            parts.append(f"M{to_x / 10:g} {to_y / 10:g}")
        else:
            step = f"{_tenths(to_x - x)}{_joined(_tenths(to_y - y))}"
            parts.append(_joined(step) if joining == "L" else f"l{step}")
        x, y, joining = to_x, to_y, command
    return "".join(parts)


def _tenths(number: int) -> str:
    return f"{number / 10:g}".replace("0.", ".", 1) if abs(number) < 10 else f"{number / 10:g}"


def _joined(number: str) -> str:
    """The number as it follows another: a minus sign parts them already."""
    return number if number.startswith("-") else f" {number}"


def _name(root: ET.Element, key: str, says: tuple[str, str]) -> None:
    for at, (tag, text) in enumerate(zip(("title", "desc"), says, strict=True)):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{key}-{tag}"})
        element.text = text
        root.insert(at, element)
