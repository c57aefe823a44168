"""The core bank behind one port: a sandbox on this machine, or a real one over HTTP."""
