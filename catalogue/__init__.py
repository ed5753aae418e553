"""What runs: every app of the organisation, in the order in which a host is deployed."""

from catalogue.agents import AGENTS
from catalogue.identity import IDENTITY
from catalogue.management import MANAGEMENT
from catalogue.tools import TOOLS
from catalogue.views import validated

APPS = validated((*AGENTS, *IDENTITY, *MANAGEMENT, *TOOLS))
