"""What if: the value of a changed catalogue or policy, from what was logged, before anybody gets to see it."""

from rapport_authoring.what_if.policies import Policy, policy_of
from rapport_authoring.what_if.trials import Trial, trials_of
from rapport_authoring.what_if.value import Estimate, estimate

__all__ = ["Estimate", "Policy", "Trial", "estimate", "policy_of", "trials_of"]
