"""What holds for every test."""

from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business: speed is measured by the benchmarks, in ratios.
settings.register_profile(
    "rapport", parent=settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rapport")
