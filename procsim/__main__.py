"""``python -m procsim``."""

import sys

from procsim.cli import main

if __name__ == "__main__":
    sys.exit(main())
