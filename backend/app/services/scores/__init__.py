"""Scores, worked out when they are asked for from one frozen value of inputs."""

from app.services.scores.answers import (
    organization_scores,
    preview_weights,
    tactic_scores,
    technique_score,
)
from app.services.scores.inputs import Read, inputs_from, read_inputs, read_whole_inputs
from app.services.scores.named import actor_score, campaign_score, control_score
from app.services.scores.weights import set_weights, weights_history

__all__ = [
    "Read",
    "actor_score",
    "campaign_score",
    "control_score",
    "inputs_from",
    "organization_scores",
    "preview_weights",
    "read_inputs",
    "read_whole_inputs",
    "set_weights",
    "tactic_scores",
    "technique_score",
    "weights_history",
]
