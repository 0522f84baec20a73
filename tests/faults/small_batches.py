"""`espelho` with batches of 200 records, so that a short run has many moments to be killed in."""

import connector.sync
from config.cli import main

connector.sync._BATCH_RECORDS = 200

if __name__ == "__main__":
    main(prog_name="espelho")
