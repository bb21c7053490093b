"""Pure decisions about files: what a content is, and what a file may be called."""

from hms_app.domain.files.rules.contents import type_of_content
from hms_app.domain.files.rules.imported import is_harmless_name, text_encoding
from hms_app.domain.files.rules.names import clean_name

__all__ = ["clean_name", "is_harmless_name", "text_encoding", "type_of_content"]
