"""The shapes of what runs: frozen records that refuse to be built wrong."""

from catalogue.model.app import App
from catalogue.model.checks import Form, Record, WrongValueError, require, unique
from catalogue.model.commands import Check, Exec, FirstAdmin
from catalogue.model.forms import APEX, Endpoint, FilePath, Line, NotNegative, PortNumber, Positive
from catalogue.model.login import Claim, Oidc, Saml
from catalogue.model.mistakes import DEBUG, told
from catalogue.model.network import Reach
from catalogue.model.people import CI, ROOT, People, Person, PublicKey, check_people, people
from catalogue.model.route import RateLimit, Redirect, Route
from catalogue.model.runtime import Ulimit
from catalogue.model.secret import Rule, Secret
from catalogue.model.service import Health, Image, Metrics, Port, Service
from catalogue.model.site import Host, Site
from catalogue.model.storage import DUMPS, Bucket, Database, Sidecar, Volume
from catalogue.model.upgrade import Upgrade

__all__ = [
    "APEX",
    "CI",
    "DEBUG",
    "DUMPS",
    "ROOT",
    "App",
    "Bucket",
    "Check",
    "Claim",
    "Database",
    "Endpoint",
    "Exec",
    "FilePath",
    "FirstAdmin",
    "Form",
    "Health",
    "Host",
    "Image",
    "Line",
    "Metrics",
    "NotNegative",
    "Oidc",
    "People",
    "Person",
    "Port",
    "PortNumber",
    "Positive",
    "PublicKey",
    "RateLimit",
    "Reach",
    "Record",
    "Redirect",
    "Route",
    "Rule",
    "Saml",
    "Secret",
    "Service",
    "Sidecar",
    "Site",
    "Ulimit",
    "Upgrade",
    "Volume",
    "WrongValueError",
    "check_people",
    "people",
    "require",
    "told",
    "unique",
]
