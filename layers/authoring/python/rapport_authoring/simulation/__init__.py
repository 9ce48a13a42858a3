"""The simulator: a timeline played against a catalogue, in memory, through the very code that runs in the cloud."""

from rapport_authoring.simulation.play import Simulation, simulate

__all__ = ["Simulation", "simulate"]
