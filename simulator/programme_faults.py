"""Faults of prevention that no single field can show: whose lines, who pays, which years, what names nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from simulator.agency_faults import Address, Fault, unknown_name
from simulator.agreements.pooled_fund import PooledFund
from simulator.assumptions import Assumption
from simulator.place import Agency
from simulator.programme_sizes import size_faults
from simulator.programmes import OUTSIDE_PLACE, RETURN, Intervention, Prevention, Programme, Service
from simulator.scenario import Scenario
from simulator.years import FinancialYear

ROOM = "prevention"


def programme_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield the faults of what a scenario says of prevention; none where it says nothing."""
    stated = scenario.prevention
    if stated is None:
        return
    yield from _doubled(stated)
    yield from _service_faults(scenario, stated)
    yield from _intervention_faults(stated)
    for i, programme in enumerate(stated.programmes):
        yield from _programme_faults(scenario, stated, programme, (ROOM, "programmes", i))
        yield from _pathway_faults(scenario, stated, programme, (ROOM, "programmes", i, "pathway"))
        yield from _choice_faults(scenario, stated, programme, (ROOM, "programmes", i))
        yield from _staff_lacking(stated, programme, (ROOM, "programmes", i, "intervention"))
        yield from size_faults(scenario, programme, (ROOM, "programmes", i))
    yield from _measure_faults(stated)
    yield from _staff_faults(scenario, stated)


def _doubled(stated: Prevention) -> Iterator[Fault]:
    """Yield ids that stand twice in one list, and evidence of one id twice for one programme."""
    lists: list[tuple[Address, Sequence[str]]] = [
        ((ROOM, "services"), [one.id for one in stated.services]),
        ((ROOM, "interventions"), [one.id for one in stated.interventions]),
        ((ROOM, "programmes"), [one.id for one in stated.programmes]),
        ((ROOM, "staff"), [one.id for one in stated.staff]),
        ((ROOM, "principles"), [one.id for one in stated.principles]),
    ]
    for i, programme in enumerate(stated.programmes):
        lists.append(((ROOM, "programmes", i, "local_evidence"), [one.id for one in programme.local_evidence]))
    for at, ids in lists:
        for i, name in enumerate(ids):
            if name in ids[:i]:
                yield Fault((*at, i, "id"), f"ids are unique; `{name}` stands twice", "rename one of them")


def _service_faults(scenario: Scenario, stated: Prevention) -> Iterator[Fault]:
    """Yield services of bodies without books, and lines that are not theirs to relieve."""
    bodies = {body.id: body for body in scenario.bodies}
    taken = dict[tuple[str, str], str]()
    for i, service in enumerate(stated.services):
        at: Address = (ROOM, "services", i)
        body = bodies.get(service.agency or "")
        if body is None:
            yield from _no_books(scenario, service.agency, (*at, "agency"), "a service is run by a body of the place")
            continue
        yield from _line_faults(scenario, service, body, at)
        for k, line in enumerate(service.lines):
            first = taken.setdefault((body.id, line), service.id)
            if first != service.id:
                rule = f"a line belongs to one service, or it would be relieved twice; `{first}` has `{line}` already"
                yield Fault((*at, "lines", k), rule, "take it out of one of them")
            elif line in service.lines[:k]:
                yield Fault((*at, "lines", k), f"a line stands once in a service; `{line}` is there", "take one out")


def _no_books(scenario: Scenario, name: str | None, at: Address, rule: str) -> Iterator[Fault]:
    """Yield a party outside the place where a body with books is needed; names nobody has are told elsewhere."""
    if name is not None and name in scenario.names:
        yield Fault(at, f"{rule}; `{name}` stands outside it and has no books", "name a body of the place")


def _line_faults(scenario: Scenario, service: Service, body: Agency, at: Address) -> Iterator[Fault]:
    """Yield lines that a service's body does not have, and lines whose cost others settle."""
    held = {line.id: line for line in body.spending}
    pools = {
        line: pool.id
        for pool in scenario.agreements
        if isinstance(pool, PooledFund)
        for line in pool.pays_for.get(body.id, ())
    }
    for k, name in enumerate(service.lines):
        if name not in held:
            yield unknown_name((*at, "lines", k), name, f"line of {body.id}", held)
        elif payer := held[name].paid_by or pools.get(name):
            rule = f"what is saved on a line goes to the body that has it; `{payer}` pays for `{name}`"
            yield Fault(
                (*at, "lines", k), rule, "take it out, so that the service is of the lines the body pays itself"
            )


def _intervention_faults(stated: Prevention) -> Iterator[Fault]:
    """Yield gains to services that nobody defined, and grades of evidence without a correction."""
    services = {service.id for service in stated.services}
    for i, kind in enumerate(stated.interventions):
        at: Address = (ROOM, "interventions", i)
        for k, gain in enumerate(kind.gains):
            if gain.service != OUTSIDE_PLACE and gain.service not in services:
                known = services | {OUTSIDE_PLACE}
                yield unknown_name((*at, "gains", k, "service"), gain.service, "service", known)
        if 0 < len(stated.optimism) < kind.evidence_grade:
            rule = (
                f"`optimism` has a correction for every grade of evidence used; it has {len(stated.optimism)}, "
                f"and `{kind.id}` is of grade {kind.evidence_grade}"
            )
            yield Fault((*at, "evidence_grade"), rule, "add to `prevention.optimism`, best evidence first")


def _programme_faults(scenario: Scenario, stated: Prevention, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield programmes on no known intervention, paid for by nobody of the place, or in years that are not open."""
    kinds = {kind.id for kind in stated.interventions}
    if not kinds:
        rule = "a programme stands on an intervention, and none are given"
        remedy = "extend defaults/prevention-2026.yaml, or state `prevention.interventions`"
        yield Fault((*at, "intervention"), rule, remedy)
    elif one.intervention not in kinds:
        yield unknown_name((*at, "intervention"), one.intervention, "intervention", kinds)
    yield from _evidence_faults(stated, one, at)
    bodies = {body.id for body in scenario.bodies}
    for payer in one.pays:
        here: Address = (*at, "pays", payer)
        if payer == OUTSIDE_PLACE:
            rule = "a programme is paid for by bodies of the place; `outside` is where gains fall to nobody in it"
            yield Fault(here, rule, f"name who pays: {', '.join(sorted(bodies))}")
        elif payer not in scenario.names:
            yield unknown_name(here, payer, "body", bodies)
        elif payer not in bodies:
            yield from _no_books(scenario, payer, here, "a programme is paid for by bodies of the place")
    first, last = max(scenario.first_year, scenario.open_year), scenario.projected[-1]
    yield from _year_faults(one.starts, (first, last), (*at, "starts"))
    if one.ends is not None and one.ends > last:
        rule = f"a programme ends in one of the years projected, {first} to {last}"
        yield Fault((*at, "ends"), rule, "take it out: it is paid for as long as is projected")


def _evidence_faults(stated: Prevention, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield local evidence, or what it is joined to, that may be of nothing at all: the two are joined as ratios."""
    kind = next((kind for kind in stated.interventions if kind.id == one.intervention), None)
    found: list[tuple[Address, Assumption[float]]] = [
        ((*at, "local_evidence", i, "per_pound"), evidence.per_pound) for i, evidence in enumerate(one.local_evidence)
    ]
    if found and kind is not None:
        found.append(((ROOM, "interventions", stated.interventions.index(kind), "per_pound"), kind.per_pound))
    for here, stands in found:
        if min(stands.used, stands.used if stands.low is None else stands.low) <= 0:
            rule = (
                "local evidence and what it is joined to lie above nought throughout, since they are joined as ratios"
            )
            where = here if stands.low is None else (*here, "low")
            yield Fault(where, rule, "give a least value a little above nought, or take the local evidence out")
    if kind is not None:
        yield from _outside_view(kind, one, at)


def _outside_view(kind: Intervention, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield local evidence whose middle is above nine in ten of what is published, with nothing said for it."""
    most = kind.per_pound.used if kind.per_pound.high is None else kind.per_pound.high
    for i, evidence in enumerate(one.local_evidence):
        stated = evidence.per_pound
        source, why = evidence.source or stated.source, evidence.rationale or stated.rationale
        if stated.used > most and not (source and why):
            rule = (
                f"a middle value above what nine in ten published studies come to ({most:g}) says where it is from and "
                "why this place does so much better: `source` and `rationale`"
            )
            here: Address = (*at, "local_evidence", i, "per_pound")
            yield Fault(here if stated.central is None else (*here, "central"), rule, "give both, or a lower value")


def _pathway_faults(scenario: Scenario, stated: Prevention, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield a pathway whose beds are no service that the programme relieves, or whose effect outlasts its slots."""
    way = next((way for way in scenario.pathways if way.id == one.pathway), None)
    kind = next((kind for kind in stated.interventions if kind.id == one.intervention), None)
    if way is None or kind is None:
        return
    if way.agency is None:
        rule = f"a pathway that programmes buy slots in says whose beds it starts from; `{way.id}` names no body"
        yield Fault(at, rule, f"give `pathways.{way.id}` an `agency`, or take `pathway` out")
        return
    if kind.decay.used < 1:
        rule = (
            "slots help only in the year they are paid for, so what a programme with a `pathway` brings is a flow, "
            f"`decay` 100%; that of `{kind.id}` is {kind.decay.used:.0%}"
        )
        yield Fault(at, rule, "take `pathway` out, or put the programme on an intervention whose effect is a flow")
    gained = {gain.service for gain in kind.gains}
    if not any(service.agency == way.agency and service.id in gained for service in stated.services):
        rule = f"the beds of `{way.id}` are of {way.agency}, and no service of it gains from `{kind.id}`"
        yield Fault(at, rule, f"bind a service that gains to {way.agency}, or take `pathway` out")


def _choice_faults(scenario: Scenario, stated: Prevention, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield groups without a weight, scores on no principle, and savings that no body has."""
    for group in one.reaches if stated.weights else ():
        if group not in stated.weights:
            yield unknown_name((*at, "reaches", group), group, "weighted group", set(stated.weights))
    for name in one.scores:
        known = {principle.id for principle in stated.principles if not principle.proved}
        if name not in known:
            yield unknown_name((*at, "scores", name), name, "scored principle", known)
    plans = {body.id: {saving.id for saving in body.savings} for body in scenario.bodies}
    for body, savings in one.counted_in.items():
        if body not in plans:
            yield unknown_name((*at, "counted_in", body), body, "body", set(plans))
            continue
        for k, saving in enumerate(savings):
            if saving not in plans[body]:
                yield unknown_name((*at, "counted_in", body, k), saving, f"saving of {body}", plans[body])


def _measure_faults(stated: Prevention) -> Iterator[Fault]:
    """Yield a measure that no intervention has, and weights below nought."""
    known = {RETURN, *(name for kind in stated.interventions for name in kind.outcomes)}
    if stated.measure not in known:
        yield unknown_name((ROOM, "measure"), stated.measure, "measure", known)
    for group, weight in stated.weights.items():
        if weight.used < 0:
            yield Fault((ROOM, "weights", group), "a weight is nought or more", "give 1 to count a gain as it is")


def _year_faults(year: FinancialYear, span: tuple[FinancialYear, FinancialYear], at: Address) -> Iterator[Fault]:
    """Yield a first year that is over at `as_at`, or past the projection."""
    first, last = span
    if not first <= year <= last:
        why = "it is not over at as_at, and lies within the years projected"
        yield Fault(at, f"a programme starts in one of {first} to {last}: {why}", "give one of these")


def _staff_lacking(stated: Prevention, one: Programme, at: Address) -> Iterator[Fault]:
    """Yield staff that a programme's kind needs and no group has, where groups are given at all."""
    groups = {group.id for group in stated.staff}
    kind = next((kind for kind in stated.interventions if kind.id == one.intervention), None)
    lacking = [name for name in kind.staff if name not in groups] if kind and groups else []
    if kind and lacking:
        listed = ", ".join(f"`{name}`" for name in lacking)
        close = difflib.get_close_matches(lacking[0], groups, 1, 0.6)
        hint = f"did you mean `{close[0]}`? Else add" if close else "add"
        rule = f"a programme's staff come from groups under `prevention.staff`; `{kind.id}` needs {listed}, not there"
        those = "it" if len(lacking) == 1 else "them"
        yield Fault(at, rule, f"{hint} {those} there, or take `prevention.staff` out and no post is counted")


def _staff_faults(scenario: Scenario, stated: Prevention) -> Iterator[Fault]:
    """Yield staff who work for bodies or lines that are not there, and years of retraining past the projection."""
    bodies = {body.id: body for body in scenario.bodies}
    first, last = scenario.first_year, scenario.projected[-1]
    for i, group in enumerate(stated.staff):
        at: Address = (ROOM, "staff", i)
        for name, lines in group.works_for.items():
            if name not in bodies:
                yield unknown_name((*at, "works_for", name), name, "body", bodies)
                continue
            held = {line.id for line in bodies[name].spending}
            for k, line in enumerate(lines):
                if line not in held:
                    yield unknown_name((*at, "works_for", name, k), line, f"line of {name}", held)
        for year in group.retrained:
            if not first <= year <= last:
                rule = f"posts are filled in one of the years projected, {first} to {last}"
                yield Fault((*at, "retrained", str(year)), rule, "give one of these, or take it out")
