"""Words that tell a person's name from other words: common given names, names of tools, titles, words around names."""

from __future__ import annotations

from typing import Final

GIVEN_NAMES: Final = frozenset(
    """
    aaron abdul abigail adam adrian agnes ahmad ahmed aisha alan albert alejandro alessandro alex alexander alexandra
    alexandre alexei alexis alfred ali alice alicia alison allison alyssa amanda amelia amir amit amy ana anastasia anders
    andre andrea andreas andrei andrew andy angela angelina anil anita anja ankit ann anna anne annette annie anthony anton
    antonia antonio anurag arjun arnold arthur arun ashley ashok astrid audrey ayesha barbara beatrice beatriz ben
    benedict benjamin bernard bernd beth betty bianca birgit bjorn bob bogdan boris brad brandon brenda brent brett brian bridget
    britta bruno bryan caitlin caitlyn cameron camila camille carina carl carla carlo carlos carmen carol carolina caroline
    catherine cathy cecilia celine chandra charles charlotte chen chiara chris christian christina christine christoph
    christopher cindy claire clara claudia clemens colin connor cora cormac cornelia craig cristina cynthia daisuke dale damian dan
    daniel daniela danielle danny daria darren dave david deborah deepak destiny denis denise dennis derek dexter diana diane diego dieter
    dimitri dirk dmitri dmitry dominic dominik donald donna doris dorothy doug douglas duncan dylan eduardo edward edwin
    eileen elena eleanor eli elias elisabeth elizabeth ella ellen elsa emil emilia emily emma emmanuel enrique eric erica erich
    erik erika erin ernest ernst esther ethan eugene eva evan evelyn fatima federico felipe felix fernando fiona florian
    frances francesca francesco francis francisco frank franz fred frederic frederick friedrich gabriel gabriela gareth gary
    gavin geoff george georg gerald gerard gerhard giulia giovanni giuseppe gladys glenn gloria gordon graham greg gregory
    greta guido guillaume gustav hana hannah hans harald harold harry harvey hasan hassan heather heidi heike heinrich helen
    helena helga helmut henri henrik henry herbert hiroshi holly howard hugh hugo hussein ian ibrahim ines ingrid irene irina
    iris isaac isabel isabella isabelle ivan jack jackson jacob jacques jake jakob james jamie jan jana jane janet janice
    jason javier jean jeff jeffrey jen jenna jennifer jenny jens jeremy jerome jerry jesse jessica jill jim jimmy jing joan
    joanna joel joerg johan johann johannes john johnny jon jonas jonathan jorge jose joseph josh joshua joy joyce juan
    judith judy julia julian juliana julie juliette jun jurgen justin kai karen karin karina karl karsten kate katherine
    kathleen kathryn kathy katie katja katrin kavita keith kelly ken kenji kenneth kenta kevin khalid kim kimberly kirsten
    klaus konrad kristen kristian kristin kristina krzysztof kumar kurt kyle lakshmi lars laura lauren laurent lee lena leo
    leon leonard leonardo leonie leslie li liam lidia lily lina linda lisa liu logan lorenzo louis louise luca lucas lucia
    lucy luigi luis luisa luka lukas luke lydia maarten madison magdalena magnus mahmoud malcolm manfred manuel marc marcel
    marcia marco marcos marcus margaret margarita maria marie marina mario marion marissa mariya marjorie mark markus marta
    martha martin martina mary mateo mathias mathieu matt matteo matthew matthias maureen maurice max maxim maximilian maya
    megan mehmet mei melanie melissa mia michael michaela michal michel michelle miguel mikael mikhail mila milan miles ming
    miranda miriam mirjam mohamed mohammad mohammed moira molly monica monika morgan muhammad mustafa nadia nadine nancy naomi natasja
    natalia natalie natasha nathan nathaniel neha neil nicholas nick nicola nicolas nicole niels nikhil nikita nikolai
    nikolaus nina noah noel nora norbert norman olga oliver olivia olivier omar oscar oskar otto owen pablo paige pamela paola
    paolo patricia patrick paul paula paulina pauline paulo pavel pedro peggy penelope peter petra phil philip philipp philippe phillip
    pierre piotr pooja priya rachel rafael rahul raj rajesh ralf ralph ramesh raphael raquel ravi ray raymond rebecca regina
    reinhard rene ricardo richard rick rita rob robert roberta roberto robin rodrigo roger rohit roland rolf roman ron ronald
    rosa rosemary ross roy ruben rudolf rui rupert russell ruth ryan sabine sally salma sam samantha samir samuel sandeep
    sandra sanjay santiago sara sarah sasha satoshi scott sean sebastian serena sergei sergey sergio shannon sharon shane
    sheila shirley shreya sigrid silvia simon simone sofia sonia sonja sophia sophie stacey stanley stefan stefanie stella
    stephan stephane stephanie stephen steve steven stuart sunil suresh susan susanne suzanne sven svetlana sylvia takashi
    takeshi tamara tanja tanya tara tatiana ted teresa terry theo theodore theresa thomas thelma thorsten tiffany tristan tim timothy tina
    tobias todd tom tomas tommy tony tracy travis trevor tyler ulrich ulrike ursula uwe vadim valentina valerie vanessa vera
    veronica veronika vicky victor victoria vijay vikram viktor vincent virginia vivian vladimir walter wang wanda warren
    wayne wei wendy werner wilhelm william wolfgang xavier xin yan yasmin yuki yuri yusuf yvonne zachary zhang zoe zsofia
    """.split()
)
"""Common given names of several languages, in lower case without accents. A small list on purpose: it lends weight to
what a sentence already suggests, and is no register of names."""

AMBIGUOUS_GIVEN_NAMES: Final = frozenset(
    "alexis chen dale dan grant iris joy jun kai kim lee li lily liu mark max may ming robin rob rose ross ray roman roy sally "
    "sam sasha sean stella ted terry wang wei will xin yan zhang jack jan jean jen leo noel paris ruby swift theo kumar "
    "jenna chandra morgan travis warren avery hope faith sky art bill bob miles frank felix maven gradle jasmine hugo kelly "
    "harvey logan jackson milan maya madison nova regina victoria virginia "
    "jordan".split()
)
"""Given names that are also ordinary words, tools or places: alone they need another sign of a person."""

NOT_NAMES: Final = frozenset(
    """
    ada airflow alacritty algolia alpine amazon amp angular ansible anthropic apache apollo apple april arch argo asana astro
    atlassian atom august aurora auth authentik aws azure babel bash bazel bedrock bitbucket bitwarden bloom boto brave buf bun
    caddy calico cargo cassandra celery ceph chai chakra chrome chromium cilium circleci claude clerk clickhouse clippy
    cloudflare cloudfront cmake cobra cocoa codex cody cohere confluence consul copilot corepack cucumber cursor cypress
    cython dagger dagster dart dask databricks datadog debian december deepseek deno devin dexie discord discourse django
    docker docusaurus dolt doppler drizzle dropbox drupal duckdb dynamo eclipse edge elastic elasticsearch electron elixir elm
    ember emacs envoy erlang esbuild eslint etcd ethereum excel expo express facebook falcon fastapi fastify february fedora
    figma firebase firefox fish flake flask flink flutter flux fluxcd fortran friday gatsby gemini gerrit ghostty git gitea
    github gitlab gnome go godot goland golang google gopher gpt gradio gradle grafana grok grpc gulp hadoop hapi harbor
    hasura haskell haiku helm heroku hetzner hibernate homebrew honeycomb huggingface husky hydra iceberg immer infisical
    ingress insomnia instagram istio ivy jaeger jakarta january jasmine java javascript jenkins jest jetbrains jinja jira jotai
    jquery js json jules julia july june jupyter kafka kaniko keycloak keras kibana kitty knative kotlin kubernetes kustomize
    lambda langchain laravel lerna less lighthouse lima linear linkedin linode linux litestream llama lodash logstash looker
    lua macos magento make mako mantine march markdown matplotlib maven mcp memcached mercurial mermaid meta micrometer
    microsoft minikube mistral mocha mongo mongodb monday mongoose mozilla mypy mysql neovim neo4j netlify next nextjs nginx
    nim nix node nomad november npm numpy nushell nuxt oauth objective ocaml october octokit ollama opus openai openapi
    openshift opentelemetry oracle pandas parcel perl perplexity phoenix photoshop php pinia pip pixi plaid playwright
    podman poetry polars portainer postgres postgresql postman powershell prettier prisma prometheus protobuf puma pulumi
    puppet puppeteer pydantic pylint pyright pytest python pytorch quarkus qwen rabbitmq rails rancher rascal react redis
    redux redshift remix renovate replit retool rocket rollup rook rsync ruby ruff rust rustup safari saltstack sanity
    saturday scala scikit scipy selenium sentinel sentry september sequelize serde shopify sidekiq signal sigstore slack
    snowflake solid solidity solr sonar sonarqube sonnet spark sphinx spotify spring sqlite stripe sublime sunday supabase
    superset svelte swagger swift symfony synapse tailscale tailwind tanstack tauri telegram tempo temporal terraform
    thursday tilt tmux tokio traefik travis trino tuesday turbo turborepo twilio twitter typescript ubuntu unix unity vault
    vagrant vercel vim vite vitest vitess vue vscode warp webpack wednesday whatsapp wikipedia windows windsurf wordpress
    wsl xcode xterm yarn youtube zed zig zod zookeeper zoom zsh zustand
    english french german spanish italian chinese japanese korean russian american british european london paris berlin
    america europe germany france china india japan kafkaesque latin unicode ascii greek
    bug bugs cli api sdk ide ui ux pr prs issue fix todo fixme note notes warning error info debug trace step phase task plan
    option example summary overview result results details usage input output file files user admin root agent assistant
    human system tool model session transcript commit branch merge rebase checkpoint repo repository skill skills
    """.split()
)
"""Tools, products, languages, months, places and words of the trade that a model takes for persons, in lower case."""

TRADE: Final = frozenset(
    """
    app applet plugin refactor config dependabot codecov serialize serializer deserialize async sync init linter lint workflow
    changelog readme boolean dockerfile makefile timestamp frontend backend middleware runtime namespace payload endpoint
    localhost webhook schema enum tuple regex dedupe dedup renderer hotfix rollback rollout subagent worktree submodule
    monorepo checkout rebase upstream downstream signup login logout onboarding telemetry warmup teardown setup fallback
    autocomplete tokenizer tokenize parser iterator mutex goroutine struct codebase toolchain tooltip dropdown sidebar navbar
    hyperlink permalink keychain clipboard codespace devcontainer env stdout stderr stdin shebang subprocess daemon cron
    unstage restage unset uninstall reinstall preprocess postprocess prefetch precompute unmarshal marshal validator verifier
    orchestrator scheduler tracer profiler benchmark emoji spinner popup modal breadcrumb changeset screenshot
    """.split()
)
"""Ordinary words of the trade that a dictionary of English does not hold."""

TITLES: Final = (
    "mr mrs ms miss mx dr prof professor sir madam herr frau mme monsieur madame señor señora sr sra".split()
)

CALLS: Final = (
    "hi hey hello dear thanks thank cheers thx ping regards sincerely greetings hallo liebe lieber bonjour".split()
)
"""Words of address before a name."""

NAMING: Final = (
    "name is", "name's", "name\u2019s", "name?",
    "i'm", "i\u2019m", "calls me", "call me", "named him", "named her", "'s name",
)  # fmt: skip
"""What stands right before a name that is told."""

TELLING: Final = (
    "ask asked tell told met email emailed message messaged invite invited remind reminded said says replied starring "
    "paging speak\\s(?:to|with) talk(?:ed)?\\s(?:to|with) spoke\\s(?:to|with) (?:written|sung|directed|reported|requested|suggested|"
    "approved|reviewed|arranged|signed)\\s(?:off\\s)?by"
).split()

RELATIONS: Final = (
    "colleague coworker boss manager teammate friend brother sister mother father mom dad son daughter wife husband partner "
    "intern reviewer customer client patient nurse doctor engineer developer designer lead mentor president chairman senator "
    "captain judge author attorney founder director ceo cto cfo".split()
)

ACTS: Final = (
    "said says told asked asks wrote writes thinks thought suggested mentioned mentions replied wants wanted prefers "
    "preferred reported noted noticed requested approved reviewed confirmed complained agreed disagreed explained argued lives lived "
    "works worked was\\s+born spent married died joined left moved speaks grew".split()
)
"""What persons do, right after their name."""

NOBODY: Final = frozenset(
    "john doe|jane doe|joe bloggs|john smith|jane smith|alice|bob|carol|eve|mallory|trent|alice smith|bob smith|foo bar|joe user|max mustermann".split(
        "|"
    )
)
"""Names that stand for nobody in examples."""
