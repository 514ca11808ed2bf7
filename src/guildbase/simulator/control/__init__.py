"""The control plane under /_sim: everything a script can do, for other processes, as JSON over HTTP."""
