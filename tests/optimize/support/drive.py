"""Runs a campaign in a process of its own, so that a test can kill it: drive.py CAMPAIGN NOTES ENDS_UNTIL_IT_HANGS."""

import sys
from pathlib import Path

from trying_oracles import NotingOracle

from ionlink.optimize import LocalExecutor, run_campaign

if __name__ == "__main__":
    campaign, notes, ends = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    oracle = NotingOracle(replicates=3, refused_cations=("Ti4+",), notes=notes, ends_until_it_hangs=ends)
    run_campaign(campaign, oracle, LocalExecutor(2))
