"""Reading records: the banner, the overview, the timeline, vital signs."""

from hms_app.domain.clinical.queries.admissions import admitted_patients
from hms_app.domain.clinical.queries.checks import CHECKS
from hms_app.domain.clinical.queries.documents import get_document, list_documents, open_document
from hms_app.domain.clinical.queries.history import get_entry, list_history
from hms_app.domain.clinical.queries.narrowing import get_condition_name, seen_by, seen_in, with_condition
from hms_app.domain.clinical.queries.overview import get_overview, get_patient_banner
from hms_app.domain.clinical.queries.timeline import list_timeline, permitted_kinds, timeline_counts
from hms_app.domain.clinical.queries.visits import get_visit, list_visits, recent_visits
from hms_app.domain.clinical.queries.vital_signs import list_vital_sign_series
from hms_app.domain.clinical.queries.vocabulary import search_terms

__all__ = [
    "CHECKS",
    "admitted_patients",
    "get_condition_name",
    "get_document",
    "get_entry",
    "get_overview",
    "get_patient_banner",
    "get_visit",
    "list_documents",
    "list_history",
    "list_timeline",
    "list_visits",
    "list_vital_sign_series",
    "open_document",
    "permitted_kinds",
    "recent_visits",
    "search_terms",
    "seen_by",
    "seen_in",
    "timeline_counts",
    "with_condition",
]
