"""What of authentik a lab needs: blueprints that the worker applies, and the OIDC provider they describe.

Seen in a run of the backend of 2026.8.0-rc1, and read in goauthentik/authentik version/2026.2.2,
authentik/blueprints/v1/importer.py, authentik/blueprints/v1/tasks.py (what is applied, when),
authentik/providers/saml/api/providers.py (what is refused), authentik/policies/reputation/signals.py,
authentik/flows/views/executor.py (logins) and internal/outpost/proxyv2/application/auth.go (the outpost).
"""
