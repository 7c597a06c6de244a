"""A pytest plugin that makes the standard library cooperative, as it is where gunicorn serves.

`-p` in pytest's options loads it before all other plugins: what was imported before it would
block all greenlets.
"""

import sys

assert "ssl" not in sys.modules, "gevent must patch the standard library before it is used"

from gevent import monkey  # noqa: E402

monkey.patch_all()
