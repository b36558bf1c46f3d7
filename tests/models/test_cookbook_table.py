"""Every line that the guide tells to write instead of a cookbook function runs."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "coming_from" / "cookbook.md").read_text()
GUIDE, *SECTIONS = re.split(r"\n## ", PAGE)
COOKBOOKS = {section.partition("\n")[0]: section for section in SECTIONS if ".py" in section[:40]}
ROWS = [
    (cookbook, *row)
    for cookbook, text in COOKBOOKS.items()
    for row in re.findall(r"^\| (.*?) \| `(.*)` \|$", text, flags=re.MULTILINE)
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


def run_blocks(text, namespace):
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(block, "cookbook.md", "exec"), namespace)


@pytest.fixture(scope="module")
def guide():
    """Run the page's blocks in their order, as a reader would."""
    namespace = {}
    run_blocks(GUIDE, namespace)
    return namespace


@pytest.fixture
def names(guide, row, tmp_path, monkeypatch):
    """Run the block above a row's table, once, and leave what the row writes in a folder."""
    monkeypatch.chdir(tmp_path)
    if row[0] not in guide:
        run_blocks(COOKBOOKS[row[0]], guide)
        guide[row[0]] = True
    return guide


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}"[:60])
def test_each_line_runs(row, names):
    assert eval(row[2], names) is not None


def test_every_function_of_the_cookbooks_has_its_line():
    for cookbook, functions in FUNCTIONS.items():
        told = " ".join(first for heading, first, _ in ROWS if heading == cookbook)
        missing = [name for name in functions.split() if not re.search(rf"`{name}\b", told)]
        assert not missing, f"{cookbook}: {missing}"
