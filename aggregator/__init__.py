"""What the facts mean: model, store, sync, network, forecast, attribution."""
