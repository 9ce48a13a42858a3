"""The stable codes of the check, each with what it means and what mends it: the source of docs/check-codes.md."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Severity(StrEnum):
    """How much a problem weighs: an error is refused at publishing, a warning is not."""

    ERROR = "error"
    WARNING = "warning"


class Meaning(NamedTuple):
    """What a code stands for, in the words of its documentation."""

    severity: Severity
    means: str
    mend: str


class Code(StrEnum):
    """Every kind of problem; the words are stable, so that tools may filter by them."""

    NOT_TEXT = "not-text"
    BAD_PATH = "bad-path"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    UNKNOWN_FILE = "unknown-file"
    MISSING_FILE = "missing-file"
    YAML_SYNTAX = "yaml-syntax"
    YAML_TAG = "yaml-tag"
    DUPLICATE_KEY = "duplicate-key"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_TYPE = "wrong-type"
    WRONG_VALUE = "wrong-value"
    CHOOSE_ONE = "choose-one"
    DUPLICATE_ID = "duplicate-id"

    UNKNOWN_TIME_ZONE = "unknown-time-zone"
    UNKNOWN_LOCALE = "unknown-locale"
    UNKNOWN_CURRENCY = "unknown-currency"
    UNKNOWN_SEGMENT = "unknown-segment"
    UNKNOWN_PLACEMENT = "unknown-placement"
    UNKNOWN_OFFER = "unknown-offer"
    UNKNOWN_TEMPLATE = "unknown-template"
    UNKNOWN_TRAIT = "unknown-trait"
    UNKNOWN_TOPIC = "unknown-topic"
    UNKNOWN_SOURCE = "unknown-source"
    UNKNOWN_PURPOSE = "unknown-purpose"
    UNKNOWN_BRAND = "unknown-brand"
    UNKNOWN_INTENT = "unknown-intent"
    UNKNOWN_NEED = "unknown-need"

    CONDITION = "condition"
    CYCLE = "cycle"
    TRIGGER_TRAIT = "trigger-trait"
    TEMPLATE = "template"
    UNLISTED_LINK = "unlisted-link"

    BENEFIT_MISSING = "benefit-missing"
    FALLBACK_MISSING = "fallback-missing"
    FALLBACK_SELLS = "fallback-sells"
    FALLBACK_TIED = "fallback-tied"
    KIND_NOT_SHOWN = "kind-not-shown"
    MEETS_SELLS = "meets-sells"
    SERVICE_SELLS = "service-sells"
    URGENT_NOT_SERVICE = "urgent-not-service"
    INTENT_BOTH = "intent-both"
    CANCEL_KEY_MISSING = "cancel-key-missing"
    NOTHING_CAN_BE_SENT = "nothing-can-be-sent"
    NEVER_VALID = "never-valid"
    PREDICTION_NOT_READY = "prediction-not-ready"

    SENSITIVE_READ = "sensitive-read"
    PREDICTION_USED = "prediction-used"
    PROXIMITY_USED = "proximity-used"
    POLICY_LOOSENED = "policy-loosened"
    EVERYBODY_HELD_OUT = "everybody-held-out"
    SUPERFICIAL = "superficial"
    TEMPLATE_ADVICE = "template-advice"
    TRAIT_NEVER_FILLED = "trait-never-filled"
    OFFER_NEVER_SHOWN = "offer-never-shown"
    RULE_SHADOWED = "rule-shadowed"
    EVENT_MEANS_NOTHING = "event-means-nothing"
    TEMPLATE_UNUSED = "template-unused"
    LINKS_NOT_LISTED = "links-not-listed"
    NO_CONTENT = "no-content"
    IMAGE_WITHOUT_WORDS = "image-without-words"
    NEVER_SENT = "never-sent"
    OUT_OF_MANDATE = "out-of-mandate"
    SENDER_MISSING = "sender-missing"


def _error(means: str, mend: str) -> Meaning:
    return Meaning(Severity.ERROR, means, mend)


def _warning(means: str, mend: str) -> Meaning:
    return Meaning(Severity.WARNING, means, mend)


MEANINGS: Mapping[Code, Meaning] = MappingProxyType(
    {
        Code.NOT_TEXT: _error("A file is not UTF-8 text.", "Save it as UTF-8."),
        Code.BAD_PATH: _error("A path leaves the catalogue, or is no path.", "Use a relative path with `/`."),
        Code.TOO_LARGE: _error("The catalogue, a file or what its aliases unfold to is too large.", "Split it."),
        Code.TOO_DEEP: _error("Values are nested too deeply.", "Nothing in a catalogue needs more than 20 levels."),
        Code.UNKNOWN_FILE: _error("A YAML file lies where nothing reads it.", "Move or rename it."),
        Code.MISSING_FILE: _error("There is no `rapport.yaml`.", "Every catalogue has one."),
        Code.YAML_SYNTAX: _error("The file is not YAML.", "Look at the line before the one named, too."),
        Code.YAML_TAG: _error("A value has a `!tag`.", "Leave the tag out; put text in quotes."),
        Code.DUPLICATE_KEY: _error("One key stands twice in a mapping.", "Keep the one you mean."),
        Code.UNKNOWN_KEY: _error("A key is not one of its document's.", "Mind the spelling."),
        Code.MISSING_KEY: _error("A key that its document needs is missing.", "Write it."),
        Code.WRONG_TYPE: _error(
            "A value is of another type than its key takes.", "Write one of the type that is named."
        ),
        Code.WRONG_VALUE: _error(
            "A value is of the right type, but not one its key takes.", "Write one that it takes."
        ),
        Code.CHOOSE_ONE: _error("Exactly one of some keys must be there.", "Keep one of them."),
        Code.DUPLICATE_ID: _error("Two documents of one sort have the same id.", "Rename one."),
        Code.UNKNOWN_TIME_ZONE: _error("A time zone is not in the IANA list.", "Write it like `Europe/Paris`."),
        Code.UNKNOWN_LOCALE: _error("A locale is not known to CLDR.", "Write it like `en-GB` or `fr`."),
        Code.UNKNOWN_CURRENCY: _error("A currency is not in ISO 4217.", "Write it like `EUR`."),
        Code.UNKNOWN_SEGMENT: _error("A segment does not exist.", "Add it under segments/, or mend the name."),
        Code.UNKNOWN_PLACEMENT: _error("A placement does not exist.", "Add it under placements/, or mend the name."),
        Code.UNKNOWN_OFFER: _error("An offer does not exist.", "Add it under offers/, or mend the name."),
        Code.UNKNOWN_TEMPLATE: _error("A template does not exist.", "Add it under templates/, or mend the name."),
        Code.UNKNOWN_TRAIT: _error("A trait does not exist.", "Declare it in traits.yaml, or mend the name."),
        Code.UNKNOWN_TOPIC: _error("A topic is not one of the house's.", "Add it to `topics` in rapport.yaml."),
        Code.UNKNOWN_SOURCE: _error("A source is not one of the house's.", "Add it to `sources` in rapport.yaml."),
        Code.UNKNOWN_PURPOSE: _error("A purpose is not one of the house's.", "Add it to `purposes` in rapport.yaml."),
        Code.UNKNOWN_BRAND: _error("A brand is not one of the house's.", "Add it to `brands` in rapport.yaml."),
        Code.UNKNOWN_INTENT: _error("No event considers or chooses in this intent group.", "Add it to events.yaml."),
        Code.UNKNOWN_NEED: _error(
            "`meets` names an event that opens no need and no complaint.", "Give the event `means: need`."
        ),
        Code.CONDITION: _error(
            "A condition is not one: a typo, an unknown name, a wrong type.",
            "Compare names with constants, and join comparisons with `&&` and `||`.",
        ),
        Code.CYCLE: _error("Segments are defined by one another in a circle.", "Break the circle."),
        Code.TRIGGER_TRAIT: _error(
            "A `date` trigger needs a date, a `due` trigger a timestamp.", "Name a trait of that type."
        ),
        Code.TEMPLATE: _error("A template is wrong, or says more than is known.", "Mend the template at this place."),
        Code.UNLISTED_LINK: _error("A link leads to a host that is not listed.", "Add the host to `links`."),
        Code.BENEFIT_MISSING: _error("An offer does not say what the person gets.", "Write `benefit`."),
        Code.FALLBACK_MISSING: _error("A web or call placement has no `fallback`.", "Name a neutral offer."),
        Code.FALLBACK_SELLS: _error(
            "The fallback of a placement is a sales or partner offer.", "Fall back on something neutral."
        ),
        Code.KIND_NOT_SHOWN: _error(
            "An offer is meant for a placement that does not show its kind.", "Change the offer or the placement."
        ),
        Code.MEETS_SELLS: _error("A sales or partner offer claims to meet a need.", "Nothing is sold over a need."),
        Code.SERVICE_SELLS: _error(
            "A campaign of purpose service is of kind sales or partner.", "Sell for another purpose, with consent."
        ),
        Code.URGENT_NOT_SERVICE: _error("A campaign that is not service is urgent.", "Only service is."),
        Code.INTENT_BOTH: _error(
            "An offer is about an intent group and complements it too.", "It is the one or the other."
        ),
        Code.CANCEL_KEY_MISSING: _error(
            "`cancel_on` compares a key, but the campaign's trigger has none.", "Give the trigger a `key`."
        ),
        Code.NOTHING_CAN_BE_SENT: _error("Under this value nothing could ever be sent.", "Loosen it."),
        Code.NEVER_VALID: _error("Something ends before it begins.", "Mend `from` or `until`."),
        Code.PREDICTION_NOT_READY: _error(
            "Predictions are used while identity, consent or data quality is not in place.",
            "Put in place what is missing, or predict nothing.",
        ),
        Code.SENSITIVE_READ: _warning("A sensitive trait decides here.", "Be sure that it should."),
        Code.PREDICTION_USED: _warning("A predicted trait decides here.", "It needs the consent to profiling."),
        Code.PROXIMITY_USED: _warning(
            "Where the person is right now starts a message.", "It needs the consent to proximity."
        ),
        Code.POLICY_LOOSENED: _warning("The contact policy is looser than the default.", "Loosen it on purpose only."),
        Code.EVERYBODY_HELD_OUT: _warning(
            "The holdout is everybody, so nothing but service goes out.", "0.05 is usual; 1 is for a rehearsal."
        ),
        Code.SUPERFICIAL: _warning("A template's only personal word is the first name.", "Say something that helps."),
        Code.TEMPLATE_ADVICE: _warning("A template could be better.", "Better it, or leave it."),
        Code.TRAIT_NEVER_FILLED: _warning("A trait is read, but nothing ever fills it.", "Fill it, or do not read it."),
        Code.OFFER_NEVER_SHOWN: _warning("An offer can never be shown to anybody.", "Mend what keeps it away."),
        Code.RULE_SHADOWED: _warning(
            "A rule never comes to bear: one before it fits whoever it would.", "Put the narrower rule first."
        ),
        Code.EVENT_MEANS_NOTHING: _warning("An event's definition says nothing.", "Give it `means` or `tells`."),
        Code.TEMPLATE_UNUSED: _warning("No campaign uses a template.", "Delete it, or use it."),
        Code.LINKS_NOT_LISTED: _warning(
            "Offers have links, but no host is listed.", "List the hosts in `links`, or no click will lead on."
        ),
        Code.OUT_OF_MANDATE: _warning(
            "A campaign reads a trait that may not be used for its purpose.", "Leave it out, or change `allows`."
        ),
        Code.SENDER_MISSING: _warning(
            "A campaign goes out by email, but the house names no sender.", "Write `sender.email` in rapport.yaml."
        ),
        Code.FALLBACK_TIED: _warning(
            "A fallback is for some people only, but stands in for everybody.", "Fall back on a neutral offer."
        ),
        Code.IMAGE_WITHOUT_WORDS: _warning(
            "An offer's image says nothing to who cannot see it.", "Write `alt`; leave it empty for decoration."
        ),
        Code.NEVER_SENT: _warning("A campaign can never go out to anybody.", "Mend what keeps it back."),
        Code.NO_CONTENT: _warning("An offer lacks content where it could be shown.", "Write a headline and a text."),
    }
)


def codes_page() -> str:
    """Return docs/check-codes.md: every code, what it means and what mends it."""
    head = (
        "# Codes of the check\n\n"
        "`rapport check` names every problem by one of these codes. They are stable. "
        "Errors keep a catalogue from being published; warnings are for you to judge.\n"
    )
    return head + "".join(_table(severity) for severity in Severity)


def _table(severity: Severity) -> str:
    rows = [
        f"| `{code}` | {meaning.means} | {meaning.mend} |\n"
        for code, meaning in MEANINGS.items()
        if meaning.severity is severity
    ]
    return f"\n## {severity.value.capitalize()}s\n\n| code | means | what to do |\n|---|---|---|\n" + "".join(rows)
