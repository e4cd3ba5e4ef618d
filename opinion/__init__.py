"""The second opinion in a process of its own: a crash there is a missing opinion here, and nothing more."""
