"""Rapport's core: people, offers, decisions and messages as pure functions over frozen values. No I/O."""
