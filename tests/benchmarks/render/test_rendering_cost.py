"""What rendering costs, as ratios within one run: against bare Jinja, compiling, bombs against a message."""

import time
from collections.abc import Callable
from statistics import median

import pytest
from jinja2 import Environment
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
