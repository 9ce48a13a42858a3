"""People of a given weight, such as a house has them: mostly history, some traits, words of usual length."""

import random

import msgspec
from rapport.domain.consent import Consent
from rapport.domain.profile import Contact, Exposure, Identity, Order, Ownership, Profile
from rapport.domain.trait import TraitValue

NOW = 1_800_000_000.0


def person(kilobytes: int, seed: int = 1) -> Profile:
    """Somebody whose JSON has about so many kilobytes."""
    chance = random.Random(seed)  # noqa: S311  # the same person for a seed
    rows = 0
    made = _with(rows, chance)
    while len(msgspec.json.encode(made)) < kilobytes * 1000:
        rows += max(1, kilobytes // 8)
        made = _with(rows, random.Random(seed))  # noqa: S311  # as above
    return made


def _with(rows: int, chance: random.Random) -> Profile:
    at = [NOW - 600.0 * number for number in range(rows, 0, -1)]
    traits = {
        "first_name": TraitValue("Ann", "declared", NOW, 1.0),
        "tier": TraitValue("gold", "crm", NOW, 0.95),
        "home_city": TraitValue("Oslo", "crm", NOW, 0.95),
        "interests": TraitValue(("ski", "city"), "declared", NOW, 1.0),
        "birthday": TraitValue(0.0, "crm", NOW, 0.95),
        "email": TraitValue("ann@example.com", "declared", NOW, 1.0),
    }
    return Profile(
        f"p_{chance.randbytes(15).hex()}",
        version=12,
        created_at=NOW,
        user_id="ann",
        identities=(Identity("user", "ann"), Identity("anonymous", chance.randbytes(8).hex())),
        traits=traits,
        consents={name: {"*": Consent("granted", NOW)} for name in ("marketing", "personalisation", "profiling")},
        seen={chance.randbytes(6).hex(): one for one in at},
        viewed={f"sku-{chance.randrange(10_000)}": one for one in at[: rows // 4]},
        owned={f"sku-{chance.randrange(10_000)}": Ownership(1.0, one, "commerce") for one in at[: rows // 4]},
        orders={f"order-{n}": Order(one, {f"sku-{n}": 1.0}) for n, one in enumerate(at[: rows // 8])},
        exposures=tuple(
            Exposure(f"offer-{n % 50}", one, "viewed", "web", f"d_{chance.randbytes(8).hex()}", "home-hero")
            for n, one in enumerate(at[: rows // 2])
        ),
        contacts=tuple(
            Contact(one, f"campaign-{n % 9}", f"k{n}", channels=("email",)) for n, one in enumerate(at[: rows // 6])
        ),
    )
