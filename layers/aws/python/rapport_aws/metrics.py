"""Counting what somebody should hear of: a line in the log that CloudWatch reads as a metric. Imports nothing heavy."""

import sys
import time
from typing import Final

import msgspec

NAMESPACE: Final = "Rapport"


def count(name: str, **dimensions: str) -> None:
    """Count one more of what a metric names; dimensions are words of ours, never a person, an offer or a campaign."""
    gauge(name, 1, **dimensions)


def gauge(name: str, value: float, **dimensions: str) -> None:
    """Tell how much there is of what a metric names."""
    metrics = [{"Namespace": NAMESPACE, "Dimensions": [[*dimensions]], "Metrics": [{"Name": name, "Unit": "Count"}]}]
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
    sys.stdout.write(msgspec.json.encode({"_aws": about, name: value, **dimensions}).decode() + "\n")
