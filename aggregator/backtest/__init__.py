"""Back-testing: what would have been forecast on past days, scored against what happened.

Entry points: ``replaying.replay`` (the finished milestones of a store, forecast as of their
checkpoints), ``scoring.scores`` (any forecasts against outcomes), ``result`` (the JSON).
"""
