"""What of authentik a lab needs: blueprints that the worker applies, and the OIDC provider they describe."""
