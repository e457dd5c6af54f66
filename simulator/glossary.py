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
    "Control total": "The result that NHS England expects of a body or a system of bodies in a year.",
    "Driver": "Something outside a body's control that moves its money over the years: prices, pay, demand.",
    "Earmarked reserve": "Money set aside for a stated purpose. A council may often turn it to another; a scenario "
    "says how much of it.",
    "Future, or path": "One way in which everything might turn out. Thousands are drawn, and a chance is the share of "
    "them in which something happens.",
    "Gap": "What a year needs beyond its funding. It is above nought when money is short.",
    "Grade": "How firmly a number stands: V verified in its source, S stated there but not checked, C computed from "
    "published figures, K general knowledge not checked, J judgement.",
    "Headroom": "The greatest yearly sum that can move into prevention while no body's duties become much less safe in "
    "any year. Here the word means nothing else.",
    "Horizon": "The last year that is projected, or the span of years up to it.",
    "ICB": "Integrated care board: the NHS body that pays for most health care of an area.",
    "Minimum reserve": "The least that a body's finance officer holds it safe to keep.",
    "Minimum revenue provision": "What a council must set aside each year to repay what it borrowed for assets.",
    "Nominal and real": "Nominal is the cash of each year. Real is the same in the prices of one year.",
    "Overlay": "A small file of differences laid over a scenario, such as a cut in funding.",
    "P10, P50, P90": "The amounts that one future in ten, half of them, and nine in ten stay below.",
    "Pooled fund": "Money that a council and an NHS body put together to spend jointly, with a rule for who bears an "
    "overspend (NHS Act 2006, section 75).",
    "Recurrent and one-off": "Recurrent money comes, or is saved, every year; one-off money once. A lasting cost paid "
    "by one-off money comes back the year after.",
    "Savings": "Spending taken out on purpose: a savings plan at a council, an efficiency or cost improvement "
    "programme in the NHS.",
    "Stranded cost": "Cost that stays for a while when activity goes, such as a ward that is half full.",
    "Surplus and deficit": "Income over spending, and the other way: an underspend and an overspend in a council's "
    "words. A surplus is above nought.",
    "Unfunded gap": "What is left short in a year when savings, reserves and all that may be used are used.",
    "Usable reserves": "Reserves that a body may spend as it decides: the general fund, and what of earmarked ones it "
    "may turn to other use.",
}  # fmt: skip
"""Every term with its meaning, in the order of the alphabet; the view before action stands beside the one after."""


def table() -> pd.DataFrame:
    """Return the glossary as a table."""
    return pd.DataFrame({"Term": list(TERMS), "What it means": list(TERMS.values())})
