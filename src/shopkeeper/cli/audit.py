"""`shopkeeper audit`: a shop's promises, held against its database."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import click
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.audit.service.audit import Finding
from shopkeeper.audit.service.audit import audit as run_audit
from shopkeeper.audit.service.provider import audit_provider
from shopkeeper.audit.service.repairs import repair as run_repair
from shopkeeper.cli.database import shop_sessions
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.gateways.port import OutcomeUnknownError
from shopkeeper.utils.settings import get_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--repair", is_flag=True, help="Mend what has one right answer, then check."
)
@click.option(
    "--provider",
    is_flag=True,
    help="Compare with the payment provider's own lists, too.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --provider: only what began on that day (UTC) or later.",
)
def audit(
    *, as_json: bool, repair: bool, provider: bool, since: datetime | None
) -> None:
    """Check that stock, orders and money explain each other, to the last unit.

    Looks at one picture of the live database and holds nobody up. Prints what it
    checked, with counts, and what breaks a promise; then the exit status is 1.
    """
    if since is not None and not provider:
        raise click.UsageError("--since goes with --provider.")
    with shop_sessions() as sessions:
        gateways = Gateways(get_settings(), sessions)
        repairs: list[str] = []
        if repair:
            repairs = run_repair(sessions, gateways)
        found = _findings(sessions)
        if provider:
            found = chain(found, _of_provider(sessions, gateways, since))
        if as_json:
            findings = list(found)
            click.echo(json.dumps(_document(findings, repairs), indent=2))
        else:
            findings = _print(found, repairs)
    sys.exit(0 if all(finding.is_sound for finding in findings) else 1)


def _findings(sessions: sessionmaker[Session]) -> Iterator[Finding]:
    with sessions() as session:
        yield from run_audit(session)


def _of_provider(
    sessions: sessionmaker[Session], gateways: Gateways, since: datetime | None
) -> Iterator[Finding]:
    method = gateways.default
    try:
        gateway = gateways.gateway(method)
        if gateway is None:
            raise click.UsageError("An invoice has no provider (PAYMENT_GATEWAY).")
        start = since.replace(tzinfo=UTC) if since else None
        yield from audit_provider(sessions, method, gateway, start)
    except OutcomeUnknownError as error:
        raise click.ClickException(f"The provider does not answer: {error}.") from error


def _print(findings: Iterator[Finding], repairs: Sequence[str]) -> list[Finding]:
    for sentence in repairs:
        click.echo(f"mended: {sentence}")
    seen = []
    for finding in findings:
        seen.append(finding)
        verdict = "ok" if finding.is_sound else f"{finding.broken} BROKEN"
        click.echo(f"{verdict:>10}  {finding.checked:>10,} rows  {finding.promise}")
        for breach in finding.breaches:
            click.echo(
                f"{'':12}{breach.subject}: {breach.found}; expected {breach.expected}"
            )
        if finding.broken > len(finding.breaches):
            click.echo(f"{'':12}and {finding.broken - len(finding.breaches)} more")
    broken = sum(finding.broken for finding in seen)
    click.echo(
        f"{len(seen)} promises checked: "
        + (f"{broken} breaches." if broken else "all kept.")
    )
    return seen


def _document(findings: Sequence[Finding], repairs: Sequence[str]) -> dict[str, Any]:
    return {
        "sound": all(finding.is_sound for finding in findings),
        "repairs": list(repairs),
        "checks": [
            {
                "name": finding.name,
                "promise": finding.promise,
                "checked": finding.checked,
                "broken": finding.broken,
                "breaches": [breach._asdict() for breach in finding.breaches],
            }
            for finding in findings
        ],
    }
