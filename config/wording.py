"""What the sources say of lists and standings, for the pages: filters, and the shop's own words."""

from config.assemble import table_of
from config.dialects import merged
from config.settings import Settings
from web.settings import Wording


def wording_of(settings: Settings) -> Wording:
    """Rules, filters and labels of all sources; where two name one value, the later one's word."""
    rules: dict[str, None] = {}
    filters: dict[str, None] = {}
    labels: dict[str, dict[str, str]] = {}
    for source in settings.sources:
        standing = table_of(settings, source).get("standing", {})
        rules |= dict.fromkeys(standing.get("rules", ()))
        filters |= dict.fromkeys(standing.get("filters", ()))
        labels = merged(labels, standing.get("labels", {}))
    return Wording(tuple(rules), tuple(filters), labels)
