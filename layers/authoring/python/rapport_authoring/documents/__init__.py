"""The documents of a catalogue as pydantic models: what a team may write, key by key."""

from rapport_authoring.documents.campaigns import Campaign
from rapport_authoring.documents.house import House
from rapport_authoring.documents.offers import Offer, Placement
from rapport_authoring.documents.people import Event, Form, Segment, Traits
from rapport_authoring.documents.values import Document

__all__ = ["Campaign", "Document", "Event", "Form", "House", "Offer", "Placement", "Segment", "Traits"]
