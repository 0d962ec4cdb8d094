"""The names that files may write for entities, antibodies, drugs and therapies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalate.library.fold import fold

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
RESERVED = {"refused", "overlap"}


def _read(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((KNOWLEDGE / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


THERAPIES = {p.stem: _read(f"therapies/{p.name}") for p in sorted((KNOWLEDGE / "therapies").glob("*.yaml"))}
ENTITIES = _read("entities.yaml")
ANTIBODIES = _read("antibodies.yaml")
DRUGS = _read("drugs.yaml")
EVIDENCE = _read("evidence.yaml")
ALL_DRUGS: dict[str, Any] = DRUGS | THERAPIES
VOCABULARIES = {
    "entities": ENTITIES,
    "overlap": ENTITIES["overlap"],
    "antibodies": ANTIBODIES,
    "drugs": ALL_DRUGS,
}


def _spellings(vocabulary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, entry in vocabulary.items():
        if name not in RESERVED:
            yield name, name
            yield from ((spelling, name) for spelling in entry.get("synonyms", ()))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> list[tuple[str, str]]:
    """`written = name` of a vocabulary, separated by semicolons."""
    return [(written.strip(), name.strip()) for written, name in (p.split("=") for p in text.split(";"))]


def _names(vocabulary: Mapping[str, Any]) -> dict[str, str]:
    return {fold(spelling): name for spelling, name in _spellings(vocabulary)}


@pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=list(VOCABULARIES))
def test_a_spelling_means_one_name_and_stands_once(vocabulary: Mapping[str, Any]) -> None:
    """No folded spelling points to two names, and none is written twice for one name."""
    seen: dict[str, str] = {}
    for spelling, name in _spellings(vocabulary):
        assert isinstance(spelling, str), f"{name}: {spelling!r} is not text (quote it)"
        assert fold(spelling) not in seen, f"{spelling!r} of {name} is already {seen[fold(spelling)]}"
        seen[fold(spelling)] = name


@pytest.mark.parametrize(
    "vocabulary", [ENTITIES, ANTIBODIES, ALL_DRUGS], ids=["entities", "antibodies", "drugs"]
)
def test_what_is_refused_is_no_spelling_and_says_what_to_write(vocabulary: Mapping[str, Any]) -> None:
    """A look-alike never resolves to a name, and its text says in both languages what to do instead."""
    known = _names(vocabulary)
    for spelling, said in vocabulary["refused"].items():
        assert fold(spelling) not in known, f"{spelling!r} is refused and yet {known[fold(spelling)]}"
        assert any(word in said["en"] for word in ("write", "say", "not known")), spelling
        assert any(word in said["de"] for word in ("schreiben", "angeben", "nicht bekannt")), spelling


CONTRACT_ENTITIES = _words(
    """
    dermatomyositis amyopathic_dermatomyositis antisynthetase_syndrome
    immune_mediated_necrotising_myopathy inclusion_body_myositis overlap_myositis
    polymyositis_unspecified systemic_sclerosis systemic_lupus_erythematosus
    undifferentiated_connective_tissue_disease igg4_related_disease juvenile_dermatomyositis
    checkpoint_inhibitor_myositis other
    """
)
CONTRACT_OVERLAP = _words(
    """
    systemic_sclerosis systemic_lupus_erythematosus sjogren_disease mixed_connective_tissue_disease
    rheumatoid_arthritis
    """
)
CONTRACT_ANTIBODIES = _words(
    """
    Jo-1 PL-7 PL-12 EJ OJ KS Zo Ha MDA5 TIF1-gamma NXP2 SAE Mi-2 SRP HMGCR PM-Scl75 PM-Scl100 Ku
    U1-RNP U3-RNP Ro52 SSA cN1A RuvBL1/2 AMA-M2 Scl-70 RNA-polymerase-III CENP-B ANA RF dsDNA Sm
    nucleosome AChR MuSK ANCA Th/To SMN FHL1 CCAR1
    """
)
CONTRACT_THERAPIES = _words(
    """
    glucocorticoids glucocorticoid_pulse azathioprine methotrexate mycophenolate tacrolimus
    ciclosporin hydroxychloroquine ivig scig rituximab cyclophosphamide tofacitinib baricitinib
    ruxolitinib upadacitinib brepocitinib efgartigimod nipocalimab zilucoplan eculizumab ravulizumab
    daratumumab cd19_car_t bcma_car_t teclistamab elranatamab linvoseltamab blinatumomab
    plasma_exchange abatacept tocilizumab anifrolumab belimumab nintedanib pirfenidone
    autologous_hsct exercise clinical_trial
    """
)
CONTRACT_DRUGS = _words(
    """
    leflunomide etanercept certolizumab adalimumab infliximab dapsone voclosporin obinutuzumab
    ofatumumab talquetamab belantamab_mafodotin antithymocyte_globulin alemtuzumab sirolimus
    arimoclomol dazukibart corticotropin
    """
)


def test_every_name_of_the_contract_is_there() -> None:
    """The contract's names are fixed: each stands in its vocabulary, as it is written there."""
    assert set(ENTITIES) - RESERVED == CONTRACT_ENTITIES
    assert set(ENTITIES["overlap"]) == CONTRACT_OVERLAP
    assert set(ANTIBODIES) >= CONTRACT_ANTIBODIES
    assert set(THERAPIES) == CONTRACT_THERAPIES
    assert set(DRUGS) >= CONTRACT_DRUGS


@pytest.mark.parametrize(
    ("written", "means"),
    _pairs(
        """
        PRED = glucocorticoids; GC = glucocorticoids; DEX = glucocorticoids; HCQ = hydroxychloroquine;
        MTX = methotrexate; DDS = dapsone; AZA = azathioprine; MMF = mycophenolate; BEL = belimumab;
        ANI = anifrolumab; VOC = voclosporin; IVIG = ivig; RTX = rituximab; CYC = cyclophosphamide;
        DARA = daratumumab; PLEX = plasma_exchange; NIN = nintedanib; HSCT = autologous_hsct;
        ATG = antithymocyte_globulin; CsA = ciclosporin; TOC = tocilizumab; TOF = tofacitinib;
        BAR = baricitinib; LEF = leflunomide; ETN = etanercept; ABT = abatacept; CERT = certolizumab;
        TAC = tacrolimus
        """
    ),
)
def test_the_teclistamab_series_can_be_written_in_its_own_words(written: str, means: str) -> None:
    """Every abbreviation of the treatment histories of the 18 patients is read."""
    assert _names(ALL_DRUGS)[fold(written)] == means


@pytest.mark.parametrize(
    ("written", "means"),
    _pairs(
        """
        Decortin H = glucocorticoids; Prednison = glucocorticoids; Urbason = glucocorticoids;
        Methylprednisolon-Stoß = glucocorticoid_pulse; CellCept = mycophenolate;
        Myfortic = mycophenolate; Prograf = tacrolimus; Imurek = azathioprine; Lantarel = methotrexate;
        Metex = methotrexate; MabThera = rituximab; Rixathon = rituximab; Endoxan = cyclophosphamide;
        Xeljanz = tofacitinib; Olumiant = baricitinib; Jakavi = ruxolitinib; Rinvoq = upadacitinib;
        Vyvgart = efgartigimod; Darzalex = daratumumab; Tecvayli = teclistamab; Elrexfio = elranatamab;
        Lynozyfic = linvoseltamab; Blincyto = blinatumomab; Orencia = abatacept;
        RoActemra = tocilizumab; Actemra = tocilizumab; Ofev = nintedanib; Octagam = ivig;
        Privigen = ivig; Quensyl = hydroxychloroquine; Plasmapherese = plasma_exchange;
        TCZ = tocilizumab; atorvastatin = statin; clarithromycin = strong_cyp3a4_inhibitor;
        Cotrimoxazol = cotrimoxazole; Marcumar = warfarin
        """
    ),
)
def test_brand_and_german_names_are_read(written: str, means: str) -> None:
    """What a German or English chart writes is the same drug."""
    assert _names(ALL_DRUGS)[fold(written)] == means


@pytest.mark.parametrize(
    ("written", "means"),
    _pairs(
        """
        DM = dermatomyositis; CADM = amyopathic_dermatomyositis; ASyS = antisynthetase_syndrome;
        ASS = antisynthetase_syndrome; Antisynthetase-Syndrom = antisynthetase_syndrome;
        nekrotisierende Myopathie = immune_mediated_necrotising_myopathy;
        IMNM = immune_mediated_necrotising_myopathy; Einschlusskörpermyositis = inclusion_body_myositis;
        sIBM = inclusion_body_myositis; Overlap-Myositis = overlap_myositis;
        Sklerodermie = systemic_sclerosis; systemische Sklerose = systemic_sclerosis;
        SSc = systemic_sclerosis; SLE = systemic_lupus_erythematosus;
        UCTD = undifferentiated_connective_tissue_disease;
        IgG4-assoziierte Erkrankung = igg4_related_disease
        """
    ),
)
def test_entities_are_read_in_english_and_german(written: str, means: str) -> None:
    """Names and abbreviations of a diagnosis."""
    assert _names(ENTITIES)[fold(written)] == means


@pytest.mark.parametrize(
    ("written", "means"),
    _pairs(
        """
        anti-Jo-1 = Jo-1; Jo1 = Jo-1; histidyl-tRNA synthetase = Jo-1; PM/Scl-100 = PM-Scl100;
        PM-Scl 75 = PM-Scl75; Ro-52 = Ro52; TRIM21 = Ro52; SSA/Ro60 = SSA; SS-A = SSA;
        HMG-CoA-Reduktase = HMGCR; p155/140 = TIF1-gamma; TIF1-γ = TIF1-gamma; MJ = NXP2;
        CADM-140 = MDA5; topoisomerase I = Scl-70; RNAP III = RNA-polymerase-III; Zentromer = CENP-B;
        ds-DNA = dsDNA; Nukleosomen = nucleosome; RuvBL1/RuvBL2 = RuvBL1/2; NT5C1A = cN1A
        """
    ),
)
def test_antibodies_are_read_in_the_words_of_laboratories(written: str, means: str) -> None:
    """Antigens, older names and German names of an antibody."""
    assert _names(ANTIBODIES)[fold(written)] == means


@pytest.mark.parametrize(
    "look_alike", ["Jo-l", "Jo-I", "J0-1", "P1-7", "PL-l2", "p140", "Ro", "RNP", "TIF1", "AMA"]
)
def test_an_antibody_look_alike_is_refused(look_alike: str) -> None:
    """A letter in place of a figure, or a name that two antigens share, is never guessed."""
    assert fold(look_alike) not in _names(ANTIBODIES)
    assert fold(look_alike) in {fold(spelling) for spelling in ANTIBODIES["refused"]}


@pytest.mark.parametrize(
    "look_alike", ["CTX", "Cy", "MP", "Ig", "MPA", "AZT", "CNI", "JAKi", "CAR-T", "CYC/ATG", "TEC"]
)
def test_a_drug_look_alike_is_refused(look_alike: str) -> None:
    """An abbreviation that two drugs share, or that names only a class, is never guessed."""
    assert fold(look_alike) not in _names(ALL_DRUGS)
    assert fold(look_alike) in {fold(spelling) for spelling in DRUGS["refused"]}


@pytest.mark.parametrize(
    "group",
    [("CsA", "CYC"), ("TAC", "TOC", "TOF", "TECL"), ("RTX", "RUX"), ("BEL", "BLINA"), ("IVIG", "SCIG")],
)
def test_short_names_that_look_alike_stay_apart(group: tuple[str, ...]) -> None:
    """Each abbreviation of such a group is another drug."""
    names = _names(ALL_DRUGS)
    assert len({names[fold(written)] for written in group}) == len(group)


def test_a_skin_or_eye_product_is_not_the_systemic_drug() -> None:
    """Protopic is not tacrolimus by mouth, Ikervis not ciclosporin, Opzelura not ruxolitinib."""
    names = _names(ALL_DRUGS)
    assert names[fold("Protopic")] == "topical_calcineurin_inhibitor"
    assert names[fold("Ikervis")] == "ciclosporin_eye_drops"
    assert names[fold("Opzelura")] == "topical_jak_inhibitor"


@pytest.mark.parametrize("name", [n for n in ANTIBODIES if n not in RESERVED])
def test_a_risk_row_is_marked_as_unverified(name: str) -> None:
    """The ordinals of an antibody are ratings, not looked-up numbers, and say so."""
    entry = ANTIBODIES[name]
    assert entry["class"] in {"MSA", "MAA", "other"}
    assert set(entry.get("source", ())) <= set(EVIDENCE)
    assert ("ild" in entry) == (entry.get("basis") == "unverified")
