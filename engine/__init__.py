"""The engine: a written law and a snapshot in, typed decisions out. Pure: no clock, network or randomness."""
