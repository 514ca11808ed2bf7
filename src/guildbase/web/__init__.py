"""Builds the dashboard's files; the package carries them ready made.

Plain Python without a dependency, since the build of the package runs it where nothing else is installed.
"""
