"""What may be refused about merging, as sentences."""

from hms_app.core.errors import DomainError, refused_by


class MergeRefused(DomainError):
    """Two records that cannot be merged, or parted again, as they are."""


refused_by("ck_patient_merged_into_open", "The other record was merged or closed meanwhile. Open it again.")
refused_by("uq_patient_merge_standing", "This record was merged meanwhile. Open it again.")
