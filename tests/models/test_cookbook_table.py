"""Every line that the guide tells to write instead of a cookbook function runs."""

import re
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "user_guide" / "models.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
ROWS = [
    (heading, row[0], row[1])
    for heading, body in re.findall(r"\n### (\w+\.py)\n(.*?)(?=\n##|\Z)", PAGE, flags=re.DOTALL)
    for row in re.findall(r"^\| (.*?) \| `(.*)` \|$", body, flags=re.MULTILINE)
]
#: The functions of the five cookbooks.
FUNCTIONS = {
    "generic_preprocessing.py": (
        "print_dim print_dataunique do_data_profiling missing_value_analysis join_df drop_allsame "
        "treat_missing_numeric treat_missing_categorical min_max_scaler z_scaler label_encoder "
        "one_hot_encoder create_date_features target_encoder"
    ),
    "ml_classification.py": (
        "holdout_cv kfold_cv plot_roc plot_precisionrecall plot_confusion_matrix "
        "feature_importance make_prediction_function make_lime_explainer lime_explain runXGB "
        "runXGBC runLGB runLGBC runET runRF runLR runDT runKNN runSVC"
    ),
    "ml_regression.py": (
        "holdout_cv kfold_cv feature_importance make_prediction_function make_lime_explainer "
        "lime_explain runXGB runLGB runET runRF runLR runDT runKNN runSVC"
    ),
    "nlp.py": (
        "word_grams make_worlcloud get_tokens convert_lowercase remove_punctuations "
        "remove_stopwords convert_stemmer convert_lemmatizer create_tf_idf create_countvector"
    ),
    "recsys.py": (
        "create_interaction_matrix create_user_dict create_item_dict runMF "
        "sample_recommendation_user sample_recommendation_item "
        "create_item_emdedding_distance_matrix item_item_recommendation"
    ),
}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Run the page's blocks in their order, as a reader would."""
    folder = tmp_path_factory.mktemp("page")
    namespace = {"report_html": folder / "report.html"}
    for block in BLOCKS:
        exec(compile(block, "models.md", "exec"), namespace)
    yield namespace
    plt.close("all")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}"[:60])
def test_each_line_runs(row, names):
    try:
        result = eval(row[2], names)
        assert result is not None
    finally:
        plt.close("all")


def test_every_function_of_the_cookbooks_has_its_line():
    for cookbook, functions in FUNCTIONS.items():
        told = " ".join(first for heading, first, _ in ROWS if heading == cookbook)
        missing = [name for name in functions.split() if not re.search(rf"`{name}\b", told)]
        assert not missing, f"{cookbook}: {missing}"


def test_the_functions_are_named_once():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(ROWS) == len(set(ROWS))
