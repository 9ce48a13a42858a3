"""What rendering costs, as ratios within one run: against bare Jinja, compiling, bombs against a message."""

import time
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from jinja2 import DictLoader, Environment
from msgspec import structs
from rapport.render import RenderRequest, Templates, render

from tests.use_cases.render_house import HOSTS, HOUSE, SOURCES, names
from tests.use_cases.test_render_bombs import BOMBS, NAMES

REQUEST = RenderRequest("welcome.j2", "email", ("en-GB",), names(), links_allowed=HOSTS)
ROUNDS = 15


def typical(work: Callable[[], object]) -> float:
    """Return the median of some rounds, the first one left out."""
    taken = []
    for _ in range(ROUNDS + 1):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return median(taken[1:])


@pytest.fixture(scope="module")
def an_email() -> float:
    return typical(lambda: [render(HOUSE, REQUEST) for _ in range(10)]) / 10


@pytest.mark.slow
def test_an_email_made_safe_and_robust_costs_a_small_multiple_of_bare_jinja(an_email: float) -> None:
    bare = Environment(autoescape=True).from_string(
        "<h1>{{ traits.first_name }}</h1>"
        '{% for o in offers.tip %}<p>{{ o.headline }} <a href="{{ o.link }}">x</a></p>{% endfor %}'
    )
    assert an_email < 200 * typical(lambda: [bare.render(names()) for _ in range(10)]) / 10


# ---- one template on one channel and on four, beside plain Jinja on the very same files

FOUR = ("email", "sms", "web", "note")


def plain_jinja() -> Callable[[str], str]:
    """Plain Jinja on the house's own templates: no sandbox, no bounds, nothing inlined or taken out, no text part."""
    environment = Environment(autoescape=True, loader=DictLoader(SOURCES))
    environment.filters["money"] = lambda price: f"{price['amount']} {price['currency']}"
    template = environment.get_template("welcome.j2")

    def run(block: str) -> str:
        return template.render(names()) if block == "email" else "".join(template.blocks[block](context()))

    def context() -> Any:
        return template.new_context(names())

    return run


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "times"), [(("email",), 60), (FOUR, 60)], ids=["one-channel", "four-channels"])
def test_messages_a_second_beside_plain_jinja_on_the_same_template(channels: tuple[str, ...], times: int) -> None:
    requests = [structs.replace(REQUEST, channel=channel) for channel in channels]
    ours = typical(lambda: [render(HOUSE, request) for request in requests for _ in range(5)]) / 5
    bare = plain_jinja()
    blocks = [channel if channel in {"email", "sms"} else "text" for channel in channels]
    theirs = typical(lambda: [bare(block) for block in blocks for _ in range(5)]) / 5
    print(  # noqa: T201  # `make bench` shows it
        f"\n{len(channels)} channel(s): {1 / ours:.0f} people a second, {len(channels) / ours:.0f} messages a second; "
        f"plain Jinja {len(channels) / theirs:.0f}; {ours / theirs:.0f} times"
    )
    assert ours < times * theirs


@pytest.mark.slow
def test_a_thousand_templates_cost_little_memory() -> None:
    some = 50  # compiling under the eye of tracemalloc is slow
    sources = {**SOURCES, **{f"t{number}.j2": SOURCES["welcome.j2"] for number in range(some)}}
    render(HOUSE, REQUEST)
    tracemalloc.start()
    templates = Templates(sources)
    for number in range(some):
        render(templates, structs.replace(REQUEST, template=f"t{number}.j2"))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    held = held * 1000 // some
    print(f"\n1,000 templates, each used: {held / 2**20:.0f} MiB")  # noqa: T201  # as above
    assert held < 100 * 2**20


@pytest.mark.slow
def test_templates_brought_compiled_are_ready_sooner() -> None:
    compiled = HOUSE.compiled()
    fresh = typical(lambda: render(Templates(SOURCES), REQUEST))
    assert typical(lambda: render(Templates(SOURCES, compiled), REQUEST)) < fresh / 3


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_costs_no_more_than_a_hundred_emails(bomb: str, an_email: float) -> None:
    templates = Templates({"t.j2": f"{{% block text %}}{bomb}{{% endblock %}}"})
    request = RenderRequest("t.j2", "note", ("en-GB",), names(**NAMES))
    before = time.process_time()
    render(templates, request)
    assert time.process_time() - before < 100 * an_email
