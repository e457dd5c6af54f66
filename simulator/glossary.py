"""The glossary: what the terms of pages mean, each in one place, in the words of both councils and the NHS."""

from __future__ import annotations

import pandas as pd

TERMS = {
    "95% interval": "How far a number could move by the luck of which futures were drawn. It is no measure of how "
    "wrong the model or its assumptions may be.",
    "After action": "What happens once managers respond as the scenario says they can: more savings, reserves, tax "
    "within its limits. It is what most chances here are of.",
    "Before action": "What happens if nobody acts on what turns out: the plan is carried out as approved and no more.",
    "As-at date": "The day on which the figures of a scenario were known. Nothing published later is in it.",
    "Base year": "The year whose published figures everything starts from.",
    "Breach of duty": "A year in which a body breaks the rule that the law or its regulator sets it: for a council, "
    "spending that funding and usable reserves cannot cover; for an NHS body, ending short of its plan.",
    "Cashable": "The part of what is avoided or saved that a budget can really let go. The rest is real, but no cash.",
    "Central case": "The run in which every driver does as expected and no event befalls. It is not the average: the "
    "average of futures may differ from it.",
    "Contingency": "Money in a budget for what may turn out worse. It is spent before any reserve is.",
    "Control total": "The result that NHS England expects of a body or a system of bodies in a year.",
    "Draft grade": "What the tests of one limb of a statement come to by one rule for all bodies. A draft for the "
    "finance officer to weigh, never an opinion.",
    "Driver": "Something outside a body's control that moves its money over the years: prices, pay, demand.",
    "Earmarked reserve": "Money set aside for a stated purpose. A council may often turn it to another; a scenario "
    "says how much of it.",
    "Exceptional financial support": "Leave from government to borrow, or to sell assets, for running costs when a "
    "council cannot set a balanced budget. It is paid for in later years.",
    "Fan": "A figure of many futures at once: the line is the middle one, and each band holds so many of 100 in each "
    "year by itself.",
    "Future, or path": "One way in which everything might turn out. Thousands are drawn, and a chance is the share of "
    "them in which something happens.",
    "Gap": "What a year needs beyond its funding. It is above nought when money is short.",
    "General fund": "A council's main balance for running costs. What of it is set aside for nothing in particular is "
    "its last cushion.",
    "Grade": "How firmly a number stands: V verified in its source, S stated there but not checked, C computed from "
    "published figures, K general knowledge not checked, J judgement.",
    "Headroom": "The greatest yearly sum that can move into prevention while no body's duties become much less safe in "
    "any year. Here the word means nothing else.",
    "Horizon": "The last year that is projected, or the span of years up to it.",
    "ICB": "Integrated care board: the NHS body that pays for most health care of an area.",
    "Interaction": "What two causes do together beyond what each does alone. It is a bar of its own where causes are "
    "added up.",
    "Lever": "A number that somebody may decide, such as new savings, as against one that befalls them.",
    "Minimum reserve": "The least that a body's finance officer holds it safe to keep.",
    "Minimum revenue provision": "What a council must set aside each year to repay what it borrowed for assets.",
    "Net risk": "What an NHS body stands to miss its plan by: gross risk less mitigation and support. Above nought is "
    "worse than plan.",
    "Nominal and real": "Nominal is the cash of each year. Real is the same in the prices of one year.",
    "Overlay": "A small file of differences laid over a scenario, such as a cut in funding.",
    "P10, P50, P90": "The amounts that one future in ten, half of them, and nine in ten stay below.",
    "Pooled fund": "Money that a council and an NHS body put together to spend jointly, with a rule for who bears an "
    "overspend (NHS Act 2006, section 75).",
    "Recurrent and one-off": "Recurrent money comes, or is saved, every year; one-off money once. A lasting cost paid "
    "by one-off money comes back the year after.",
    "Referendum limit": "The rise of council tax above which residents must be asked in a vote (Local Government "
    "Finance Act 1992, section 52ZC).",
    "Run-rate": "A year's position without what came only once: what the next year begins from.",
    "Savings": "Spending taken out on purpose: a savings plan at a council, an efficiency or cost improvement "
    "programme in the NHS.",
    "Section 114 notice": "What a council's finance officer must issue when a year's spending would exceed what there "
    "is to pay for it (Local Government Finance Act 1988).",
    "Section 25 report": "What a council's finance officer must report when it sets its budget: whether the estimates "
    "are robust and the reserves adequate (Local Government Act 2003).",
    "Seed": "The number that says which futures are drawn. The same seed draws the same ones.",
    "Stranded cost": "Cost that stays for a while when activity goes, such as a ward that is half full.",
    "Surplus and deficit": "Income over spending, and the other way: an underspend and an overspend in a council's "
    "words. A surplus is above nought.",
    "System": "NHS bodies that are held to one total together. A surplus of one may then stand for a deficit of "
    "another.",
    "Trust": "An NHS body that runs hospitals or other services. Its surpluses are cash, not reserves it may plan to "
    "use.",
    "Underlying position": "The position without one-off money and with the whole-year effect of what began part-way.",
    "Unfunded gap": "What is left short in a year when savings, reserves and all that may be used are used.",
    "Usable reserves": "Reserves that a body may spend as it decides: the general fund, and what of earmarked ones it "
    "may turn to other use.",
}  # fmt: skip
"""Every term with its meaning, in the order of the alphabet; the view before action stands beside the one after."""


def table(words: str = "") -> pd.DataFrame:
    """Return the glossary as a table, a row a term; with `words`, the terms that have all of them somewhere."""
    sought = words.lower().split()
    found = {term: text for term, text in TERMS.items() if all(one in f"{term} {text}".lower() for one in sought)}
    return pd.DataFrame({"Term": list(found), "What it means": list(found.values())})
