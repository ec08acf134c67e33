"""Pull requests: their roll-up as JSON and as a page, and the hooks of forges."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from api.auth import Open, Reads
from api.bodies import chunks_of
from api.forges.config import FORGES, REFS, ForgesConfig, load_forges
from api.forges.plain_git import NAME
from api.forges.pull import MAX_HOOK_BYTES, Hint, Told, pull_of
from api.forges.telling import tell
from api.openapi import READ, documented
from api.pages.pull_view import pull_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.parameters import InPath, LongInPath
from api.pull_bodies import HookBody, PullBody, pull_body
from api.pulls import RollUp, roll_up
from api.replies import NO_STORE, reply
from api.service import Service, ServiceHere
from attest.errors import Absent, CannotVerify

router = APIRouter(tags=["pulls"])
_CODES: Final = (*READ, "service.not-found")
_HOOK: Final = (
    "input.malformed",
    "input.too-large",
    "service.forbidden",
    "service.not-found",
    "service.rate",
    "service.timeout",
    "service.internal",
    "store.busy",
)
Number = Annotated[int, Path(ge=1, le=10**9)]


@router.get(
    "/v1/pulls/{forge}/{owner:path}/{repo}/{number}", operation_id="pull", responses=documented(PullBody, _CODES)
)
def pull(  # noqa: PLR0917  # its name has four parts
    forge: InPath, owner: LongInPath, repo: InPath, number: Number, _caller: Reads, service: ServiceHere
) -> Response:
    """Give a pull request as it stands here: every commit of it with its verdict, read from the clone and the log."""
    return reply(pull_body(_of(service, forge, owner, (repo, number))))


@router.get("/pulls/{repository:path}/{number}", include_in_schema=False)
def page(repository: LongInPath, number: Number, caller: Reads, service: ServiceHere) -> Response:
    """Give the same as a page, by the name of the repository alone or after the name of a forge."""
    forge, _, rest = repository.partition("/")
    owner, _, repo = (rest if forge in REFS else repository).rpartition("/")
    view = pull_view(_of(service, forge if forge in REFS else NAME, owner, (repo, number)))
    return HTMLResponse(render("pull.html", page_of(service, caller, "Commits"), view=view), headers=NO_STORE)


@router.post(
    "/v1/forges/{forge}/hook",
    operation_id="forge_hook",
    responses=documented(HookBody, _HOOK),
    dependencies=[Depends(Open("a forge's hook: held against the secret that the forge shares"))],
)
async def hook(forge: InPath, request: Request, service: ServiceHere) -> Response:
    """Take a forge's hook as a hint that a pull request changed, look for ourselves, and tell the forge what stands."""
    config = await run_in_threadpool(load_forges, service.instance.settings.home)
    connector = config.forges.get(forge) if config else None
    if config is None or connector is None:
        raise Absent("service.not-found")
    body = b"".join([chunk async for chunk in chunks_of(request, service, MAX_HOOK_BYTES)])
    kind = FORGES[forge]
    kind.authenticate(request.headers, body, connector.secret)
    hint = kind.read(request.headers, body)
    if hint is None:
        return reply(HookBody(seen=False))
    return reply(await run_in_threadpool(_follow, service, config, hint))


def _follow(service: Service, config: ForgesConfig, hint: Hint) -> HookBody:
    connector, pull = config.forges[hint.pull.forge], hint.pull
    found = roll_up(service, pull, head=hint.head)
    told = Told(
        pull=pull,
        head=hint.head,
        passes=found.exit_code == 0,
        observed=found.observed,
        title=f"{found.verdict.value}: {found.why}".replace("`", ""),
        summary=_summary(found),
        url=f"{config.url}/pulls/{pull.forge}/{pull.owner}/{pull.repo}/{pull.number}",
    )
    if not connector.api:
        return HookBody(seen=True, verdict=found.verdict.value)
    try:
        tell(connector.api, FORGES[pull.forge].message(told, connector.token))
    except CannotVerify as err:
        service.events.error("forge", forge=pull.forge, code=err.code, got=err.got)
        return HookBody(seen=True, verdict=found.verdict.value)
    return HookBody(seen=True, verdict=found.verdict.value, told=True)


def _summary(found: RollUp) -> str:
    """Verdicts and oids only: words of a session are not given to a forge."""
    lines = [f"{one.oid[:12]}  {one.verdict.value}, {len(one.answer.sessions)} sessions" for one in found.commits]
    mode = "The policy observes: nothing is blocked. " if found.observed else ""
    return f"{mode}{found.verdict.value}, exit code {found.exit_code}.\n\n" + "\n".join(lines)


def _of(service: Service, forge: str, owner: str, which: tuple[str, int]) -> RollUp:
    if forge not in REFS:
        raise Absent("service.not-found")
    return roll_up(service, pull_of(forge, owner, *which))
