"""`python -m declinit`."""

import sys

from declinit.cli import main

sys.exit(main())
