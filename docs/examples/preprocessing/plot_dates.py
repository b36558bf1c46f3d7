"""
What is in a date?
==================

A shop sells more in December and at weekends. A date as a number hides both;
:class:`~skcook.preprocessing.DateFeatures` takes it apart.
"""

# %%
# Two years of made-up sales, with the date as a string, as files have it.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline

from skcook.preprocessing import DateFeatures, OneHotEncoder

days = pd.Series(pd.date_range("2022-01-01", "2023-12-31"))
rng = np.random.default_rng(0)
season = 20 * np.cos(2 * np.pi * (days.dt.day_of_year - 355) / 365)
sales = 100 + season + 30 * (days.dt.day_of_week >= 5) + rng.normal(0, 8, len(days))
X = pd.DataFrame({"day": days.dt.strftime("%Y-%m-%d")})

DateFeatures(["month", "day_of_week", "is_weekend"]).fit_transform(X).head(3)

# %%
# With ``cyclical=True`` the end of the year is next to its beginning, which a linear model can use.

choices = {
    "days since 1970": ["days_since_epoch"],
    "month as a number": ["month", "is_weekend"],
    "day of the year, cyclical": ["day_of_year", "is_weekend"],
}
scores = {}
for name, features in choices.items():
    dates = DateFeatures(features, columns=["day"], cyclical="cyclical" in name)
    scores[name] = cross_val_score(
        make_pipeline(dates, OneHotEncoder(sparse_output=False), Ridge()),
        X,
        sales,
        cv=TimeSeriesSplit(4),
        scoring="neg_mean_absolute_error",
    )
-pd.DataFrame(scores).mean().round(1)

# %%
# The model of the third row follows the year and its weekends.

model = make_pipeline(dates, Ridge()).fit(X[:550], sales[:550])
figure, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(days, sales, ".", ms=2, color="0.6", label="sales")
ax.plot(days[550:], model.predict(X[550:]), color="#4477aa", lw=1, label="predicted")
ax.set_ylabel("sales a day")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="upper left")
plt.tight_layout()
