"""Published tests of a council's finances, as pure functions on its figures."""
