"""What Zabbix keeps in its database: what is there, what is wanted, and the calls that lead there."""

from tasks.zabbix.operation import ask, converge, look, question
from tasks.zabbix.state import Found, silent, told, unlike
from tasks.zabbix.wanted import reporting, wanted

__all__ = ["Found", "ask", "converge", "look", "question", "reporting", "silent", "told", "unlike", "wanted"]
