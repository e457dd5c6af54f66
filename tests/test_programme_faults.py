"""What is wrong with programmes, services and staff, read as the person who wrote them would read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.problems import ScenarioError
from simulator.programme_sizes import spends
from simulator.scenario_file import load, template

ROOT = Path(__file__).resolve().parents[1]
WHOLE = ROOT / "tests" / "whole-place.yaml"

SOUND = """prevention:
  services:
    - {id: hospital, name: Hospital, agency: north, lines: [staff],
       growth_cashable: 90%, stranded: 60%, backfill: 50%, source: MADE}
    - {id: streets, name: Streets, agency: town, lines: [services],
       growth_cashable: 90%, stranded: 10%, backfill: 0%, source: MADE}
  interventions:
    - id: falls
      name: Falls classes
      tier: secondary
      source: MADE
      per_pound: {low: 0.5, central: 1, high: 2}
      lag: 1
      decay: 20%
      gains: [{service: hospital, share: 90%, cashable: 25%}, {service: outside, share: 10%, cashable: 0%}]
      evidence_grade: 3
      basket: cost
      staff: {nurses: 5}
  optimism: [0%, 5%, 10%]
  programmes:
    - id: classes
      name: Classes
      intervention: falls
      starts: 2026-27
      spend: 0.5
      pays: {town: 50%, board: 50%}
      source: MADE
  staff:
    - {id: nurses, name: Nurses, in_post: 100, funded: 110, joiners: 10%, leavers: 9%,
       works_for: {north: [staff]}, source: MADE}
"""


def told(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """What the loader says of the sound piece with some of its words changed, its line and column left out."""
    text = SOUND
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "piece.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(WHOLE, [path])
    problems = caught.value.problems
    assert all(Path(one.file).name == "piece.yaml" and one.line > 1 for one in problems)
    return "\n".join(f"{one.field}: {one.value} | {one.rule} | {one.remedy}" for one in problems)


def test_a_sound_piece_is_read(tmp_path: Path) -> None:
    path = tmp_path / "piece.yaml"
    path.write_text(SOUND, encoding="utf-8")
    stated = load(WHOLE, [path]).scenario.prevention
    assert stated is not None
    assert [(one.id, one.spend.used, [*one.pays]) for one in stated.programmes] == [("classes", 5e5, ["town", "board"])]
    assert [service.agency for service in stated.services] == ["north", "town"]


IN_PLACE = "prevention.programmes.classes"
CASES: dict[str, tuple[tuple[str, str], str]] = {
    "unknown intervention": (
        ("intervention: falls", "intervention: fals"),
        f"{IN_PLACE}.intervention: fals | this names an intervention that the scenario holds; `fals` is not one | "
        "did you mean `falls`? One of: falls",
    ),
    "unknown service": (
        ("{service: hospital,", "{service: hospitals,"),
        "prevention.interventions.falls.gains.1.service: hospitals | this names a service that the scenario holds; "
        "`hospitals` is not one | did you mean `hospital`? One of: hospital, outside, streets",
    ),
    "unknown body of a service": (
        ("agency: north,", "agency: nort,"),
        "prevention.services.hospital.agency: nort | this names a body that the scenario holds; `nort` is not one | "
        "did you mean `north`? One of: board, constabulary, hospice, nhs_england, north, south, town",
    ),
    "service of a party outside": (
        ("agency: north,", "agency: nhs_england,"),
        "prevention.services.hospital.agency: nhs_england | a service is run by a body of the place; `nhs_england` "
        "stands outside it and has no books | name a body of the place",
    ),
    "line of another body": (
        ("lines: [services]", "lines: [staff]"),
        "prevention.services.streets.lines.1: staff | this names a line of town that the scenario holds; `staff` is "
        "not one | use one of: pooled_care, services",
    ),
    "line that a pool pays for": (
        ("lines: [services]", "lines: [services, pooled_care]"),
        "prevention.services.streets.lines.2: pooled_care | what is saved on a line goes to the body that has it; "
        "`better_care` pays for `pooled_care` | take it out, so that the service is of the lines the body pays itself",
    ),
    "line of two services": (
        ("id: streets, name: Streets, agency: town, lines: [services]",
         "id: wards, name: Wards, agency: north, lines: [staff]"),
        "prevention.services.wards.lines.1: staff | a line belongs to one service, or it would be relieved twice; "
        "`hospital` has `staff` already | take it out of one of them",
    ),
    "line twice in a service": (
        ("lines: [services]", "lines: [services, services]"),
        "prevention.services.streets.lines.2: services | a line stands once in a service; `services` is there | "
        "take one out",
    ),
    "unknown basket": (
        ("basket: cost", "basket: costs"),
        "prevention.interventions.falls.basket: costs | this names a basket that the scenario holds; `costs` is not "
        "one | did you mean `cost`? One of: cost",
    ),
    "local evidence of nothing": (
        ("      spend: 0.5\n",
         "      spend: 0.5\n      local_evidence:\n"
         "        - {id: ours, source: MADE, per_pound: {low: 0, central: 1, high: 2}}\n"),
        f"{IN_PLACE}.local_evidence.ours.per_pound.low: 0 | local evidence and what it is joined to lie above nought "
        "throughout, since they are joined as ratios | give a least value a little above nought, or take the local "
        "evidence out",
    ),
    "local evidence above nine in ten of what is published": (
        ("      spend: 0.5\n",
         "      spend: 0.5\n      local_evidence:\n"
         "        - {id: ours, source: MADE, per_pound: {low: 1, central: 2.1, high: 3}}\n"),
        f"{IN_PLACE}.local_evidence.ours.per_pound.central: 2.1 | a middle value above what nine in ten published "
        "studies come to (2) says where it is from and why this place does so much better: `source` and `rationale` | "
        "give both, or a lower value",
    ),
    "grade without a correction": (
        ("optimism: [0%, 5%, 10%]", "optimism: [0%, 5%]"),
        "prevention.interventions.falls.evidence_grade: 3 | `optimism` has a correction for every grade of evidence "
        "used; it has 2, and `falls` is of grade 3 | add to `prevention.optimism`, best evidence first",
    ),
    "unknown payer": (
        ("board: 50%", "boards: 50%"),
        f"{IN_PLACE}.pays.boards: 50% | this names a body that the scenario holds; `boards` is not one | did you mean "
        "`board`? One of: board, constabulary, hospice, north, south, town",
    ),
    "paid for by a party outside": (
        ("board: 50%", "nhs_england: 50%"),
        f"{IN_PLACE}.pays.nhs_england: 50% | a programme is paid for by bodies of the place; `nhs_england` stands "
        "outside it and has no books | name a body of the place",
    ),
    "paid for by nobody": (
        ("board: 50%", "outside: 50%"),
        f"{IN_PLACE}.pays.outside: 50% | a programme is paid for by bodies of the place; `outside` is where gains "
        "fall to nobody in it | name who pays: board, constabulary, hospice, north, south, town",
    ),
    "a year that is over": (
        ("starts: 2026-27", "starts: 2024-25"),
        f"{IN_PLACE}.starts: 2024-25 | a programme starts in one of 2025-26 to 2030-31: it is not over at as_at, and "
        "lies within the years projected | give one of these",
    ),
    "a year past the projection": (
        ("starts: 2026-27", "starts: 2031-32"),
        f"{IN_PLACE}.starts: 2031-32 | a programme starts in one of 2025-26 to 2030-31: it is not over at as_at, and "
        "lies within the years projected | give one of these",
    ),
    "an end past the projection": (
        ("starts: 2026-27", "starts: 2026-27\n      ends: 2031-32"),
        f"{IN_PLACE}.ends: 2031-32 | a programme ends in one of the years projected, 2025-26 to 2030-31 | take it "
        "out: it is paid for as long as is projected",
    ),
    "misspelt staff": (
        ("staff: {nurses: 5}", "staff: {nurse: 5}"),
        f"{IN_PLACE}.intervention: falls | a programme's staff come from groups under `prevention.staff`; `falls` "
        "needs `nurse`, not there | did you mean `nurses`? Else add it there, or take `prevention.staff` out and no "
        "post is counted",
    ),
    "staff that no group has": (
        ("staff: {nurses: 5}", "staff: {nurses: 5, therapists: 2, drivers: 1}"),
        f"{IN_PLACE}.intervention: falls | a programme's staff come from groups under `prevention.staff`; `falls` "
        "needs `therapists`, `drivers`, not there | add them there, or take `prevention.staff` out and no post is "
        "counted",
    ),
    "staff of an unknown body": (
        ("works_for: {north:", "works_for: {northern:"),
        "prevention.staff.nurses.works_for.northern:  | this names a body that the scenario holds; `northern` is not "
        "one | did you mean `north`? One of: board, constabulary, hospice, north, south, town",
    ),
    "staff on an unknown line": (
        ("works_for: {north: [staff]}", "works_for: {north: [staf]}"),
        "prevention.staff.nurses.works_for.north.1: staf | this names a line of north that the scenario holds; `staf` "
        "is not one | did you mean `staff`? One of: staff",
    ),
    "retraining in the base year": (
        ("leavers: 9%", "leavers: 9%, retrained: {2024-25: 5}"),
        "prevention.staff.nurses.retrained.2024-25: 5 | posts are filled in one of the years projected, 2025-26 to "
        "2030-31 | give one of these, or take it out",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), CASES.values(), ids=CASES)
def test_each_fault_is_told_once_in_words(change: tuple[str, str], words: str, tmp_path: Path) -> None:
    assert told(tmp_path, change) == words


PAYS, LAST = "      pays: {town: 50%, board: 50%}\n      source: MADE\n", "  staff:\n    - {id: nurses"
CHOSEN: dict[str, tuple[tuple[str, str], str]] = {
    "measure that nobody has": (
        (LAST, f"  measure: qalys\n{LAST}"),
        "prevention.measure: qalys | this names a measure that the scenario holds; `qalys` is not one | use one of: "
        "return",
    ),
    "group without a weight": (
        (
            PAYS,
            f"{PAYS}      reaches: {{poorest: 40%, others: 60%}}\n  weights: {{others: {{value: 1, source: MADE}}}}\n",
        ),
        f"{IN_PLACE}.reaches.poorest: 40% | this names a weighted group that the scenario holds; `poorest` is not "
        "one | use one of: others",
    ),
    "weight below nought": (
        (LAST, f"  weights: {{others: {{value: -1, source: MADE}}}}\n{LAST}"),
        "prevention.weights.others:  | a weight is nought or more | give 1 to count a gain as it is",
    ),
    "groups that do not add up": (
        (PAYS, f"{PAYS}      reaches: {{poorest: 40%}}\n"),
        f"{IN_PLACE}:  | the shares in `reaches` add up to 100%, and these make 40% | add 60% to one of them, or a "
        "group",
    ),
    "no intervention": (
        ("      intervention: falls\n", ""),
        f"{IN_PLACE}.intervention:  | `intervention` is needed here | add `intervention:`, the kind it is of, by its "
        "id under `prevention.interventions`: falls",
    ),
    "payers of part": (
        ("{town: 50%, board: 50%}", "{town: 50%, board: 10%}"),
        f"{IN_PLACE}:  | the shares in `pays` add up to 100%, and these make 60% | add 40% to one of them, or a payer",
    ),
    "payers of too much": (
        ("{town: 50%, board: 50%}", "{town: 50%, board: 70%}"),
        f"{IN_PLACE}:  | the shares in `pays` add up to 100%, and these make 120% | lower them by 20% in all",
    ),
    "gains of part": (
        ("share: 10%, cashable: 0%", "share: 5%, cashable: 0%"),
        "the shares of `gains` add up to 100%, and these make 95% | add 5% to one of them, or a gain (`outside` for "
        "what falls to nobody in the place)",
    ),
    "most below what is proposed": (
        (PAYS, f"{PAYS}      most: 0.3\n"),
        f"{IN_PLACE}:  | `most`, where a programme runs out of people to reach, is at least `spend` | lower `spend`, "
        "raise `most`, or take `most` out",
    ),
    "thousands where millions are meant": (
        ("      spend: 0.5\n", "      spend: 500\n"),
        f"{IN_PLACE}.spend: 500 | amounts are in millions of pounds here (`money: £m`), so Anytown Council would pay "
        "£250m a year; all that it spends in 2024-25 is £120m | give what the programme costs a year in that unit",
    ),
    "reach in pounds": (
        (PAYS, f"{PAYS}      most: 700000.5\n"),
        f"{IN_PLACE}.most: 700000.5 | amounts are in millions of pounds here (`money: £m`), so Anytown Council would "
        "pay £350,000.25m a year; all that it spends in 2024-25 is £120m | give what the programme costs a year in",
    ),
    "present that is no whole step": (
        (PAYS, f"{PAYS}      present: 0.3\n      least_step: 0.2\n"),
        f"{IN_PLACE}:  | `spend` is at least one `least_step`, and `present` is a whole number of them",
    ),
    "step above what is proposed": (
        (PAYS, f"{PAYS}      least_step: 0.6\n"),
        f"{IN_PLACE}:  | `spend` is at least one `least_step`, and `present` is a whole number of them",
    ),
    "score out of range": (
        (PAYS, f"{PAYS}      scores: {{vision: 3}}\n"),
        f"{IN_PLACE}:  | a score runs from 0 to 1; vision does not",
    ),
    "score on no principle": (
        (PAYS, f"{PAYS}      scores: {{vision: 1}}\n"),
        f"{IN_PLACE}.scores.vision: 1 | this names a scored principle that the scenario holds; `vision` is not one",
    ),
    "score on what is proved": (
        (PAYS, f"{PAYS}      scores: {{fair: 1}}\n  principles: [{{id: fair, name: Fair, proved: true}}]\n"),
        "`fair` is not one",
    ),
    "principle both proved and scored": (
        (LAST, f"  principles: [{{id: fair, name: Fair, proved: true, least: {{value: 0.5, source: MADE}}}}]\n{LAST}"),
        "a principle that is `proved` has no scores: take `least` out",
    ),
    "least score out of range": (
        (LAST, f"  principles: [{{id: fair, name: Fair, least: {{value: 2, source: MADE}}}}]\n{LAST}"),
        "a principle's `least` score runs from 0 to 1",
    ),
    "joint list of nobody": (
        (PAYS, f"{PAYS}      counted_in: {{towns: [beds]}}\n"),
        f"{IN_PLACE}.counted_in.towns:  | this names a body that the scenario holds; `towns` is not one",
    ),
    "saving that the body does not have": (
        (PAYS, f"{PAYS}      counted_in: {{north: [beds]}}\n"),
        f"{IN_PLACE}.counted_in.north.1: beds | this names a saving of north that the scenario holds; `beds` is not "
        "one",
    ),
}


@pytest.mark.parametrize(("change", "words"), CHOSEN.values(), ids=CHOSEN)
def test_each_fault_of_what_a_portfolio_is_chosen_by_is_told(
    change: tuple[str, str], words: str, tmp_path: Path
) -> None:
    assert words in told(tmp_path, change)


def test_a_programme_without_any_intervention_says_where_they_come_from(tmp_path: Path) -> None:
    kinds = SOUND[SOUND.index("  interventions:\n") : SOUND.index("  optimism:")]
    assert told(tmp_path, (kinds, "")) == (
        f"{IN_PLACE}.intervention: falls | a programme stands on an intervention, and none are given | "
        "extend defaults/prevention-2026.yaml, or state `prevention.interventions`"
    )


def test_a_library_without_the_defaults_beneath_it_is_one_fault(tmp_path: Path) -> None:
    """Its eighteen kinds name baskets, and lines name drivers: what is missing is the file that has them."""
    path, part = tmp_path / "mine.yaml", "extends: defaults/uk-2026.yaml"
    text = template().decode()
    path.write_text(text.replace(part, "extends: defaults/prevention-2026.yaml"), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    found = [one for one in caught.value.problems if "name one" in one.rule]
    assert len(found) == 1 and len(caught.value.problems) <= 2
    assert found[0].rule.startswith("the scenario holds no baskets and no drivers, and ")
    assert found[0].remedy == "also extend defaults/uk-2026.yaml, which has them, or state your own"
    path.write_text(text.replace(part, "extends: [defaults/uk-2026.yaml, defaults/prevention-2026.yaml]"))
    assert load(path).scenario.prevention is not None


def test_ids_that_stand_twice_are_told_where_no_file_lies_over_another(tmp_path: Path) -> None:
    alone = tmp_path / "whole.yaml"
    row = SOUND[SOUND.index("    - id: classes") : SOUND.index("  staff:\n    - {id: nurses")]
    alone.write_text(WHOLE.read_text(encoding="utf-8") + SOUND.replace(row, row + row), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(alone)
    assert [one.rule for one in caught.value.problems] == ["ids are unique; `classes` stands twice"]


@pytest.mark.parametrize(("spend", "refused"), [("240", False), ("240.01", True)])
def test_a_programme_may_take_all_that_a_payer_spends_and_no_more(spend: str, refused: bool, tmp_path: Path) -> None:
    """The town spends £120m and would pay half; the board's contracts are counted as what it spends."""
    path = tmp_path / "piece.yaml"
    path.write_text(SOUND.replace("      spend: 0.5\n", f"      spend: {spend}\n"), encoding="utf-8")
    scenario = load(WHOLE, []).scenario
    assert spends(scenario, "town") == 120e6
    assert spends(scenario, "board") > sum(
        line.spent for line in next(body for body in scenario.bodies if body.id == "board").spending
    )
    if refused:
        with pytest.raises(ScenarioError):
            load(WHOLE, [path])
    else:
        assert load(WHOLE, [path]).scenario.prevention is not None


OURS = "      spend: 0.5\n      local_evidence:\n        - {id: ours, source: MADE, "


@pytest.mark.parametrize(
    "evidence",
    [
        "per_pound: {low: 1, central: 2, high: 3}}",
        'rationale: "two trials here", per_pound: {low: 1, central: 2.1, high: 3}}',
        'per_pound: {low: 1, central: 2.1, high: 3, rationale: "two trials here"}}',
    ],
)
def test_local_evidence_within_what_is_published_or_with_reasons_is_taken(evidence: str, tmp_path: Path) -> None:
    path = tmp_path / "piece.yaml"
    path.write_text(SOUND.replace("      spend: 0.5\n", f"{OURS}{evidence}\n"), encoding="utf-8")
    assert load(WHOLE, [path]).scenario.prevention is not None


def test_slots_in_a_pathway_are_for_what_is_a_flow(tmp_path: Path) -> None:
    """An effect that outlasts its spending cannot come from slots that last as long as they are paid for."""
    path = tmp_path / "stock.yaml"
    stock = "prevention: {interventions: [{id: home_first, decay: 30%}]}\n"
    path.write_text(stock, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(ROOT / "scenarios" / "lancashire.yaml", [path])
    assert [one.rule for one in caught.value.problems] == [
        "slots help only in the year they are paid for, so what a programme with a `pathway` brings is a flow, `decay` "
        "100%; that of `home_first` is 30%"
    ]


def test_staff_are_asked_for_only_where_groups_are_given(tmp_path: Path) -> None:
    path = tmp_path / "piece.yaml"
    path.write_text(SOUND[: SOUND.index("  staff:\n    - {id: nurses")], encoding="utf-8")
    assert load(WHOLE, [path]).scenario.prevention is not None


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    said = told(tmp_path, CASES["unknown payer"][0], CASES["a year that is over"][0], CASES["unknown basket"][0])
    assert {CASES[name][1] for name in ("unknown payer", "a year that is over", "unknown basket")} == set(
        said.splitlines()
    )
