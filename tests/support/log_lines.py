"""Lines that programs write, with what must not be kept of them: made up, all of it."""

CANARY = "c4n4ryC4N4RYc4n4ryC4N4RY"
JWT = f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}"
SECRET = (
    f"GET / HTTP/1.1 Authorization: Bearer {CANARY}",
    f"authorization: Basic {CANARY}==",
    f'{{"headers":{{"authorization":"Bearer {CANARY}","accept":"*/*"}}}}',
    f'{{"msg":"{{\\"Authorization\\":\\"Bearer {CANARY}\\"}}"}}',
    f"Authorization:[Bearer {CANARY}] Accept:[*/*]",
    f"Proxy-Authorization: {CANARY}",
    f"asked with bearer {CANARY}, refused",
    f"Cookie: session={CANARY}; other={CANARY}",
    f'Cookie: theme="dark"; session="{CANARY}"',
    f'{{"request":{{"cookie":"a=1; session={CANARY}","host":"x"}}}}',
    f"Set-Cookie: authentik_session={CANARY}; HttpOnly",
    f"GET /callback?code={CANARY}&state={CANARY} HTTP/1.1",
    f"GET /login?next=%2Fcallback%3Fcode%3D{CANARY}",
    f"GET /api?token={CANARY} 200",
    f'"GET /x?a=b&access_token={CANARY}#x" 200',
    f"GET /file?X-Amz-Credential={CANARY}&X-Amz-Signature={CANARY}",
    f"POST /saml SAMLResponse={CANARY}",
    f"refresh_token={CANARY}&grant_type=refresh_token",
    f'{{"client_secret": "{CANARY} {CANARY}", "grant": "code"}}',
    f"{{'password': '{CANARY}', 'user': 'x'}}",
    f'Parameters: {{"user"=>"x", "password"=>"{CANARY}"}}',
    f'level=info password="{CANARY}" user=x',
    f"PGPASSWORD={CANARY} psql",
    f"secretKey: {CANARY}",
    f"X-API-Key: {CANARY}",
    f'config: \\"apiKey\\":\\"{CANARY}\\"',
    f"connects to postgres://outline:{CANARY}@10.0.0.9:5432/outline",
    f"redis://:{CANARY}@redis:6379 is away",
    f"logged in with {JWT}",
    f"token of ak-{CANARY} refreshed",
    "key SCWABCDEFGHIJKLMNOPQ used",
    f"key ol_api_{CANARY} used",
    f"GET /auth/resetPw/{CANARY} 200",
    f"GET /auth/userInvite/{CANARY} 200",
)
HARMLESS = (
    "answered code=500 state=failed",
    "GET /page?id=7&sort=name 200",
    "https://wiki.example.org/doc/a-b-c opened by user@example.org",
    "10.0.0.5:3100: connection refused",
    "3 tokens, 2 passwords and no secrets",
    "/usr/lib/node_modules/cookie-parser/index.js:12",
    '{"DownstreamStatus":200,"RouterName":"outline@file"}',
    "authentication failed for user x",
    "session closed for user root",
)
"""Stays as it is."""


def canaries(line: str) -> list[str]:
    """What of a line must be gone."""
    return [each for each in (CANARY, "SCWABCDEFGHIJKLMNOPQ") if each in line]


LEVELS = (
    ('level=warn ts=2026-11-27T10:00:00Z msg="slow"', "warning"),
    ('{"level":"error","msg":"x"}', "error"),
    ('{"level":"info","msg":"no ERROR found"}', "info"),
    ("2026-11-27 10:00:00 [error] 12#12: *3 connect() failed", "error"),
    ("[Fri Nov 27 10:00:00 2026] [php:warn] [pid 7] x", "warning"),
    ("2026-11-27 10:00:00,123 INFO app: started", "info"),
    ("I, [2026-11-27T10:00:00 #1]  INFO -- : started", "info"),
    ("F, [2026-11-27T10:00:00 #1]  FATAL -- : ended", "crit"),
    ("WARNING: it is old", "warning"),
    ("level=trace x", "debug"),
    ("2026-11-27 10:00:00 UTC [1] CRITICAL: x", "crit"),
    ("Traceback (most recent call last):", ""),
    ("no information, no errors", ""),
)
"""A container's line, and the level that it says of itself."""

ACCESS = (
    (
        '{"ClientHost":"203.0.113.9","DownstreamStatus":200,"RequestPath":"/x","RouterName":"outline@file"}',
        'router="outline", status="2xx"',
    ),
    (
        '{"DownstreamStatus":502,"RouterName":"n8n-closed@file","level":"info"}',
        'router="n8n-closed", status="5xx"',
    ),
    ('{"DownstreamStatus":404,"RequestPath":"/unknown"}', 'status="4xx"'),
    ('{"level":"info","msg":"Configuration loaded from file"}', ""),
)
"""A line of the edge, and its labels beside those of each line."""
