"""A real OpenID provider (npm `oidc-provider`), and a person who signs in with it as a browser would."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx2

FOLDER = Path(__file__).parents[1] / "js"
SECRET = "a-secret-of-the-test"


def have_provider() -> bool:
    return shutil.which("node") is not None and (FOLDER / "node_modules" / "oidc-provider").is_dir()


@contextmanager
def provider(redirect_uri: str) -> Iterator[str]:
    """Run the provider; gives its issuer."""
    process = subprocess.Popen(
        ["node", "--no-warnings", "provider.mjs", redirect_uri],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), issuer
        yield issuer
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def sign_in_at(address: str, who: str, *, until: str) -> str:
    """Go to the provider's address, sign in, consent, and give the address that it leads back to."""
    cookies: dict[str, str] = {}
    with httpx2.Client(timeout=30) as client:

        def ask(method: str, url: str, data: dict[str, str] | None = None) -> httpx2.Response:
            held = "; ".join(f"{name}={value}" for name, value in cookies.items())
            found = client.request(method, url, data=data, headers={"Cookie": held} if held else {})
            for line in found.headers.get_list("set-cookie"):
                name, _, value = line.partition(";")[0].partition("=")
                cookies[name] = value
            return found

        reply = ask("GET", address)
        for _ in range(12):
            if reply.status_code in {302, 303}:
                address = urljoin(address, reply.headers["location"])
                if address.startswith(until):
                    return address
                reply = ask("GET", address)
                continue
            assert reply.status_code == 200, reply.text[:2000]
            action = re.search(r'action="([^"]+)"', reply.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', reply.text)
            assert action is not None, reply.text[:2000]
            assert prompt is not None, reply.text[:2000]
            address = urljoin(address, action[1])
            reply = ask("POST", address, {"prompt": prompt[1], "login": who, "password": "any"})
    raise AssertionError("the provider never led back")
