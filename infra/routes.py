"""The routes as data: which function answers, and how many calls a second (and at once) the gateway lets through."""

from typing import NamedTuple


class Limit(NamedTuple):
    """Calls a second in the long run, and how many may come at once."""

    rate: int
    burst: int


class Route(NamedTuple):
    """One route of the public interface."""

    method: str
    path: str
    function: str
    limit: Limit

    @property
    def key(self) -> str:
        """Return the route as API Gateway names it."""
        return f"{self.method} {self.path}"


VISITS = Limit(2000, 4000)
EVENTS = Limit(1000, 2000)
ADMIN = Limit(50, 100)
PUBLISHING = Limit(2, 5)
PAGES = Limit(100, 200)
SUBSCRIPTIONS = Limit(5, 10)  # each one mails somebody
NOWHERE = Limit(10, 20)  # whoever looks for holes gets a plain answer, slowly

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
LOOKED_AT = ("GET", "HEAD")  # whoever checks a link before a person follows it may ask for its head alone
BOTH = (*LOOKED_AT, "POST")
PERSONAL = {"u": BOTH, "p": BOTH, "c": LOOKED_AT, "why": LOOKED_AT, "confirm": BOTH}

ROUTES = (
    *(Route("POST", path, "personalise", VISITS) for path in ("/v1/personalise", "/v1/next-action")),
    *(
        Route("POST", f"/v1/{call}", "collect", EVENTS)
        for call in ("batch", "identify", "track", "page", "screen", "group", "alias")
    ),
    Route("POST", "/v1/subscribe", "collect", SUBSCRIPTIONS),
    *(
        Route(method, "/v1/profiles/{proxy+}", "profiles", ADMIN)
        for method in ("GET", "PATCH", "PUT", "POST", "DELETE")
    ),
    Route("GET", "/v1/forms/{id}", "profiles", EVENTS),
    Route("POST", "/v1/imports", "profiles", PUBLISHING),
    Route("POST", "/v1/reports", "profiles", PUBLISHING),
    Route("POST", "/v1/outcomes", "profiles", PUBLISHING),
    Route("GET", "/v1/jobs/{id}", "profiles", ADMIN),
    Route("GET", "/v1/catalogue", "catalogue", ADMIN),
    Route("PUT", "/v1/catalogue", "catalogue", PUBLISHING),
    *(Route(method, "/v1/catalogue/{proxy+}", "catalogue", ADMIN) for method in ("GET", "POST")),
    Route("GET", "/v1/offers", "catalogue", ADMIN),
    *(Route(method, "/v1/offers/{proxy+}", "catalogue", ADMIN) for method in ("GET", "PUT", "POST")),
    Route("POST", "/v1/preview", "catalogue", ADMIN),
    Route("POST", "/v1/campaigns/{proxy+}", "catalogue", ADMIN),
    Route("POST", "/v1/channels/{proxy+}", "catalogue", ADMIN),
    Route("POST", "/v1/sending/{proxy+}", "catalogue", ADMIN),
    Route("GET", "/v1/status", "catalogue", ADMIN),
    Route("POST", "/v1/account", "catalogue", PUBLISHING),
    Route("POST", "/v1/redrive", "catalogue", PUBLISHING),
    Route("GET", "/v1/approvals", "catalogue", ADMIN),
    Route("POST", "/v1/approvals/{id}", "catalogue", ADMIN),
    Route("GET", "/v1/openapi.json", "catalogue", PAGES),
    *(Route(method, f"/{page}/{{token}}", "person", PAGES) for page, methods in PERSONAL.items() for method in methods),
    # Everything else. Not $default: that would take the preflights of browsers from the gateway, and throttle them.
    *(Route(method, "/{proxy+}", "catalogue", NOWHERE) for method in METHODS),
    Route("GET", "/", "catalogue", NOWHERE),
)
