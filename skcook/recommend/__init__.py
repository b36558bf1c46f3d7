"""Recommend items to users."""

from skcook.recommend._explain import RecommendationExplanation
from skcook.recommend._lightfm import LightFMRecommender
from skcook.recommend._metrics import (
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
from skcook.recommend._popularity import PopularityRecommender
from skcook.recommend._ranking import Ranking
from skcook.recommend._reach import recommender_of
from skcook.recommend._scorer import ranking_scorer
from skcook.recommend._side_table import SideTable
from skcook.recommend._splitters import ColdItemSplit, LeaveLastN, UserShuffleSplit

__all__ = [
    "ColdItemSplit",
    "LeaveLastN",
    "LightFMRecommender",
    "PopularityRecommender",
    "Ranking",
    "RecommendationExplanation",
    "SideTable",
    "UserShuffleSplit",
    "auc",
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
