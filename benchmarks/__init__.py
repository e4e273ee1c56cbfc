"""Speed and memory as ratios against a peer or a limit of the machine, in one run."""
