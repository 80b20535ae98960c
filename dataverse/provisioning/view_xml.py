"""How are the rows and the columns of a view written in XML?

Microsoft Learn, "Customize table views" and "FetchXml schema".
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from dataverse.description.parts import Condition, Table, View
from dataverse.provisioning import markup


def fetch(table: Table, view: View) -> str:
    """FetchXML: which rows appear, in which order, and what is read of them."""
    root = ET.Element(
        "fetch",
        {"version": "1.0", "output-format": "xml-platform", "mapping": "logical", "distinct": "false"},
    )
    entity = ET.SubElement(root, "entity", {"name": table.name})
    for name in dict.fromkeys((f"{table.name}id", *(column for column, _ in view.columns))):
        ET.SubElement(entity, "attribute", {"name": name})
    ET.SubElement(
        entity, "order", {"attribute": view.order, "descending": "true" if view.descending else "false"}
    )
    conditions = ET.SubElement(entity, "filter", {"type": "and"})
    for condition in view.conditions:
        _add(conditions, condition)
    return markup.text(root)


def layout(table: Table, view: View, type_code: int) -> str:
    """LayoutXML: which columns a reader sees, and how wide in pixels.

    Args:
        table: the table of the view.
        view: the view.
        type_code: the table's ObjectTypeCode, which every environment chooses for itself.
    """
    root = ET.Element(
        "grid",
        {
            "name": "resultset",
            "object": str(type_code),
            "jump": table.primary.name,
            "select": "1",
            "icon": "1",
            "preview": "1",
        },
    )
    row = ET.SubElement(root, "row", {"name": "result", "id": f"{table.name}id"})
    for name, width in view.columns:
        ET.SubElement(row, "cell", {"name": name, "width": str(width)})
    return markup.text(root)


def same(wanted: str, found: str) -> bool:
    """Whether the XML that the environment keeps of a view says what ours says.

    Attributes that the platform adds, the order of attributes and white space do not count.
    """
    return markup.says(wanted, found)


def _add(conditions: ET.Element, condition: Condition) -> None:
    attributes = {"attribute": condition.column, "operator": condition.test.value}
    match condition.values:
        case (value,):
            # An enum's own str would be its name.
            ET.SubElement(conditions, "condition", attributes | {"value": str(int(value))})
        case values:
            element = ET.SubElement(conditions, "condition", attributes)
            for value in values:
                ET.SubElement(element, "value").text = str(int(value))
