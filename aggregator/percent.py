"""How a probability is written, everywhere the same."""


def percent(probability: float) -> str:
    """Write a probability in whole percent, cut and not rounded.

    Half a percent below a threshold must not read as the threshold itself, and what is not
    certain must read neither as 0 nor as 100 %.
    """
    whole = int(probability * 100 + 1e-9)
    if whole == 0 and probability > 0:
        return "less than 1 %"
    return f"{whole} %"
