"""Writes written-by-nbformat.ipynb from in-memory.json with nbformat, Jupyter's own writer (made with 5.5.0).

    python3 make-reference.py
"""
import json
import pathlib

import nbformat

here = pathlib.Path(__file__).parent
notebook = nbformat.from_dict(json.loads((here / "in-memory.json").read_text()))
(here / "written-by-nbformat.ipynb").write_text(nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n")
