"""Which commands are checks, of what kind, and which can say nothing by their exit."""

from __future__ import annotations

import shlex

import pytest

from attest.capture.check_runs import checks_in
from attest.capture.check_table import classify

TEST, LINT, TYPE, BUILD, SCAN = "test", "lint", "type", "build", "scan"


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("pytest -q", TEST),
        ("python3 -X dev -m pytest tests", TEST),
        ("python -W error -m unittest discover", TEST),
        ("coverage run -m pytest", TEST),
        ("uv run --with hypothesis pytest", TEST),
        ("timeout 300 uv run pytest -x", TEST),
        ("conda run -n ml pytest", TEST),
        ("docker compose exec -T web pytest -q", TEST),
        ("docker run --rm app go test ./...", TEST),
        ("kubectl exec pod -- npm test", TEST),
        ("xargs -n1 ruff check", LINT),
        ("find . -name '*.py' -exec mypy {} +", TYPE),
        ("./gradlew test", TEST),
        ("./gradlew build -x test", BUILD),
        ("./mvnw -B -DskipTests package", BUILD),
        ("mvn verify -DskipTests", BUILD),
        ("mvn -q verify", TEST),
        ("sbt test", TEST),
        ("cargo +nightly test --workspace", TEST),
        ("cargo nextest run", TEST),
        ("cargo clippy --all-targets -- -D warnings", LINT),
        ("cargo fmt --all -- --check", LINT),
        ("dotnet format --verify-no-changes", LINT),
        ("mix format --check-formatted", LINT),
        ("terraform fmt -check -recursive", LINT),
        ("terraform validate", LINT),
        ("flutter analyze", LINT),
        ("xcodebuild test -scheme App", TEST),
        ("xcodebuild -scheme App", BUILD),
        ("swift test", TEST),
        ("bundle exec rspec", TEST),
        ("vendor/bin/phpunit", TEST),
        ("php artisan test", TEST),
        ("composer test", TEST),
        ("ctest --test-dir build", TEST),
        ("bazel test //...", TEST),
        ("tox -e py311", TEST),
        ("nox -s lint", TEST),
        ("pre-commit run --all-files", LINT),
        ("npm test -- --watch=false", TEST),
        ("npm run test:unit", TEST),
        ("npm run format:check", LINT),
        ("npm run check-types", TYPE),
        ("pnpm test:unit", TEST),
        ("pnpm --filter api lint", LINT),
        ("yarn workspace app test", TEST),
        ("yarn tsc --noEmit", TYPE),
        ("npx tsc -p tsconfig.json --noEmit", TYPE),
        ("npx turbo run test", TEST),
        ("npx nx test app", TEST),
        ("poetry run test", TEST),
        ("hatch run lint", LINT),
        ("make ci", TEST),
        ("make -C sub lint", LINT),
        ("just test-all", TEST),
        ("mise run lint", LINT),
        ("./scripts/test.sh", TEST),
        ("bash ci/lint.sh --all", LINT),
        ("python test_parser.py", TEST),
        ("python tests/run_tests.py", TEST),
        ("node scripts/e2e.js", TEST),
        ("bin/rspec spec/models", TEST),
        ("git diff --check", LINT),
        ("git diff --cached --check", LINT),
        ("jq empty config/a.json", LINT),
        ("python -m json.tool a.json", LINT),
        ("python -m py_compile a.py", LINT),
        ("bash -n install.sh", LINT),
        ("node --check a.js", LINT),
        ("gofmt -l .", LINT),
        ("semgrep ci", SCAN),
        ("npm audit", SCAN),
    ],
)
def test_a_checking_command_is_known_by_its_words(command: str, kind: str) -> None:
    found = classify(tuple(shlex.split(command)))
    assert found is not None
    assert found.kind.value == kind


@pytest.mark.parametrize(
    "command",
    [
        "cargo test --no-run",
        "ctest -N",
        "make -n test",
        "tox --notest",
        "go test -c ./pkg",
        "just --list",
        "npm install",
        "npm ci",
        "yarn add jest",
        "pnpm add -D vitest",
        "pip install pytest",
        "git diff",
        "jq .name a.json",
        "test -f a.txt",
        "python check_status.py",
        "python manage.py migrate",
        "cat test_parser.py",
        "vim tests/test_a.py",
        "./deploy.sh",
        "bash -c",
        "docker run --rm app",
        "mise install",
        "gofmt -w a.go",
        "black src",
        "prettier --write src",
        "dotnet format",
        "node server.js",
        "./build/app --flag",
    ],
)
def test_what_only_lists_installs_or_writes_is_no_check(command: str) -> None:
    assert classify(tuple(shlex.split(command))) is None


@pytest.mark.parametrize(
    "command",
    [
        "gofmt -l .",
        "trivy fs .",
        "grype dir:.",
        "semgrep scan src",
        "golangci-lint run --issues-exit-code 0",
        "mvn test -fn",
        "make -i test",
        "jest --passWithNoTests",
        r"find . -name '*.sh' -exec shellcheck {} \;",
        "npm run lint --if-present",
    ],
)
def test_a_check_whose_exit_says_nothing_is_masked(command: str) -> None:
    ((_, simple, _),) = checks_in(command)
    assert simple.masks


@pytest.mark.parametrize(
    "command",
    ["trivy fs --exit-code 1 .", "semgrep scan --error", "grype --fail-on high dir:.", "make -k test", "mvn test -B"],
)
def test_a_check_that_fails_with_its_exit_is_not_masked(command: str) -> None:
    ((_, simple, _),) = checks_in(command)
    assert not simple.masks
