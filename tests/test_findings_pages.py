"""The studies with protocols in files: their pages and notebooks say what is stored, and what is stored comes again."""

import math
import re
from fractions import Fraction
from itertools import product

import numpy as np
import polars
import pytest
from notebook_stories import story
from scipy import stats
from studies import backdoors, inactive_units, random_networks, study_pages
from studies.findings_page import DOCS, with_tables
from studies.images import load_images
from studies.protocols import PROTOCOLS
from studies.stored_rows import load_protocol, read_rows, write_rows

from exactregions import WholeSpace
from exactregions.bounds import get_bound

STORIES = {
    "findings/inactive-units": "14_units_never_active",
    "findings/backdoors": "12_backdoors",
    "findings/random-networks": "13_random_networks",
    "findings/robust-training": "15_robust_training",
    "findings/batch-norm": "16_batch_norm",
    "findings/acas-xu": "17_acas_xu",
    "companions/learning": "08_learning_and_equality",
    "companions/recurrent": "09_recurrent_networks",
}
# numbers with a decimal point, a comma or an exponent; of those without, four digits or more
NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")
PAPERS = ("2412.06829", "2007.06803", "2024", "2021", "2020", "2019", "2016")


def numbers(text: str) -> set[str]:
    """The figures of a text that a study must have measured; Python in it is tested where it stands."""
    plain = re.sub(r"```python.*?```|\$[^$]*\$|`[^`]*`|\([^)]*\.(?:md|ipynb)\)", "", text, flags=re.DOTALL)
    found = {number.rstrip(",") for number in NUMBER.findall(plain)}
    return {n for n in found if re.search(r"[.,e]|\d{4}", n) and n not in PAPERS}


# ---- protocols, pages and notebooks


def test_numbers_are_found_in_a_text():
    text = (
        "In 100,000 cases 0.25 [1.5, 2.5], about 4.2e4; 5 seeds, `python 3.11`, $4^{10000}$, (arXiv 2412.06829, 2024)"
    )
    assert numbers(text) == {"100,000", "0.25", "1.5", "2.5", "4.2e4"}


def test_every_protocol_has_its_page_and_every_page_is_listed():
    assert {f"{name}.toml" for name in study_pages.PAGES.values()} == {path.name for path in PROTOCOLS.glob("*.toml")}
    assert set(STORIES) == set(study_pages.PAGES)
    folder = DOCS / "findings"
    index = (folder / "index.md").read_text(encoding="utf-8")
    findings = {path.stem for path in folder.glob("*.md")} - {"index"}
    assert all(f"]({page}.md)" in index for page in findings)
    assert {page for page in study_pages.PAGES if page.startswith("findings/")} == {f"findings/{p}" for p in findings}


def test_results_of_another_protocol_are_refused(tmp_path):
    (tmp_path / "x.toml").write_text('title = "one"\n', encoding="utf-8")
    first = load_protocol("x", tmp_path)
    write_rows(first, [{"a": 1, "b": "c"}, {"a": 2, "b": None}], tmp_path)
    assert read_rows(first, tmp_path) == [{"a": 1, "b": "c"}, {"a": 2, "b": None}]
    (tmp_path / "x.toml").write_text('title = "two"\n', encoding="utf-8")
    with pytest.raises(RuntimeError, match="are of the protocol"):
        read_rows(load_protocol("x", tmp_path), tmp_path)


@pytest.mark.parametrize("page", study_pages.PAGES)
def test_a_page_says_what_is_stored(page):
    text = study_pages.path_of(page).read_text(encoding="utf-8")
    known = study_pages.page_tables(page)
    assert all(f"<!-- {name} -->" in text for name in known)
    assert with_tables(text, known) == text, "python -m studies.study_pages writes the tables anew"
    prose = with_tables(text, dict.fromkeys(known, ""))
    assert numbers(prose) <= numbers("\n".join(known.values()))


@pytest.mark.parametrize("page", STORIES)
def test_a_notebook_shows_what_is_stored(page):
    text, printed = story(STORIES[page])
    shown = "\n".join(study_pages.page_tables(page).values()).splitlines()
    assert set(shown) <= set(printed.splitlines())
    assert load_protocol(study_pages.PAGES[page]).digest in printed
    assert numbers(text) <= numbers(printed)


# ---- units that are never active


def test_units_are_decided_as_in_the_results():
    for row in read_rows(inactive_units.PROTOCOL):
        again = inactive_units.decided(row["inputs"], row["units"], row["law"], range(3))
        assert "".join(str(int(v)) for v in again) == row["first"][:3]


def inactive_by_corners(layers: inactive_units.Layers) -> bool:
    """Of one input: the unit is piecewise linear, and never active if it is so at its kinks and at both ends."""
    weights, biases, outer, bias = layers
    a, b, w = ([Fraction(v) for v in values.ravel().tolist()] for values in (weights, biases, outer))
    kinks = [-y / x for x, y in zip(a, b, strict=True)]
    ends = [min(kinks) - 10**12, max(kinks) + 10**12]

    def value(x: Fraction) -> Fraction:
        return sum((o * max(s * x + t, Fraction(0)) for s, t, o in zip(a, b, w, strict=True)), Fraction(bias))

    return all(value(x) <= 0 for x in (*kinks, *ends))


@pytest.mark.parametrize("number", range(16))
def test_units_of_one_input_are_inactive_if_they_are_so_at_their_kinks(number):
    layers = inactive_units.drawn(1, 2, "normal", number)
    wanted = inactive_by_corners(layers)
    assert inactive_units.inactive(layers) == wanted
    assert inactive_units.inactive_by_search(layers) == wanted
    assert inactive_units.inactive_by_signs(layers) == wanted


@pytest.mark.parametrize(
    ("c", "d"), [((1, 1, 1), 1), ((1, 1, 1), -1), ((-1, 1, 1), 1), ((-1, 1, 1), -1), ((-2, 1, 3), -1)]
)
def test_the_criterion_of_signs_is_the_search_for_all_signs(c, d):
    """Rows with a given dependency, outer weights of all signs, and biases on both sides of each bound."""
    weights = np.array([[c[1], c[2]], [-c[0], 0], [0, -c[0]]], dtype=float)  # c times these rows is zero
    biases = np.array([0.0, 0.0, d / c[2]])
    found = set()
    for outer in product((-2.0, -0.5, 0.25), repeat=3):
        for bias in (-4.0, 0.125):
            layers = weights, biases, np.array(outer), bias
            wanted = inactive_units.inactive_by_search(layers)
            assert inactive_units.inactive_by_signs(layers) == wanted
            found.add(wanted)
    assert found == {False, True}


# ---- random networks


def test_random_networks_have_the_stored_counts():
    for row in read_rows(random_networks.PROTOCOL):
        if row["depth"] == 1:
            hyperplanes = sum(math.comb(16, k) for k in range(row["inputs"] + 1))
            assert set(row["counts"]) == {hyperplanes}
        else:
            bound = get_bound("serra_2018").evaluate(
                random_networks.drawn(row["inputs"], row["depth"], row["law"], 0), WholeSpace(row["inputs"])
            )
            assert 1 < max(row["counts"]) <= bound


@pytest.mark.parametrize("law", random_networks.VALUES["laws"])
def test_a_random_network_is_counted_as_in_the_results(law):
    stored = {(r["inputs"], r["depth"], r["law"]): r["counts"] for r in read_rows(random_networks.PROTOCOL)}
    assert random_networks.counted(random_networks.drawn(4, 2, law, 0)) == stored[4, 2, law][0]


def test_a_mean_is_held_against_what_rounds_to_the_published_one():
    target = {"low": 41500, "high": 42500}
    assert random_networks._p_value([41000, 43000], target) == 1.0
    assert random_networks._p_value([44000, 46000, 45000], target) == pytest.approx(
        stats.ttest_1samp([44000, 46000, 45000], 42500).pvalue
    )
    assert random_networks._p_value([39000, 40000, 41000], target) == pytest.approx(
        stats.ttest_1samp([39000, 40000, 41000], 41500).pvalue
    )


# ---- backdoors


def planted(shift: float) -> polars.DataFrame:
    """Results in which N at triggered images of poisoned networks is a known factor larger, all else equal."""
    rows = [
        {"seed": seed, "network": network, "form": form, "point": point, "distance": 0.0, "robust": 0.0, "pieces": 0.0}
        | {"regions": seed + 0.1 * point + shift * (network == "poisoned" and form == "trigger")}
        for seed, network, form, point in product(range(3), ("clean", "poisoned"), backdoors.FORMS, range(2))
    ]
    return polars.DataFrame(rows)


def test_contrasts_find_a_planted_difference_and_no_other():
    found = {c.hypothesis: c.values for c in backdoors.contrasts(planted(0.5))}
    assert found["H1"] == pytest.approx([0.5] * 3)
    assert found["H3"] == pytest.approx([0.5] * 3)
    assert all(values == pytest.approx([0.0] * 3) for name, values in found.items() if name not in ("H1", "H3"))


def test_a_radius_that_is_not_known_leaves_its_image_out():
    rows = planted(0.0).with_columns(
        robust=polars.when((polars.col("point") == 0) & (polars.col("form") == "trigger"))
        .then(None)
        .when(polars.col("form") == "trigger")
        .then(0.25)
        .otherwise(polars.col("point") * 1.0)
    )
    found = {c.hypothesis: c.values for c in backdoors.contrasts(rows)}
    assert found["H5"] == pytest.approx([0.25 - 1.0] * 3)


def test_marks_are_four_pixels():
    images = np.full((2, 64), 0.25)
    for form, pixels in backdoors.FORMS.items():
        changed = backdoors.marked(images, form)
        assert (changed != images).sum() == 2 * len(pixels)
    assert (images == 0.25).all()


def test_results_of_backdoors_are_whole():
    rows = polars.DataFrame(read_rows(backdoors.PROTOCOL), infer_schema_length=None)
    values = backdoors.VALUES
    assert len(rows) == values["seeds"] * 2 * values["points_of_a_seed"] * len(backdoors.FORMS)
    radius = polars.col("seed").replace_strict({s: 0.25 * load_images("digits", s).spacing for s in range(8)})
    far = rows.with_columns(radius=radius).filter((polars.col("distance") / polars.col("radius") - 1).abs() > 1e-9)
    # the distance comes from the weights alone, the count from the search
    assert ((far["regions"] == 1) == (far["distance"] > far["radius"])).all()
