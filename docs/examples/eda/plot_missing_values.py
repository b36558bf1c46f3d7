"""
Where are the holes, and do they go together?
=============================================

Before holes are filled, it pays to look at them: a value that is missing at random wants another
treatment than five columns that come from the same broken scale.
"""

# %%
# The numbers
# -----------
# ``summarize`` gives one row per column.

from skcook.datasets import load_penguins
from skcook.eda import MissingValuesDisplay, summarize

penguins = load_penguins().frame
summarize(penguins)[["column", "dtype", "n_missing", "n_unique", "median", "top"]]

# %%
# Where?
# ------
# Rows run from top to bottom. Two penguins were never measured; others were measured, and their sex
# is not known.

MissingValuesDisplay.from_frame(penguins)

# %%
# How many?
# ---------

MissingValuesDisplay.from_frame(penguins, kind="bar")

# %%
# Together?
# ---------
# The four measurements are missing in the same rows (correlation 1): one indicator for all of them
# says as much as four. Where they are missing, the sex is missing too, but not the other way round.

MissingValuesDisplay.from_frame(penguins, kind="heatmap")
