"""`python -m congto.interfaces.cli.quote`: the price calculator by itself."""

import sys

from congto.interfaces.cli.quote import main

sys.exit(main())
