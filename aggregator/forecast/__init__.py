"""From what teams finished, promised or declared to samples of when milestones finish.

Entry points: ``stream.forecast_stream`` (throughput), ``promise.promise_finish`` (external
milestones), ``declared.declared_days`` (operator's durations), ``reference.reference_class``
(no history of its own), and ``quantiles`` to read the samples.
"""
