"""What needs processes or servers of this machine: command lines, scripts, a store on the loopback."""
