"""What is bad and may yet be skipped: a loss or gradient that nothing has been trained on so far."""

from __future__ import annotations

from steadystyle.doctor.observed import Sighting
from steadystyle.doctor.sites import Site

UNSKIPPED = 5
"""Where bad steps are skipped, so many in a row at the end are more than a loss scale looking for its value."""
ENDLESS = 50
"""So many bad steps in a row need no end: the program trains in a way that is not seen."""


class Doubts:
    """At most one sighting is in doubt, the first: programs with a loss scale, or a check of their own, skip it."""

    def __init__(self) -> None:
        self.first: tuple[Site, Sighting] | None = None

    def raised(self, site: Site, sighting: Sighting) -> bool:
        """A step of this site is bad; returns whether there have been too many in a row to be skipped ones."""
        self.first = self.first or (site, sighting)
        return site.bad_in_a_row >= ENDLESS

    def are_of(self, site: Site) -> bool:
        """Whether it was this site that raised them."""
        return self.first is not None and self.first[0] is site

    def trained_on(self) -> bool:
        """Variables were given finite values: is it certain now? A bad gradient was mended; a bad loss was not."""
        return self.first is not None and self.first[1].what == "loss" and self.first[0].bad_in_a_row > 0

    def at_the_end(self, loss_scaled: bool) -> tuple[Site, Sighting] | None:
        """What counts when the script has ended by itself."""
        if self.first is None:
            return None
        site, _ = self.first
        skips = loss_scaled or site.recovered
        return self.first if not skips or site.bad_in_a_row >= UNSKIPPED else None

    def clear(self) -> bool:
        """They did no harm; returns whether there were any."""
        there, self.first = self.first is not None, None
        return there
