"""Scores, worked out when they are asked for from one frozen value of inputs."""

from app.services.scores.answers import (
    actor_score,
    organization_scores,
    preview_weights,
    tactic_scores,
    technique_score,
)
from app.services.scores.inputs import Read, inputs_from, read_inputs
from app.services.scores.weights import set_weights, weights_history

__all__ = [
    "Read",
    "actor_score",
    "inputs_from",
    "organization_scores",
    "preview_weights",
    "read_inputs",
    "set_weights",
    "tactic_scores",
    "technique_score",
    "weights_history",
]
