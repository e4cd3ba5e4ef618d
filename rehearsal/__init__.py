"""A scripted year: a made-up market, books that fill every order at once, and the law deciding week after week."""
