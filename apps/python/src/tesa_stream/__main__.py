"""``python -m tesa_stream``."""

from tesa_stream.app import main

raise SystemExit(main())
