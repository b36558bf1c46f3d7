"""
Where should the threshold be if mistakes differ in price?
==========================================================

A missed illness costs more than a needless second look. The threshold of 0.5 knows nothing of that.
"""

# %%
# Tumours that are malignant (1) or not. A miss costs ten, a false alarm one.

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from skcook.models import EvaluationDisplay, tabular_pipeline

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X, y = X[["mean texture", "mean smoothness", "mean symmetry"]], 1 - y
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
model = tabular_pipeline("logistic").fit(X_train, y_train)
EvaluationDisplay.from_estimator(model, X_test, y_test, panels=["threshold"], costs=(1, 10))

# %%
# scikit-learn's ``TunedThresholdClassifierCV`` finds the threshold on the training rows, and the
# pictures mark its place.

from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV


def saved(y_true, y_pred):
    """Return minus the mean cost of a row."""
    (_, alarms), (misses, _) = confusion_matrix(y_true, y_pred)
    return -(alarms + 10 * misses) / len(y_true)


tuned = TunedThresholdClassifierCV(tabular_pipeline("logistic"), scoring=make_scorer(saved), cv=5)
tuned.fit(X_train, y_train)
print(f"threshold {tuned.best_threshold_:.2f}")
print(
    f"cost per row: {-saved(y_test, model.predict(X_test)):.2f} at 0.5, "
    f"{-saved(y_test, tuned.predict(X_test)):.2f} at the threshold found"
)

# %%

EvaluationDisplay.from_estimator(
    tuned, X_test, y_test, panels=["confusion", "threshold"], costs=(1, 10)
)
