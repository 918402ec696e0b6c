import pytest

from shopkeeper.accounts import passwords
from shopkeeper.utils.lanes import Lane, TwoLanes
from shopkeeper.utils.settings import Settings, read_settings


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(password_hash_cost=17)
    monkeypatch.setattr(passwords, "get_settings", lambda: settings)


def test_the_default_cost_is_what_owasp_asks_for() -> None:
    assert Settings.model_fields["password_hash_cost"].default == 17


@pytest.mark.usefixtures("production")
def test_a_production_hash_is_scrypt_with_n_of_2_to_the_17() -> None:
    hashed = passwords.hash_password("gusty-lantern-orchid")

    assert hashed.startswith("scrypt:131072:8:1$")
    assert passwords.password_matches(hashed, "gusty-lantern-orchid")
    assert not passwords.password_matches(hashed, "gusty-lantern-orchids")
    assert not passwords.is_outdated(hashed)


def test_a_hash_of_another_cost_is_outdated() -> None:
    assert passwords.is_outdated("scrypt:32768:8:1$salt$hash")


def test_nobody_has_no_password() -> None:
    assert not passwords.password_matches(None, "")


def test_the_dummy_hash_is_as_costly_as_a_real_one() -> None:
    real = passwords.hash_password("gusty-lantern-orchid").split("$")
    dummy = passwords.nobodys(passwords.method()).split("$")

    assert dummy[0] == real[0]
    assert len(dummy[2]) == len(real[2])


@pytest.mark.parametrize("password", ["password", "PASSWORD", "123456789", "iloveyou"])
def test_common_passwords_are_known(password: str) -> None:
    assert passwords.is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",  # Full-width letters.
        " password ",
    ],
)
def test_a_common_password_is_known_however_it_is_typed(password: str) -> None:
    assert passwords.is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        *("        ", "aaaaaaaa", "abcdefgh", "ada@example.com", "AdaLovelace"),
        *(
            "Lovelace1",
            "ada.lovelace1",
            "Ada_Lovelace",
            "Corner Shop",
            "cornershop1",
            "qwertyuiop",
            "x" * 128,
        ),
    ],
)
def test_what_whoever_knows_the_account_would_try_is_weak(password: str) -> None:
    own = ("ada@example.com", "Ada Lovelace", "Corner Shop")

    assert passwords.weakness(password, own)


@pytest.mark.parametrize(
    "password", ["gusty-lantern-orchid", "velvet-harbour-sixpence", "k8#Vq2!xw"]
)
def test_what_nobody_guesses_is_good(password: str) -> None:
    assert passwords.weakness(password, ("ada@example.com",)) is None


def test_an_unknown_account_is_compared_as_another_was_hashed() -> None:
    old = "scrypt:16384:8:1"

    assert passwords.nobodys(old).startswith(f"{old}$")
    assert not passwords.password_matches(None, "gusty-lantern-orchid", old)


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> TwoLanes:
    lanes = TwoLanes(1, {Lane.LOGIN: 1, Lane.REGISTER: 1})
    monkeypatch.setattr(passwords, "_queue", lambda: lanes)
    monkeypatch.setattr(passwords, "LONGEST_WAIT_SECONDS", 0.01)
    return lanes


def test_who_gets_no_turn_is_told_to_come_back(lanes: TwoLanes) -> None:
    assert lanes.enter(Lane.LOGIN, 1)

    with pytest.raises(passwords.Busy) as busy, passwords.hashing_turn():
        pass

    assert busy.value.answer_headers() == {"Retry-After": "5"}


def test_a_turn_to_register_is_given_back(lanes: TwoLanes) -> None:
    with passwords.registration_turn():
        assert not lanes.enter(Lane.REGISTER, 0.01)

    with passwords.registration_turn():
        pass
