"""What a trace calls its groups and amounts, for every kind of body."""

from __future__ import annotations

GROUPS = {
    "drivers": "Growth in the year (levels and points as they stand)",
    "events": "Events",
    "spending": "Spending",
    "funding": "Funding",
    "budget": "The gap and the budget",
    "close": "How the gap was met",
    "reserves": "Reserves and accounts at the end of the year",
    "plan": "Against the plan agreed with NHS England",
    "outcomes": "What happened",
    "payments": "Who paid whom",
}
WORDS = {
    "earlier_savings": "Savings of earlier years that last, taken off",
    "gap": "Gap",
    "underlying_adjustment": "Underlying adjustment for one-off money",
    "gf_unallocated": "General fund, unallocated",
    "in_year_controls": "Controls and one-off cover in the year",
    "recurrent_savings": "Recurrent savings so far, from next year on",
    "funding_accommodation": "National funding that answers national need",
    "use_of_reserves": "Used from reserves",
    "unfunded_gap": "Unfunded: usable reserves cannot meet it",
    "reallocated": "Taken from reallocatable reserves",
    "reserves_below_minimum": "General fund below its minimum",
    "needs_support": "Support needed",
    "s114_proxy": "Stand-in for a section 114 notice",
    "s114_if_support_always_late": "Section 114 stand-in, if support always came late",
    "debt": "Interest and provision for debt",
    "plan_spending": "The plan's spending less the model's own",
    "plan_funding": "The plan's funding less the model's own",
    "employer_costs": "Pensions and National Insurance above the base year",
    "high_needs": "High needs, cost to the general fund",
    "transfers_out": "Paid under agreements",
    "transfers_in": "Received under agreements",
    "system_support": "Of these, settled after the gap: offsets, incentives, support",
    "brought_forward": "Of earlier years: repayment, dividends on support",
    "lapsed": "Lapsed: a surplus that may not be kept",
    "cash_support_drawn": "Revenue support drawn",
    "revenue_support": "Revenue support drawn so far",
    "owed": "Owed to NHS England",
    "off_plan": "Worse than plan",
    "deficit_support": "Deficit support paid",
    "support_withheld": "Deficit support withheld",
    "missed_break_even": "Break-even missed",
    "missed_plan": "Plan missed",
    "missed_by_half_percent": "Plan missed by more than the tolerance",
    "needs_cash_support": "Revenue support needed",
    "reserves_below_floor": "Free reserves below its own floor",
    "insolvent": "It can no longer pay its way, and fails",
    "duty_breached": "A duty missed",
}
OWN_PART = "  National figures, each with this body's own part, so that bodies differ:"
"""What growth is of a body among others."""
UNFUNDED = {
    "icb": "Overspent: nothing is held to meet it",
    "trust": "Beyond its own cash",
    "vcse": "Beyond its free reserves",
}
"""What stays unmet by bodies that hold no usable reserves."""
TURNED = {"use_of_reserves": "Added to {held}", "off_plan": "Better than plan"}
"""What an amount below nought is called, told above nought."""
SIGN_RULE = (
    "Money is cash (nominal), in £ million. Spending and funding are as named; a gap above nought is short, below it a "
    "surplus."
)
