"""The lab: three throwaway Debian hosts and the managed services they need, on one machine."""
