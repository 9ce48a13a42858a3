"""One file a capability: what the handlers, the simulator and the command line call."""
