"""What holds for every test."""

from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business: speed is measured by the benchmarks, in ratios.
PATIENT = settings(settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same code gets the same answer; whoever looks for more says `pytest --hypothesis-profile exploring`.
settings.register_profile("rapport", PATIENT, derandomize=True, database=None)
settings.register_profile("exploring", PATIENT)
settings.load_profile("rapport")
