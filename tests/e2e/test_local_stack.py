"""What `make run` promises: the deployed app answers, events become mails, and the printed lines work."""

import subprocess
from collections.abc import Callable

from rapport_authoring.local import house
from rapport_authoring.local import stack as local_stack
from rapport_authoring.local.place import Deployed, Place
from rapport_authoring.local.steps import Steps
from rich.console import Console

from tests.e2e.conftest import Caller, eventually


def test_a_visit_is_answered_in_every_placement_it_asked_for(caller: Caller) -> None:
    answer = caller.as_site("POST", "/v1/personalise", {"anonymousId": "me", "placements": ["home-hero", "home-grid"]})
    assert [placement["id"] for placement in answer.body["placements"]] == ["home-hero", "home-grid"]


def test_an_order_told_on_the_api_is_confirmed_by_mail(caller: Caller, mails: Callable[[], list[str]]) -> None:
    order = {"order_id": "e2e-1", "revenue": 20, "currency": "EUR", "products": [{"sku": "cap-1", "name": "A cap"}]}
    caller("POST", "/v1/track", {"userId": "ann", "event": "Order Completed", "properties": order})
    eventually(lambda: [mail for mail in mails() if "e2e-1" in mail])


def test_what_one_system_tells_is_known_to_the_next_call(caller: Caller) -> None:
    caller("POST", "/v1/identify", {"userId": "eve", "traits": {"firstName": "Eve"}})
    profile = eventually(lambda: (got := caller("GET", "/v1/profiles/eve")).status == 200 and got.body)
    assert profile["traits"]["first_name"]["value"] == "Eve"


def test_a_browser_may_ask_from_anywhere_and_the_handler_judges_the_origin(caller: Caller) -> None:
    wish = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "x-rapport-key"}
    answer = caller("OPTIONS", "/v1/personalise", Origin="https://anywhere.example", **wish)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_site_that_is_not_listed_is_refused(caller: Caller) -> None:
    asked = {"anonymousId": "me", "placements": ["home-hero"]}
    key = caller.stack.site_key
    answer = caller("POST", "/v1/personalise", asked, X_Rapport_Key=key, Origin="https://elsewhere.example")
    assert answer.status == 403


def test_the_printed_lines_work_when_pasted(stack: Deployed, mails: Callable[[], list[str]]) -> None:
    ask, tell, see = house.examples(stack)
    before = len(mails())
    told = [subprocess.run(line, shell=True, capture_output=True, text=True, check=True).stdout for line in (ask, tell)]  # noqa: S602 - our own lines
    eventually(lambda: len(mails()) > before)
    told.append(subprocess.run(see, shell=True, capture_output=True, text=True, check=True).stdout)  # noqa: S602
    assert ['"home-hero"' in told[0], told[1], "ann@example.com" in told[2]] == [True, '{"success":true}', True]


def test_a_second_start_deploys_nothing_again(place: Place, stack: Deployed) -> None:
    log = place.home / "deploy.log"
    before = log.stat().st_size
    local_stack.up(place, Steps(Console(quiet=True)))
    assert log.stat().st_size == before


def test_another_stack_on_taken_ports_is_refused_with_a_sentence(place: Place, stack: Deployed) -> None:
    command = [place.root / ".venv/bin/python", "-m", "rapport_authoring.local", "up"]
    where = ["--home", str(place.home.parent / "other"), "--port", str(place.port)]
    answer = subprocess.run([*command, *where], cwd=place.root, capture_output=True, text=True, check=False)  # noqa: S603
    expected = f"Error: Port {place.port} is taken by another program: stop it, or choose others with --port.\n"
    assert (answer.returncode, answer.stderr) == (1, expected)
