"""Coming to the console: a cookie that is good for it and nothing else."""

from datetime import timedelta

import pytest
from testing.visitor import FROM_HERE, Visitor, form_of
from testing.world import PASSWORD, World

from shopkeeper.console.routes import session
from shopkeeper.models import Role
from shopkeeper.web.application import Shop

GUARDED = ["", "/orders", "/products/new", "/users", "/reports/sales.csv", "/find?q=x"]


@pytest.fixture
def visitor(app: Shop) -> Visitor:
    return Visitor(app)


@pytest.mark.parametrize("path", GUARDED)
def test_nothing_is_shown_before_somebody_signs_in(visitor: Visitor, path: str) -> None:
    page = visitor.visit(path)

    assert page.status_code == 401
    assert form_of(page, "/console/sign-in").values["path"] == f"/console{path}"


def test_whoever_signs_in_goes_where_they_wanted_to(
    visitor: Visitor, world: World
) -> None:
    manager = world.person(Role.MANAGER)
    asked = visitor.visit("/orders?status=pending")

    answer = visitor.submit(
        asked, "/console/sign-in", email=manager.email, password=PASSWORD
    )

    assert answer.location == "/console/orders?status=pending"
    assert visitor.follow(answer).status_code == 200


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/consoles", "/console\\evil"]
)
def test_nobody_is_sent_away_after_signing_in(
    visitor: Visitor, world: World, path: str
) -> None:
    manager = world.person(Role.MANAGER)

    page = visitor.visit("/sign-in")

    answer = visitor.submit(
        page, "/console/sign-in", email=manager.email, password=PASSWORD, path=path
    )

    assert answer.location == "/console"


def test_the_cookie_is_kept_from_scripts_and_other_sites(
    visitor: Visitor, world: World
) -> None:
    answer = visitor.sign_in(world.person(Role.MANAGER).email)

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie
    assert "Domain" not in cookie


def test_by_tls_the_cookie_stays_with_it(app: Shop, world: World) -> None:
    manager = world.person(Role.MANAGER)
    body = {"email": manager.email, "password": PASSWORD}
    for host, status in [("shop.example", 303), ("localhost", 303)]:
        answer = app.test_client().post(
            "/console/sign-in", base_url=f"https://{host}", data=body, headers=FROM_HERE
        )

        assert answer.status_code == status
        assert answer.headers["Set-Cookie"].startswith("__Secure-console=")
        assert "; Secure" in answer.headers["Set-Cookie"]


def test_no_password_is_taken_where_others_could_read_it(
    app: Shop, world: World
) -> None:
    body = {"email": world.person(Role.MANAGER).email, "password": PASSWORD}

    answer = app.test_client().post(
        "/console/sign-in",
        base_url="http://shop.example",
        data=body,
        headers=FROM_HERE,
    )

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_wrong_password_is_told_with_the_email_kept(
    visitor: Visitor, world: World
) -> None:
    email = world.person(Role.MANAGER).email

    page = visitor.send("/console/sign-in", email=email, password="not this one")

    assert page.status_code == 401
    assert "invalid_credentials" in page.text
    assert f'value="{email}"' in page.text
    assert "not this one" not in page.text


def test_customers_are_shown_the_door(visitor: Visitor, world: World) -> None:
    visitor.sign_in(world.person().email)

    page = visitor.visit("/orders")

    assert page.status_code == 403
    out = visitor.submit(page, "/console/sign-out")
    assert out.location == "/console/sign-in"


def test_the_cookie_opens_no_api_and_no_token_opens_the_console(
    app: Shop, visitor: Visitor, world: World
) -> None:
    manager = world.person(Role.MANAGER)
    visitor.sign_in(manager.email)
    cookie = visitor.cookie("console")
    client = app.test_client()

    for method, path in [("GET", "/orders"), ("POST", "/users/logout")]:
        answer = client.open(
            path, method=method, headers={"Authorization": f"Bearer {cookie}"}
        )
        assert answer.status_code == 401, path
        assert answer.get_json()["code"] == "token_invalid"
    client.set_cookie("console", manager.access_token, path="/console")
    assert client.get("/console/orders").status_code == 401
    assert client.get("/console/orders", headers=manager.headers).status_code == 401


def test_signing_out_ends_the_login_at_once(
    app: Shop, visitor: Visitor, world: World
) -> None:
    visitor.sign_in(world.person(Role.MANAGER).email)
    thief = Visitor(app)
    thief._client.set_cookie("console", str(visitor.cookie("console")), path="/console")
    assert thief.visit("/orders").status_code == 200

    visitor.submit(visitor.visit("/you"), "/console/sign-out")

    assert thief.visit("/orders").status_code == 401
    assert visitor.visit("/orders").status_code == 401


def test_a_thiefs_login_is_ended_from_ones_own(
    app: Shop, visitor: Visitor, world: World
) -> None:
    manager = world.person(Role.MANAGER)
    thief = Visitor(app)
    thief.sign_in(manager.email)
    visitor.sign_in(manager.email)
    page = visitor.visit("/you")
    forms = [
        f for f in page.text.split('action="') if f.startswith("/console/you/end/")
    ]

    for each in forms:
        visitor.submit(page, each.partition('"')[0])

    assert thief.visit("").status_code == 401
    assert visitor.visit("").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_of_another_site_does_nothing(
    visitor: Visitor, world: World, headers: dict[str, str]
) -> None:
    product = world.product(price="4.99")
    visitor.sign_in(world.person(Role.MANAGER).email)
    path = f"/console/products/{product['id']}/price"

    answer = visitor.send(path, headers, price="1.00")

    assert answer.status_code == 403
    assert world.manager.get(f"/products/{product['id']}").json["price"] == "4.99"


def test_an_older_browser_tells_its_origin(visitor: Visitor, world: World) -> None:
    product = world.product()
    visitor.sign_in(world.person(Role.MANAGER).email)
    path = f"/console/products/{product['id']}/price"

    typed = {"price": "1.00", "was-price": product["price"]}
    answer = visitor.send(path, {"Origin": "http://localhost"}, **typed)

    assert answer.status_code == 303


def test_a_session_that_ends_in_the_middle_of_work_loses_no_text(
    visitor: Visitor, world: World
) -> None:
    manager = world.person(Role.MANAGER)
    product = world.product(name="Lamp")
    path = f"/console/products/{product['id']}/save"
    visitor.sign_in(manager.email)
    page = visitor.visit(f"/products/{product['id']}")
    manager.post("/users/logout", json={"everywhere": True})

    over = visitor.submit(page, path, name="Lantern", description="Of <brass>.")
    again = visitor.submit(
        over, "/console/sign-in", email=manager.email, password=PASSWORD
    )
    saved = visitor.submit(again, path)

    assert over.status_code == 401
    assert "Of &lt;brass&gt;." in again.text
    assert saved.status_code == 303
    shown = world.manager.get(f"/products/{product['id']}").json
    assert (shown["name"], shown["description"]) == ("Lantern", "Of <brass>.")


def test_the_cookie_is_carried_on_while_it_is_used(
    visitor: Visitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.sign_in(world.person(Role.MANAGER).email)
    assert "Set-Cookie" not in visitor.visit("").headers

    monkeypatch.setattr(session, "RENEWED", timedelta(0))

    assert visitor.visit("").headers["Set-Cookie"].startswith("console=ey")
