"""Which page is the home of the rules of which file; a file that is not listed gets a page of its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from escalate.texts import N_


class Chapter(NamedTuple):
    """A page with the rules of some files of `rules/`; the title is translated where it is said."""

    folder: str
    slug: str
    title: str
    files: tuple[str, ...]

    @property
    def path(self) -> str:
        """From the root of the site."""
        return f"{self.folder}/{self.slug}.html"


def _gate(slug: str, title: str, *files: str) -> Chapter:
    return Chapter("gates", slug, title, tuple(f"gates/{file}" for file in files))


def _pathway(slug: str, title: str, *files: str) -> Chapter:
    return Chapter("pathways", slug, title, tuple(f"pathways/{file}" for file in files))


def _findings(slug: str, title: str, *files: str) -> Chapter:
    return Chapter("findings", slug, title, tuple(f"findings/{file}" for file in files))


CHAPTERS = (
    _gate(
        "bcma-t-cell-engagers", N_("BCMA T-cell engagers"),
        "bcma_t_cell_engager", "bcma_course", "bcma_minimum_data",
    ),
    _gate("car-t", N_("CAR-T cells"), "car_t"),
    _gate("jak-inhibitors", N_("JAK inhibitors"), "jak_inhibitors_closed", "jak_inhibitors_cautions"),
    _gate("immunoglobulin", N_("Immunoglobulin"), "immunoglobulin"),
    _gate("rituximab", N_("Rituximab"), "rituximab"),
    _gate("cyclophosphamide", N_("Cyclophosphamide"), "cyclophosphamide"),
    _gate("calcineurin-inhibitors", N_("Calcineurin inhibitors"), "calcineurin_inhibitors"),
    _gate("mycophenolate", N_("Mycophenolate"), "mycophenolate"),
    _gate("azathioprine", N_("Azathioprine"), "azathioprine"),
    _gate("methotrexate", N_("Methotrexate"), "methotrexate"),
    _gate("glucocorticoids", N_("Glucocorticoids"), "glucocorticoids"),
    _gate("fcrn-inhibitors", N_("FcRn inhibitors"), "fcrn_inhibitors"),
    _gate("daratumumab", N_("Daratumumab"), "daratumumab"),
    _gate("c5-inhibitors", N_("C5 inhibitors"), "c5_inhibitors"),
    _gate("plasma-exchange", N_("Plasma exchange"), "plasma_exchange"),
    _gate("abatacept", N_("Abatacept"), "abatacept"),
    _gate("tocilizumab", N_("Tocilizumab"), "tocilizumab"),
    _gate("hydroxychloroquine", N_("Hydroxychloroquine"), "hydroxychloroquine"),
    _gate("antifibrotics", N_("Antifibrotics"), "antifibrotics"),
    _gate("exercise", N_("Exercise"), "exercise"),
    _gate("trials", N_("Clinical trials"), "trials"),
    _gate("infection", N_("Infection, before any immunosuppressant"), "infection"),
    _gate("cancer", N_("Cancer, before any immunosuppressant"), "cancer"),
    _gate("pregnancy", N_("Pregnancy"), "pregnancy"),
    _gate("allergy", N_("Allergy"), "allergy"),
    _gate("washout", N_("Washout"), "washout"),
    _gate("interactions", N_("Interactions"), "interactions"),
    _pathway("dermatomyositis", N_("Dermatomyositis, skin and muscle"), "dm"),
    _pathway("dermatomyositis-skin", N_("Dermatomyositis led by the skin"), "dm_skin"),
    _pathway("dermatomyositis-muscle", N_("Dermatomyositis led by the muscle"), "dm_muscle"),
    _pathway("mda5", N_("Dermatomyositis with MDA5"), "mda5"),
    _pathway(
        "antisynthetase-ild", N_("Antisynthetase syndrome with interstitial lung disease"), "asys_ild"
    ),
    _pathway(
        "antisynthetase-no-ild", N_("Antisynthetase syndrome without interstitial lung disease"),
        "asys_no_ild",
    ),
    _pathway("necrotising-myopathy", N_("Immune-mediated necrotising myopathy"), "imnm"),
    _pathway("overlap", N_("Overlap myositis"), "overlap"),
    _pathway("unspecified-myositis", N_("Polymyositis or unspecified myositis"), "pm_uns"),
    _pathway("inclusion-body-myositis", N_("Inclusion body myositis"), "ibm"),
    _pathway("connective-tissue-disease", N_("Connective tissue disease without myositis"), "ctd"),
    _pathway("heart", N_("Heart disease in myositis"), "heart"),
    _pathway("dysphagia", N_("Dysphagia"), "dysphagia"),
    _pathway("cancer", N_("Cancer beside myositis"), "cancer"),
    _pathway("pregnancy", N_("Pregnancy"), "pregnancy"),
    _pathway("relapse", N_("Relapse after a response"), "relapse"),
    _findings("heart", N_("Heart"), "heart", "heart_advanced", "heart_workup"),
    _findings("lung", N_("Lung"), "lung", "progression"),
    _findings("activity", N_("Activity and damage"), "activity"),
    _findings("disease", N_("Disease and its leading organ"), "disease"),
    _findings("refractory", N_("Refractory disease and the step of the ladder"), "refractory"),
    _findings("cancer-tier", N_("Cancer tiers"), "cancer_tier"),
    _findings("safety", N_("Safety before any immunosuppressant"), "safety"),
    _findings("thrombosis", N_("Thrombosis"), "thrombosis"),
    _findings("cell-therapy", N_("Before a T-cell engager or CAR-T cells"), "cell_therapy"),
    _findings("engager-course", N_("Course of a T-cell engager: CRS and ICANS"), "engager_course"),
    _findings("closed-options", N_("When an option is closed for others"), "closed_options"),
    Chapter("alerts", "emergencies", N_("Emergencies"), ("emergencies", "emergencies_course")),
    Chapter("alerts", "warnings", N_("Warnings and first questions"), ("advice",)),
    Chapter("alerts", "engager-course", N_("During a course of a T-cell engager"), ("engager_course",)),
    Chapter("alerts", "contradictions", N_("Contradictions in a file"), ("contradictions",)),
    Chapter("alerts", "outcomes", N_("What a conference may decide besides a therapy"), ("outcomes",)),
    Chapter("alerts", "disagreements", N_("Where sources disagree"), ("disagreements",)),
    Chapter("alerts", "scope", N_("Whom the ladder is for"), ("scope",)),
    Chapter("ladder", "general", N_("The general ladder: its indications"), ("ladder",)),
    Chapter("ladder", "against", N_("What speaks against going on"), ("against",)),
)  # fmt: skip


def chapters_of(files: Iterable[str]) -> dict[str, Chapter]:
    """The chapter of each file with rules (`rules/gates/car_t.yaml`), in the order of the site."""
    home = {f"rules/{file}.yaml": chapter for chapter in CHAPTERS for file in chapter.files}
    order = {file: number for number, file in enumerate(home)}
    listed = sorted(set(files), key=lambda file: (order.get(file, len(order)), file))
    return {file: home.get(file) or _unlisted(file) for file in listed}


def _unlisted(file: str) -> Chapter:
    name = file.removeprefix("rules/").removesuffix(".yaml")
    folder, _, stem = name.rpartition("/")
    known = {chapter.folder for chapter in CHAPTERS}
    title = stem.replace("_", " ").capitalize()
    return Chapter(folder if folder in known else "alerts", f"{stem.replace('_', '-')}-rules", title, (name,))
