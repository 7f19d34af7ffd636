"""Who works where: people joined over trackers, their allocations, and what streams can carry."""
