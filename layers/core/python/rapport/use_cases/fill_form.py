"""Forms: only what is not yet known is asked, and what is known and granted is filled in."""

from typing import Any

from rapport.domain.catalogue import Catalogue
from rapport.domain.mandate import PERSONALISATION, SERVICE
from rapport.domain.moment import Moment
from rapport.domain.profile import Profile
from rapport.domain.sight import Seen
from rapport.domain.view import view
from rapport.errors import NotFound
from rapport.use_cases.printed import printed


def fill_form(form_id: str, profile: Profile, catalogue: Catalogue, moment: Moment) -> dict[str, Any]:
    """`{"asks": [...], "known": {...}}` for a person. Raises NotFound for a form that nobody wrote.

    Known for service is known: it is not asked again. It is shown only where personalisation is granted on the web, so
    that a form on somebody else's screen tells nothing. What is stale or unsure is asked again.
    """
    form = catalogue.forms.get(form_id)
    if form is None:
        raise NotFound("no such form")
    held = view(profile, catalogue, SERVICE, moment, channel="web", is_pull=True)
    shown = view(profile, catalogue, PERSONALISATION, moment, channel="web", is_pull=True)
    names = tuple(dict.fromkeys((*form.asks, *form.needs)))
    known = {name: seen.value for name in names if isinstance(seen := shown.sight(name), Seen)}
    return {
        "asks": [name for name in names if name not in known and not isinstance(held.sight(name), Seen)],
        "known": {name: printed(catalogue.traits[name], value) for name, value in known.items()},
    }
