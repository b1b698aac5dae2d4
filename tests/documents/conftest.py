from __future__ import annotations

import pytest
import yaml

from declinit.documents import yaml_events

PARSERS = {"python": yaml.SafeLoader}
if hasattr(yaml, "CSafeLoader"):
    PARSERS["c"] = yaml.CSafeLoader


@pytest.fixture(params=sorted(PARSERS), scope="module", autouse=True)
def yaml_parser(request):
    """Every test runs on both of PyYAML's parsers: they must agree to the letter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_events, "LOADER", PARSERS[request.param])
        yield request.param
