"""The shapes of what runs: frozen records that refuse to be built wrong."""

from catalogue.model.app import App
from catalogue.model.checks import Form, Record, WrongValueError, require, unique
from catalogue.model.login import Oidc, Saml
from catalogue.model.route import RateLimit, Redirect, Route
from catalogue.model.secret import Rule, Secret
from catalogue.model.service import Check, Exec, Health, Image, Metrics, Port, Service
from catalogue.model.site import Host, Site
from catalogue.model.storage import Bucket, Database, Volume
from catalogue.model.upgrade import Upgrade

__all__ = [
    "App",
    "Bucket",
    "Check",
    "Database",
    "Exec",
    "Form",
    "Health",
    "Host",
    "Image",
    "Metrics",
    "Oidc",
    "Port",
    "RateLimit",
    "Record",
    "Redirect",
    "Route",
    "Rule",
    "Saml",
    "Secret",
    "Service",
    "Site",
    "Upgrade",
    "Volume",
    "WrongValueError",
    "require",
    "unique",
]
