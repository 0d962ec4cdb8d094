"""Words of patient files, of the contract and of units as people say them: `not_done` is `not done`.

In JSON and in a patient file the words stay; a sentence says them in the language of the reader. Every word
that a shipped field, finding or class may hold stands here, so that the catalogue has it (a test holds that).
"""

from __future__ import annotations

from escalate.texts import N_, _


def say_word(word: str) -> str:
    """A word with its underscores as spaces, in the language spoken now."""
    return _(word.replace("_", " ")) if word else ""


def say_unit(unit: str) -> str:
    """A unit: signs stay, words (`weeks`) are said in the language spoken now."""
    return _(unit) if unit in UNITS else unit


UNITS = frozenset((N_("days"), N_("weeks"), N_("months"), N_("years"), N_("points"), N_("pack-years")))

WORDS = frozenset(
    (
        # fields, findings, the contract
        N_("active"), N_("advanced"), N_("approved"), N_("atrial fibrillation"), N_("awake"),
        N_("bcma safety only"), N_("below minimal"), N_("biweekly target"), N_("borderline"),
        N_("breastfeeding"), N_("bulbar palsy"), N_("case reports"), N_("case series"), N_("caution"),
        N_("caution high"), N_("cirrhosis"), N_("claustrophobia"), N_("cns disease"), N_("cohort"),
        N_("compensated"), N_("completed"), N_("contradiction"), N_("contraindication"), N_("current"),
        N_("dad"), N_("data needed"), N_("decompensated"), N_("deferred"), N_("deficient"), N_("device"),
        N_("diffuse"), N_("diplopia"), N_("ecmo"), N_("elisa"), N_("emergency"),
        N_("endomyocardial biopsy"), N_("endomysial infiltrate"), N_("eu"), N_("excluded"), N_("expert"),
        N_("extensive"), N_("failed"), N_("fdg pet"), N_("female"), N_("first degree av block"),
        N_("fluctuating weakness"), N_("focal"), N_("former"), N_("glaucoma"), N_("good"),
        N_("gottron papules"), N_("gottron sign"), N_("guideline"), N_("heliotrope"),
        N_("heliotrope or gottron"), N_("high"), N_("high flow"), N_("high grade av block"), N_("iim"),
        N_("immune neuropathy"), N_("immunofluorescence"), N_("immunoprecipitation"), N_("inactive"),
        N_("inadequate trial"), N_("inefficacy"), N_("inflammation"), N_("inflammatory unspecific"),
        N_("intermediate"), N_("intolerance"), N_("invasive"), N_("investigational"), N_("kidney"),
        N_("latent treated"), N_("latent untreated"), N_("left bundle branch block"), N_("limited"),
        N_("low"), N_("low flow"), N_("major"), N_("male"), N_("mechanics hands"), N_("mild"),
        N_("minimal"), N_("mobitz 1"), N_("mobitz 2"), N_("moderate"), N_("necrosis"), N_("necrotising"),
        N_("negative"), N_("never"), N_("no"), N_("no vasopressor"), N_("non invasive"), N_("none"),
        N_("normal"), N_("not a line"), N_("not applicable"), N_("not done"), N_("not indicated"),
        N_("not pregnant"), N_("not verified"), N_("nsip"), N_("nsip op"), N_("nsvt"), N_("off label"),
        N_("one"), N_("one vasopressor"), N_("ongoing"), N_("op"), N_("osteoporosis"), N_("other"),
        N_("other reason"), N_("out of scope"), N_("palmar papules"), N_("past"), N_("patient choice"),
        N_("pending"), N_("perifascicular atrophy"), N_("perimysial infiltrate"), N_("planned"), N_("poor"),
        N_("positive"), N_("positive controlled"), N_("positive pressure"), N_("positive uncontrolled"),
        N_("pregnant"), N_("present"), N_("procedure"), N_("propose"), N_("proven"), N_("psychosis"),
        N_("ptosis"), N_("raised"), N_("raynaud"), N_("rct"), N_("rct negative"),
        N_("relapse after response"), N_("remission over 5 years"), N_("remission under 5 years"),
        N_("resolved"), N_("responded"), N_("right bundle branch block"), N_("rimmed vacuoles"),
        N_("running"), N_("scope"), N_("second immunoblot"), N_("seizures"), N_("several"),
        N_("several vasopressors"), N_("severe"), N_("stable"), N_("standard"), N_("step up 1"),
        N_("step up 2"), N_("stopped for toxicity"), N_("strong"), N_("supraventricular controlled"),
        N_("supraventricular uncontrolled"), N_("suspected"), N_("suspicious"), N_("sustained vt"),
        N_("third degree av block"), N_("to touch"), N_("to voice"), N_("trigeminal neuralgia"), N_("uip"),
        N_("unarousable"), N_("unclear"), N_("unknown"), N_("unstable angina"), N_("us"), N_("warning"),
        N_("weak"), N_("weekly target"), N_("worsening"), N_("yes"),
        # classes of drugs
        N_("activin receptor antibody"), N_("alkylator"), N_("aminosalicylate"), N_("antifibrotic"),
        N_("antigout"), N_("antimalarial"), N_("antimetabolite"), N_("apheresis"), N_("baff antibody"),
        N_("bcma antibody"), N_("bcma t cell engager"), N_("c5 inhibitor"), N_("calcineurin inhibitor"),
        N_("cannabinoid receptor agonist"), N_("car t"), N_("cd19 antibody"), N_("cd19 t cell engager"),
        N_("cd20 antibody"), N_("cd38 antibody"), N_("checkpoint inhibitor"), N_("costimulation blocker"),
        N_("dhodh inhibitor"), N_("fcrn inhibitor"), N_("glucocorticoid"), N_("gprc5d t cell engager"),
        N_("heat shock coinducer"), N_("igg drug"), N_("il12 23 antibody"), N_("il17 antibody"),
        N_("il1 inhibitor"), N_("il23 antibody"), N_("il6 receptor antibody"), N_("immunoglobulin"),
        N_("immunomodulatory imide"), N_("immunosuppressant"), N_("integrin antibody"), N_("interferon"),
        N_("interferon antibody"), N_("jak inhibitor"), N_("klrg1 antibody"), N_("mtor inhibitor"),
        N_("non drug"), N_("pde4 inhibitor"), N_("prostacyclin"), N_("proteasome inhibitor"),
        N_("s1p modulator"), N_("stem cell transplant"), N_("sulfone"), N_("t cell depletion"),
        N_("t cell engager"), N_("tnf inhibitor"), N_("topoisomerase inhibitor"), N_("trial"),
        N_("xanthine oxidase inhibitor"),
    )
)  # fmt: skip
