"""The project's own words as a page says them: kinds of rules, grounds, levels of evidence, ratings."""

from __future__ import annotations

import re

from escalate.language.words import say_word
from escalate.texts import N_, _, spoken_now

# One kind or alert: what a badge says, and the heading over several.
KINDS = {
    "emergency": (N_("Emergency"), N_("Emergencies")),
    "exclude": (N_("Excluded"), N_("Exclusions")),
    "defer": (N_("Deferred"), N_("Deferrals")),
    "caution_high": (N_("High caution"), N_("High cautions")),
    "caution": (N_("Caution"), N_("Cautions")),
    "against": (N_("Speaks against"), N_("What speaks against it")),
    "ask": (N_("Question"), N_("Questions")),
    "indicate": (N_("Indication"), N_("Indications")),
    "finding": (N_("Finding"), N_("Findings")),
    "warning": (N_("Warning"), N_("Warnings")),
    "contradiction": (N_("Contradiction"), N_("Contradictions")),
    "scope": (N_("Scope"), N_("Scope")),
    "outcome": (N_("Outcome"), N_("Outcomes")),
    "disagreement": (N_("Disagreement"), N_("Where sources disagree")),
}
# What a rule of a kind does to an option, said once over the rules of that kind.
EFFECTS = {
    "exclude": N_("One of these that holds closes the option; while one is undecided, it waits for data."),
    "defer": N_("One of these that holds puts the option off until what it names is settled."),
    "caution_high": N_("The option is open only with a documented decision of the case conference."),
    "caution": N_("The option stays open, and the caution is shown beside it."),
    "ask": N_("These ask for what should be known; they close nothing."),
    "against": N_("The option is not indicated while one of these holds."),
}
BASES = {
    "source": N_("source"),
    "expert_judgement": N_("judgement"),
    "unverified": N_("unverified"),
}
LEVELS = {
    "rct": N_("randomised trial"),
    "rct_negative": N_("randomised trial, negative"),
    "meta_analysis": N_("meta-analysis"),
    "systematic_review": N_("systematic review"),
    "guideline": N_("guideline"),
    "cohort": N_("cohort"),
    "case_series": N_("case series"),
    "case_report": N_("case report"),
    "case_reports": N_("case reports"),
    "expert": N_("expert opinion"),
    "review": N_("review"),
    "label": N_("product label"),
    "regulator": N_("regulator"),
    "registry": N_("registry"),
    "protocol": N_("protocol"),
    "laboratory": N_("laboratory study"),
    "model": N_("model"),
    "press": N_("press note"),
    "secondary": N_("secondary source"),
}
DIRECTIONS = {"for": N_("for"), "against": N_("against"), "neutral": N_("neutral")}
RATINGS = {
    "none": N_("none"),
    "low": N_("low"),
    "low-mod": N_("low to moderate"),
    "mod": N_("moderate"),
    "mod-high": N_("moderate to high"),
    "high": N_("high"),
    "vhigh": N_("very high"),
    "raises": N_("raised"),
    "unknown": N_("unknown"),
}
RISKS = {
    "ild": N_("Interstitial lung disease"),
    "rp_ild": N_("Rapidly progressive ILD"),
    "cardiac": N_("Heart"),
    "malignancy": N_("Cancer"),
    "dysphagia": N_("Dysphagia"),
    "ifn1": N_("Type I interferon signature"),
}
TYPES = {
    "boolean": N_("yes or no"),
    "number": N_("number"),
    "integer": N_("whole number"),
    "enum": N_("one word"),
    "list": N_("list of words"),
    "date": N_("date"),
    "text": N_("text"),
}
GROUPS = {
    "": N_("The file"),
    "demographics": N_("Person"),
    "diagnosis": N_("Diagnosis"),
    "antibodies": N_("Antibodies"),
    "antibody": N_("Antibodies"),
    "activity": N_("Activity and response"),
    "muscle": N_("Muscle"),
    "swallowing": N_("Swallowing"),
    "skin": N_("Skin"),
    "joints": N_("Joints"),
    "gut": N_("Gut"),
    "kidney": N_("Kidney"),
    "lung": N_("Lung"),
    "heart": N_("Heart"),
    "labs": N_("Laboratory"),
    "infection": N_("Infection"),
    "vaccination": N_("Vaccination"),
    "comorbidities": N_("Comorbidities"),
    "therapies": N_("History of therapy"),
    "therapy": N_("One therapy"),
    "class": N_("One class of drugs"),
    "lines": N_("Lines of therapy"),
    "washout": N_("Washout"),
    "patient": N_("Person"),
    "overrides": N_("Documented overrides"),
    "centre": N_("Centre"),
    "consent": N_("Consent"),
    "course": N_("Course of a T-cell engager"),
}
_ACRONYMS = {
    "bcma": "BCMA", "cd19": "CD19", "cd20": "CD20", "cd38": "CD38", "c5": "C5", "baff": "BAFF",
    "jak": "JAK", "fcrn": "FcRn", "igg": "IgG", "tnf": "TNF", "il6": "IL-6", "dhodh": "DHODH",
    "mtor": "mTOR", "pde4": "PDE4", "s1p": "S1P", "gprc5d": "GPRC5D",
}  # fmt: skip


def kind(word: str) -> tuple[str, str]:
    """What a badge says of a kind or an alert, and the heading over several."""
    badge, heading = KINDS.get(word) or (word, word)
    return _(badge), _(heading)


def of(table: dict[str, str], word: str) -> str:
    """A word of one of these tables; a word that is not there is said as it stands."""
    return _(table[word]) if word in table else say_word(word)


def class_name(name: str) -> str:
    """A class of drugs: `bcma_t_cell_engager` is `BCMA T-cell engager`."""
    said = say_word(name)
    if spoken_now() != "en":
        return said
    said = said.replace("t cell", "T-cell").replace("car t", "CAR-T")
    return re.sub(r"[a-z0-9]+", lambda word: _ACRONYMS.get(word[0], word[0]), said)


def capital(said: str) -> str:
    """With a capital at the beginning of a cell or a heading.

    >>> capital("mTOR inhibitor"), capital("yes or no")
    ('mTOR inhibitor', 'Yes or no')
    """
    return said if said[1:2].isupper() else said[:1].upper() + said[1:]
