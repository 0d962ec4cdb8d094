"""The attrition of a cohort as a picture: for each therapy how many patients have which verdict."""

from __future__ import annotations

import io

from escalate.cohort.attrition import Attrition
from escalate.library.model import Library
from escalate.options.verdict import Verdict
from escalate.texts import _, ngettext

_ROW_INCH = 0.28
# Told apart in black and white: the open ones dark, the closed ones hatched.
_LOOK = {
    Verdict.PROPOSE: ("#1b4965", ""),
    Verdict.CAUTION: ("#3d7a9e", ""),
    Verdict.CAUTION_HIGH: ("#86b3cc", ""),
    Verdict.DATA_NEEDED: ("#ffffff", ""),
    Verdict.DEFERRED: ("#e6e6e6", "//"),
    Verdict.EXCLUDED: ("#bdbdbd", "xx"),
    Verdict.NOT_INDICATED: ("#f4f4f4", ".."),
}


def picture(found: Attrition, library: Library, kind: str) -> bytes:
    """The figure as `svg` or `png`; the same bytes for the same counts and version of matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = library.digest
    matplotlib.rcParams["svg.fonttype"] = "none"
    therapies = found.therapies
    names = [library.therapies[t].name if t in library.therapies else t for t in therapies]
    figure = Figure(figsize=(9.0, 1.6 + _ROW_INCH * len(therapies)), layout="constrained")
    axes = figure.add_subplot()
    left = [0] * len(therapies)
    for verdict, (colour, hatch) in _LOOK.items():
        counts = [found.counts("verdict", therapy).get(verdict.value, 0) for therapy in therapies]
        if not any(counts):
            continue
        axes.barh(
            names, counts, left=left, color=colour, hatch=hatch, edgecolor="0.25", linewidth=0.5,
            height=0.8, label=verdict.value,
        )  # fmt: skip
        left = [before + count for before, count in zip(left, counts, strict=True)]
    asked = sum(found.counts("scope").values())
    axes.invert_yaxis()
    axes.set_xlim(0, max(asked, 1))
    axes.set_xlabel(_("patients"))
    axes.set_title(ngettext("{count} patient", "{count} patients", asked).format(count=asked), fontsize=10)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    out = io.BytesIO()
    figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return out.getvalue()
