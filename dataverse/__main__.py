"""How is an environment installed into from a command line?"""

from __future__ import annotations

import sys

from dataverse.provisioning.command import main

if __name__ == "__main__":
    sys.exit(main())
