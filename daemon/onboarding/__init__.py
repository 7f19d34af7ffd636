"""How a first configuration comes about: ask, explore, propose, write."""
