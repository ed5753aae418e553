from catalogue.model import (
    App,
    Bucket,
    Database,
    FirstAdmin,
    Health,
    Image,
    Oidc,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)
from catalogue.shared import redis, redis_exporter

# The organisation's own: the project's image is a new application, made while it is built (decidim/docker
# 8d30d96, Dockerfile). It has no S3 client and no OIDC, and cannot be upgraded in place.
# Built from a repository with a committed Gemfile.lock and db/migrate, it has
# - the gems aws-sdk-s3 and omniauth_openid_connect, and an initializer that reads OIDC_*;
# - `force_path_style: true` in config/storage.yml, the route /up, every queue in config/sidekiq.yml;
# - in an initializer, `content_security_policies_extra` with the host of AWS_ENDPOINT for `img-src`,
#   `media-src` and `connect-src`: else browsers show no picture from the bucket, and upload none to it;
# - among `smtp_settings`, `tls: Decidim::Env.new("SMTP_TLS").present?`, and no `openssl_verify_mode`:
#   applications copy `none` from each other (decidim/metadecidim 05fe096, config/environments/production.rb),
#   and so send mail and its password to whoever answers;
# - config/database.yml as it is generated, or one that takes DATABASE_URL alone; `system_accesslist_ips` as
#   it is by itself, from DECIDIM_SYSTEM_ACCESSLIST_IPS (decidim/decidim v0.31.2,
#   decidim-core/lib/decidim/core.rb);
# - user 1000, the program in /app, curl, tzdata and supercronic, and `bundle exec rails s -b 0.0.0.0` to run.
DECIDIM = Image(repository="ghcr.io/example-org/decidim", tag="0.31.4")
ADMIN = """word = $stdin.gets.chomp
Decidim::System::Admin.create!(email: ARGV[0], password: word, password_confirmation: word)"""
SCRATCH = ("/tmp", "/app/tmp:uid=1000,gid=1000", "/app/log:uid=1000,gid=1000")

APP = App(
    name="decidim",
    purpose="Debates proposals and votes on them.",
    group="tools",
    upgrade=Upgrade(step="minor", one_way=True),
    services=(
        Service(
            name="decidim",
            image=DECIDIM,
            # Without the header it answers with a redirect to HTTPS, whatever its state (`force_ssl`).
            health=Health(
                command=(
                    *("curl", "-fsS", "-o", "/dev/null", "-H", "X-Forwarded-Proto: https"),
                    "http://127.0.0.1:3000/up",
                ),
                start_seconds=120,
            ),
            memory_mb=1536,
            user="1000:1000",
            tmpfs=SCRATCH,
            stop_seconds=30,
        ),
        Service(
            name="sidekiq",
            image=DECIDIM,
            health=Health(command=("grep", "-q", "sidekiq", "/proc/1/cmdline"), start_seconds=60),
            memory_mb=1024,
            user="1000:1000",
            tmpfs=SCRATCH,
            # It gives its jobs 25 s to end (sidekiq/sidekiq 02153c1736, lib/sidekiq/config.rb).
            stop_seconds=40,
        ),
        Service(
            name="cron",
            image=DECIDIM,
            health=Health(command=("grep", "-q", "supercronic", "/proc/1/cmdline"), start_seconds=30),
            memory_mb=1024,
            user="1000:1000",
            tmpfs=SCRATCH,
        ),
        Service(
            name="migrate", image=DECIDIM, one_shot=True, memory_mb=1024, user="1000:1000", tmpfs=SCRATCH
        ),
        redis(),
        redis_exporter(9123),
    ),
    routes=(
        Route(
            host="voting",
            domain="public",
            service="decidim",
            port=3000,
            # Names of files.
            encoded="#",
            login_path="/users/auth/openid_connect",
            login_page="/users/sign_in",
        ),
    ),
    database=Database(extensions=("ltree", "pg_trgm")),
    bucket=Bucket(browser_uploads=True),
    mail=True,
    oidc=Oidc(callback="/users/auth/openid_connect/callback"),
    secrets=(Secret(name="SECRET_KEY_BASE", rule=Rule(kind="hex", size=64)),),
    volumes=(Volume(name="redis", owner="999:999", backup=False),),
    ready_seconds=300,
    first_admin=FirstAdmin(
        service="decidim", command=("bundle", "exec", "rails", "runner", ADMIN), asks=("MAIL",), password=True
    ),
)
