"""What public milestones teach: the prior of a team that has finished few of its own.

Learned from the public tracker of the DuraSpace projects (3,036 issues with their whole changelog,
2003 to 2015, in morakotch/datasets at 133a5f5; cite Choetkiertikul et al., MSR 2015): 40 versions
of 8 or more done items that took two weeks or more, of DSpace, Fedora, DuraCloud, Islandora and
Hydra. A version was over with its last item, or on its release date where four fifths were done.
"""

from typing import Final

from ..portfolio.lives import Rest

LIFE_DAYS: Final = 100.0
"""The median life, in calendar days: 83 by release date, 107 by last item."""

LIFE_SPREAD: Final = 0.7
"""The standard deviation of its logarithm within a team: 0.56 to 0.93 in the four that finished
four or more. Teams differ from one another by as much."""

GROWS_WITH_SIZE: Final = 0.8
"""The power of its size that a milestone's life grows with, beside others of its team. On days of
the versions of Alloy before 2014 and of DuraCloud before August 2011 it was 1.0 for both, with a
correlation of 0.64 and 0.52; among those alone that took four weeks or more 0.05 and 0.4."""

PACE_SURPRISE: Final = 0.7
"""The standard deviation of the logarithm of what neither pace nor age foresaw."""

RESTS: Final[tuple[tuple[Rest, ...], ...]] = (
    (
        Rest(0.05, 0.26, 0, 21.2),
        Rest(0.25, 0.1, 0, 21.9),
        Rest(0.27, 0.11, 0, 20.1),
        Rest(0.38, 0.26, 0, 37.3),
        Rest(0.19, 0.56, 0, 15),
        Rest(0.47, 0.32, 0, 7.9),
        Rest(0.34, 0.45, 0, 21.8),
        Rest(0.67, 0.15, 0, 7.6),
        Rest(0.15, 0.66, 0, 26.5),
        Rest(0.24, 0.61, 0, 15.3),
        Rest(0.42, 0.45, 0, 27.1),
        Rest(0.12, 0.75, 0, 7),
        Rest(0.23, 0.66, 0, 43.1),
        Rest(0.8, 0.27, 0, 14),
        Rest(0.51, 0.57, 0, 37.5),
        Rest(0.54, 0.61, 0, 6.8),
        Rest(0.42, 0.77, 0, 29),
        Rest(0.73, 0.73, 0, 25),
        Rest(0.73, 1.16, 0, 13.7),
        Rest(0.2, 1.71, 0, 6.3),
        Rest(0.38, 3.25, 0, 4.3),
        Rest(0.49, 3.9, 0, 8.8),
        Rest(0.04, 6.85, 0, 3.5),
        Rest(0.2, 7.4, 0, 4),
        Rest(0.5, 13.5, 0, 3),
    ),
    (
        Rest(0.12, 0.01, 0, 17.7),
        Rest(0.12, 0.05, 0, 18.9),
        Rest(0.28, 0.18, 0, 32.6),
        Rest(0.17, 0.29, 0, 55.1),
        Rest(0.11, 0.37, 0, 19.8),
        Rest(0.34, 0.16, 0.04, 21.8),
        Rest(0.02, 0.62, 0, 23.5),
        Rest(0.57, 0.14, 0, 6),
        Rest(0.45, 0.28, 0, 28),
        Rest(0.49, 0.26, 0, 5.8),
        Rest(0.28, 0.49, 0, 60.6),
        Rest(0.36, 0.45, 0, 33.6),
        Rest(0, 0.86, 0, 6),
        Rest(0.44, 0.55, 0, 34),
        Rest(0.73, 0.27, 0, 10.1),
        Rest(0.39, 0.63, 0, 7.9),
        Rest(0.73, 0.36, 0, 10),
        Rest(0.58, 0.65, 0, 25),
        Rest(0.27, 1, 0, 4.5),
        Rest(0.11, 1.22, 0, 8),
        Rest(0.66, 0.86, 0, 20.3),
        Rest(0.58, 0.95, 0, 8.5),
        Rest(0.59, 1, 0, 6.3),
        Rest(0.68, 1.29, 0, 11.7),
        Rest(0.91, 1.09, 0, 10),
        Rest(0.5, 1.79, 0, 13),
        Rest(0.66, 2.4, 0, 15.2),
        Rest(0.11, 4.15, 0, 5.8),
    ),
    (
        Rest(0, 0, 0, 16),
        Rest(0.11, 0.04, 0, 27),
        Rest(0.02, 0.17, 0, 9.5),
        Rest(0.04, 0.15, 0, 21.7),
        Rest(0.12, 0.18, 0, 49),
        Rest(0.17, 0.16, 0, 64.2),
        Rest(0.21, 0.14, 0.05, 17.7),
        Rest(0.36, 0.14, 0, 18.7),
        Rest(0, 0.55, 0, 4.5),
        Rest(0.2, 0.36, 0, 27.3),
        Rest(0.57, 0, 0, 6),
        Rest(0.67, 0, 0, 5),
        Rest(0.29, 0.43, 0, 6),
        Rest(0.47, 0.3, 0, 6.8),
        Rest(0.34, 0.39, 0.08, 5.3),
        Rest(0.74, 0.15, 0, 3.9),
        Rest(0.51, 0.38, 0, 22.2),
        Rest(0.7, 0.21, 0, 8.5),
        Rest(0.51, 0.56, 0, 18.5),
        Rest(0.66, 0.45, 0, 7.8),
        Rest(0.6, 0.75, 0, 5.7),
        Rest(0.65, 0.95, 0, 11.8),
        Rest(0.45, 1.3, 0, 12.2),
        Rest(0.89, 0.86, 0.03, 16.5),
        Rest(0.38, 1.46, 0, 2.2),
        Rest(0.33, 2.17, 0, 5),
        Rest(0.57, 2.68, 0, 8.3),
        Rest(0.15, 4.37, 0, 8),
        Rest(0.68, 7.53, 0, 5.3),
        Rest(0.75, 10.25, 0.25, 3),
    ),
    (
        Rest(0, 0, 0, 10),
        Rest(0.01, 0.07, 0.01, 12.7),
        Rest(0.06, 0.1, 0, 23),
        Rest(0.25, 0, 0, 18.7),
        Rest(0, 0.4, 0, 4),
        Rest(0.43, 0, 0, 2.5),
        Rest(0.29, 0.17, 0, 5),
        Rest(0.33, 0.17, 0, 11),
        Rest(0, 0.25, 0.25, 3),
        Rest(0.4, 0.2, 0, 9),
        Rest(0.29, 0.35, 0, 3.2),
        Rest(0.46, 0.32, 0, 5.2),
        Rest(0.67, 0.17, 0, 2),
        Rest(0.57, 0.4, 0, 14),
        Rest(0.67, 0.33, 0, 2),
        Rest(0.56, 0.33, 0.11, 8),
        Rest(0.5, 0.67, 0, 5),
        Rest(0.6, 0.68, 0, 11),
        Rest(0.51, 0.79, 0, 11.6),
        Rest(0.75, 0.96, 0.04, 11),
        Rest(0.59, 1.18, 0, 16),
        Rest(0.52, 1.48, 0.04, 2.8),
        Rest(0.45, 1.59, 0.32, 1.4),
        Rest(0.18, 2.55, 0, 10),
        Rest(0.31, 12.42, 0, 4.2),
    ),
    (
        Rest(0, 0, 0, 0.5),
        Rest(0, 0, 0, 1),
        Rest(0.38, 0.06, 0, 7),
        Rest(0.25, 0.25, 0, 3),
        Rest(0, 0.5, 0, 3),
        Rest(0.27, 0.27, 0, 4.5),
        Rest(0.55, 0, 0, 1.2),
        Rest(0.16, 0.49, 0, 3.5),
        Rest(0.31, 0.38, 0, 1.2),
        Rest(0.62, 0.28, 0, 3.8),
        Rest(0.4, 0.6, 0, 0.7),
        Rest(0.33, 0.67, 0, 2),
        Rest(0, 0.91, 0.09, 0.1),
        Rest(0.5, 1, 0, 1),
        Rest(0.11, 1.56, 0, 2),
        Rest(0.58, 1.22, 0, 2),
        Rest(0.08, 1.79, 0, 0.3),
        Rest(0.58, 1.79, 0, 5.3),
        Rest(0.26, 2.29, 0, 1.3),
        Rest(0.13, 2.6, 0, 0.9),
        Rest(0, 4, 0.75, 0.1),
        Rest(0.36, 4.42, 0.26, 1.8),
        Rest(0.29, 42.14, 0, 0.8),
    ),
)
"""By stage of life: what became of open items, per open item (kept, added, done again)."""
