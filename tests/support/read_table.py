"""Reads a table as a program that is none of ours does, and prints its rows as JSON.

Usage: read_table.py csv|csv-excel|csv-cp932|xlsx FILE

Refuses a spreadsheet with a formula, or one that says who made it.
"""

import csv
import json
import re
import sys
import zipfile

ENCODINGS = {"csv": "utf-8", "csv-excel": "utf-8-sig", "csv-cp932": "cp932"}


def read_csv(path, encoding):
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.reader(file, strict=True))


def unescaped(text):
    """Excel's `_xHHHH_`, which openpyxl leaves to its caller."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def read_xlsx(path):
    import openpyxl

    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert not [name for name in names if name.startswith("docProps")], names
    rows = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            cells = []
            for cell in row:
                assert cell.data_type in ("n", "s", "inlineStr"), (cell.coordinate, cell.data_type)
                value = "" if cell.value is None else cell.value
                if cell.data_type != "n" and value[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠"):
                    assert cell.quotePrefix and cell.number_format == "@", cell.coordinate
                cells.append(unescaped(value) if isinstance(value, str) else str(value))
            rows.append(cells)
    return rows


kind, path = sys.argv[1:]
table = read_xlsx(path) if kind == "xlsx" else read_csv(path, ENCODINGS[kind])
json.dump(table, sys.stdout)
