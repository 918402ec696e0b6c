"""Roles: given by admins, of whom one stays, and who lists accounts."""

from testing.world import PASSWORD, Client, World, pointers, problem

from shopkeeper.models import Role

NEWCOMER = {
    "email": "ada@example.com",
    "password": PASSWORD,
    "full_name": "Ada Lovelace",
}


def test_a_role_cannot_be_asked_for(client: Client) -> None:
    answer = client.post("/users/add", json=NEWCOMER | {"role": "admin"})

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer) == ["/role"]


def test_roles_are_given_by_admins_and_count_at_once(world: World) -> None:
    admin, person = world.person(Role.ADMIN), world.person()
    assert problem(person.post("/categories/add", json={"name": "Ink"}))[0] == 403

    answer = admin.put("/users/role", json={"id": person.id, "role": "manager"})

    assert answer.json["role"] == "manager"
    assert person.post("/categories/add", json={"name": "Ink"}).status_code == 201


def test_the_last_admin_stays(world: World) -> None:
    admin = world.person(Role.ADMIN)

    demoted = admin.put("/users/role", json={"id": admin.id, "role": "customer"})
    deleted = admin.delete("/users/delete", json={"password": PASSWORD})

    assert problem(demoted) == problem(deleted) == (409, "last_admin")


def test_one_of_two_admins_may_leave(world: World) -> None:
    first, second = world.person(Role.ADMIN), world.person(Role.ADMIN)

    demoted = first.put("/users/role", json={"id": second.id, "role": "customer"})

    assert demoted.json["role"] == "customer"


def test_a_role_for_nobody_is_not_found(world: World) -> None:
    answer = world.person(Role.ADMIN).put(
        "/users/role", json={"id": 2**63 - 1, "role": "manager"}
    )

    assert problem(answer) == (404, "user_not_found")


def test_admins_list_all_accounts_page_by_page(world: World) -> None:
    admin = world.person(Role.ADMIN)
    newest = [world.person().id for _ in range(3)][::-1]
    expected = [*newest, admin.id]

    seen: list[int] = []
    path: str | None = "/users?limit=2"
    while path:
        page = admin.get(path).json
        seen += [user["id"] for user in page["items"]]
        cursor = page["next_cursor"]
        path = f"/users?limit=2&cursor={cursor}" if cursor else None

    assert seen == expected
