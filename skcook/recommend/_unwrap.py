"""Reach the recommender inside a search or a pipeline."""


def recommender_of(model):
    """Return the fitted recommender inside a search, a pipeline, or both.

    ``GridSearchCV`` and ``Pipeline`` hand on ``predict`` and ``score``, not ``recommend``.

    Parameters
    ----------
    model : estimator
        A recommender, or a fitted meta-estimator around one.

    Returns
    -------
    recommender : estimator
        The one that has ``recommend``.

    Raises
    ------
    TypeError
        If there is none.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skcook.recommend import PopularityRecommender, recommender_of
    >>> X = [["ann", "tea"], ["bob", "tea"], ["bob", "milk"]]
    >>> pipe = make_pipeline("passthrough", PopularityRecommender()).fit(X)
    >>> recommender_of(pipe).recommend("ann", k=1)["item"].tolist()
    ['milk']
    """
    return _unwrap(model)[0]


def recommender_and_pairs(model, X):
    """Return the recommender inside `model`, and `X` as the steps before it make it."""
    recommender, steps = _unwrap(model)
    for step in steps:
        X = step.transform(X)
    return recommender, X


def _unwrap(model):
    """Return the recommender and the fitted transformers before it."""
    steps = []
    found = model
    while not hasattr(found, "recommend"):
        if hasattr(found, "best_estimator_"):
            found = found.best_estimator_
        elif hasattr(found, "steps") and len(found.steps):
            if len(found.steps) > 1:
                steps.append(found[:-1])
            found = found[-1]
        elif hasattr(found, "estimator_"):
            found = found.estimator_
        elif hasattr(found, "estimator"):
            found = found.estimator
        else:
            inside = "" if found is model else f", whose last part is {type(found).__name__}"
            raise TypeError(
                f"There is no recommender in this {type(model).__name__}{inside}: nothing in it "
                "has a method recommend. If it is a search, fit it first, with refit=True."
            )
    return found, steps
