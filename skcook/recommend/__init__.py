"""Recommend items to users."""

from skcook.recommend._als import ALSRecommender
from skcook.recommend._ease import EASERecommender
from skcook.recommend._lightfm import LightFMRecommender
from skcook.recommend._popularity import PopularityRecommender
from skcook.recommend._recommendations import RecommendationExplanation
from skcook.recommend.interactions._side_table import SideTable
from skcook.recommend.ranking._ranking import Ranking, recommender_of
from skcook.recommend.ranking._ranking_metrics import (
    auc,
    coverage_at_k,
    hit_rate_at_k,
    map_at_k,
    mrr,
    ndcg_at_k,
    novelty_at_k,
    precision_at_k,
    ranking_report,
    recall_at_k,
)
from skcook.recommend.ranking._ranking_scorer import (
    RankingScorer,
    compare_recommenders,
    ranking_scorer,
)
from skcook.recommend.ranking._splitters import (
    ColdItemSplit,
    LeaveLastN,
    TimeSplit,
    UserShuffleSplit,
)
from skcook.utils._public import publish

__all__ = [
    "ALSRecommender",
    "ColdItemSplit",
    "EASERecommender",
    "LeaveLastN",
    "LightFMRecommender",
    "PopularityRecommender",
    "Ranking",
    "RankingScorer",
    "RecommendationExplanation",
    "SideTable",
    "TimeSplit",
    "UserShuffleSplit",
    "auc",
    "compare_recommenders",
    "coverage_at_k",
    "hit_rate_at_k",
    "map_at_k",
    "mrr",
    "ndcg_at_k",
    "novelty_at_k",
    "precision_at_k",
    "ranking_report",
    "ranking_scorer",
    "recall_at_k",
    "recommender_of",
]

publish(globals())
