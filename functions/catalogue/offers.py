"""Offers of the live version: listed, written one by one, withdrawn over every publication."""

from collections.abc import Callable
from typing import Any

from rapport.domain.moment import text
from rapport.domain.offer import Offer
from rapport.errors import NotFound
from rapport_aws.assemble import House
from rapport_aws.curation import Overlay
from rapport_aws.http import Answer, Request, answer, limited
from rapport_aws.strict import read

from functions.catalogue.asking import READ, WRITE, allowed
from functions.catalogue.editing import with_offer
from functions.catalogue.publishing import accepted, published, version_in


def offers(request: Request) -> Answer:
    """Every offer of the live version, with what overlays it."""
    here = allowed(request, READ)
    live, pointer = here.publications.current().catalogue, here.curation.pointer()
    rows = [line(offer, pointer.withdrawn, pointer.exhausted) for offer in live.offers.values()]
    return answer(200, {"version": live.version, "offers": rows})


def line(offer: Offer, withdrawn: frozenset[str], exhausted: frozenset[str]) -> dict[str, Any]:
    """One offer in a list."""
    return {
        "id": offer.id,
        "kind": offer.kind,
        "benefit": offer.benefit,
        "status": "withdrawn" if offer.id in withdrawn else offer.status,
        "mode": offer.mode,
        "placements": list(offer.placements),
        "channels": offer.channels and list(offer.channels),
        "from": offer.starts_at and text(offer.starts_at),
        "until": offer.ends_at and text(offer.ends_at),
        "exhausted": offer.id in exhausted,
    }


def offer_of(request: Request, offer_id: str) -> Answer:
    """One offer as it was compiled."""
    here = allowed(request, READ)
    return answer(200, known_offer(here, offer_id))


def known_offer(here: House, offer_id: str) -> Offer:
    """An offer of the live version. Raises NotFound."""
    found = here.publications.current().catalogue.offers.get(offer_id)
    if found is None:
        raise NotFound("there is no such offer")
    return found


def put_offer(request: Request, offer_id: str) -> Answer:
    """Write one offer and publish the folder with it."""
    here = allowed(request, WRITE)
    document = read(limited(request), dict[str, Any])
    version, files = here.curation.files()
    expected = version_in(request.header("if-match")) or version
    return accepted(*published(with_offer(files, offer_id, document), here, expected))


def overlaid(overlay: Overlay, *, laid: bool) -> Callable[..., Answer]:
    """The route that lays an overlay over an offer, or lifts it."""

    def call(request: Request, offer_id: str) -> Answer:
        here = allowed(request, WRITE)
        known_offer(here, offer_id)
        (here.curation.lay if laid else here.curation.lift)(overlay, offer_id)
        here.publications.refresh()
        return answer(200, {"offer": offer_id, "status": known_offer(here, offer_id).status})

    return call
