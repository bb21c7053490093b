"""What may be refused about the catalogue, as sentences."""

from hms_app.core.errors import refused_by

refused_by("uq_catalogue_item_code", "Another item has this code.", field="code")
