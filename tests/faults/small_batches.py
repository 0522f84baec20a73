"""`espelho` with batches of 200 records and lots of 300, records read by a process beside.

So that a short run has many moments to be killed in.
"""

import connector.page_reader
import connector.sync
import mirror.writing.indexes
from config.cli import main

connector.sync._BATCH_RECORDS = 200
connector.page_reader._WORTH = 0
mirror.writing.indexes._KEYED_AT_ONCE = 300

if __name__ == "__main__":
    main(prog_name="espelho")
