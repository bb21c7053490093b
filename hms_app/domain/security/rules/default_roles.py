"""The roles a hospital starts with; an administrator can change them.

Permissions are named one by one: a new one is nobody's until a line here gives it to somebody.
`tests/security/role_matrix.txt` shows who holds what.
"""

from dataclasses import dataclass
from typing import Final

from hms_app.core.permissions import Permission
from hms_app.domain.security.values import ADMINISTRATOR

P = Permission


@dataclass(frozen=True)
class DefaultRole:
    """A built-in role's permissions at first start."""

    code: str
    name: str
    description: str
    permissions: frozenset[Permission]


_ADMINISTRATION: Final = frozenset(
    {
        P.AUDIT_CHAIN_VERIFY,
        P.AUDIT_ENTRY_EXPORT,
        P.AUDIT_ENTRY_READ,
        P.CATALOGUE_ITEM_EDIT,
        P.CATALOGUE_ITEM_READ,
        P.INTEROP_IMPORT_RUN,
        P.JOBS_JOB_MANAGE,
        P.JOBS_JOB_READ,
        P.ORGANIZATION_DEPARTMENT_EDIT,
        P.ORGANIZATION_DEPARTMENT_READ,
        P.ORGANIZATION_PAYER_EDIT,
        P.ORGANIZATION_PAYER_READ,
        P.ORGANIZATION_PRACTITIONER_EDIT,
        P.ORGANIZATION_PRACTITIONER_READ,
        P.ORGANIZATION_ROOM_EDIT,
        P.ORGANIZATION_ROOM_READ,
        P.ORGANIZATION_SETTINGS_EDIT,
        P.ORGANIZATION_SETTINGS_READ,
        P.SCHEDULING_QUEUE_EDIT,
        P.SCHEDULING_QUEUE_READ,
        P.SCHEDULING_SCHEDULE_EDIT,
        P.SCHEDULING_SCHEDULE_READ,
        P.SCHEDULING_SERVICE_EDIT,
        P.SCHEDULING_SERVICE_READ,
        P.SECURITY_ACCESS_EXPLAIN,
        P.SECURITY_ROLE_ASSIGN,
        P.SECURITY_ROLE_EDIT,
        P.SECURITY_ROLE_READ,
        P.SECURITY_SESSION_REVOKE,
        P.SECURITY_USER_DISABLE,
        P.SECURITY_USER_EDIT,
        P.SECURITY_USER_INVITE,
        P.SECURITY_USER_LINK,
        P.SECURITY_USER_READ,
    }
)
_HOUSE: Final = frozenset(
    {
        P.CATALOGUE_ITEM_READ,
        P.ORGANIZATION_SETTINGS_READ,
        P.ORGANIZATION_DEPARTMENT_READ,
        P.ORGANIZATION_ROOM_READ,
        P.ORGANIZATION_PRACTITIONER_READ,
    }
)
_CHART: Final = frozenset(
    {
        P.CLINICAL_ALLERGY_EDIT,
        P.CLINICAL_ALLERGY_READ,
        P.CLINICAL_CARE_PLAN_READ,
        P.CLINICAL_CONDITION_EDIT,
        P.CLINICAL_CONDITION_READ,
        P.CLINICAL_DEVICE_READ,
        P.CLINICAL_DOCUMENT_EDIT,
        P.CLINICAL_DOCUMENT_READ,
        P.CLINICAL_ENCOUNTER_READ,
        P.CLINICAL_FAMILY_HISTORY_EDIT,
        P.CLINICAL_FAMILY_HISTORY_READ,
        P.CLINICAL_IMMUNIZATION_EDIT,
        P.CLINICAL_IMMUNIZATION_READ,
        P.CLINICAL_MEDICATION_EDIT,
        P.CLINICAL_MEDICATION_READ,
        P.CLINICAL_OBSERVATION_READ,
        P.CLINICAL_PROCEDURE_READ,
        P.CLINICAL_SOCIAL_HISTORY_EDIT,
    }
)
_IDENTITY: Final = frozenset({P.PATIENTS_PATIENT_READ, P.PATIENTS_CONTACT_READ, P.PATIENTS_IDENTIFIER_READ})
_CARE: Final = frozenset({P.PATIENTS_CONSENT_READ, P.PATIENTS_HISTORY_READ})
_DESK: Final = frozenset(
    {
        P.PATIENTS_PATIENT_EDIT,
        P.PATIENTS_PATIENT_REGISTER,
        P.PATIENTS_PATIENT_MERGE,
        P.PATIENTS_CONTACT_EDIT,
        P.PATIENTS_COVERAGE_EDIT,
        P.PATIENTS_IDENTIFIER_EDIT,
        P.PATIENTS_CONSENT_READ,
        P.PATIENTS_CONSENT_EDIT,
    }
)
_PAYING: Final = frozenset({P.PATIENTS_COVERAGE_READ, P.ORGANIZATION_PAYER_READ})
_DISPENSING: Final = frozenset(
    {P.PATIENTS_PATIENT_READ, P.CLINICAL_ALLERGY_READ, P.CLINICAL_MEDICATION_READ, P.CLINICAL_DEVICE_READ}
)
_CALENDAR: Final = frozenset(
    {
        P.SCHEDULING_APPOINTMENT_READ,
        P.SCHEDULING_QUEUE_READ,
        P.SCHEDULING_SCHEDULE_READ,
        P.SCHEDULING_SERVICE_READ,
    }
)
_BOOKING: Final = _CALENDAR | {P.SCHEDULING_APPOINTMENT_BOOK, P.SCHEDULING_APPOINTMENT_CHECK_IN}
_TREATING: Final = _BOOKING | {P.SCHEDULING_QUEUE_WORK, P.SCHEDULING_APPOINTMENT_NO_SHOW}

DEFAULT_ROLES: Final = (
    DefaultRole(
        ADMINISTRATOR, "Administrator", "Users, roles, settings, audit; no clinical content.", _ADMINISTRATION
    ),
    DefaultRole(
        "manager",
        "Manager",
        "Dashboards, reports and the hospital's structure, without clinical notes.",
        _HOUSE
        | _PAYING
        | _CALENDAR
        | {
            P.ORGANIZATION_DEPARTMENT_EDIT,
            P.ORGANIZATION_ROOM_EDIT,
            P.PATIENTS_PATIENT_READ,
            P.PATIENTS_LIST_EXPORT,
            P.SCHEDULING_APPOINTMENT_EXPORT,
            P.SCHEDULING_QUEUE_EDIT,
            P.SCHEDULING_SCHEDULE_EDIT,
            P.SCHEDULING_SERVICE_EDIT,
        },
    ),
    DefaultRole(
        "doctor",
        "Doctor",
        "Own patients and schedule, the clinical record, orders.",
        _HOUSE
        | _IDENTITY
        | _CHART
        | _CARE
        | _TREATING
        | {
            P.PATIENTS_COVERAGE_READ,
            P.PATIENTS_RECORD_EXPORT,
            P.SCHEDULING_APPOINTMENT_OVERRIDE,
            P.SCHEDULING_APPOINTMENT_REOPEN,
            P.SCHEDULING_SCHEDULE_EDIT_OWN,
        },
    ),
    DefaultRole(
        "nurse",
        "Nurse",
        "Vital signs, notes, queue, dispensing on the ward.",
        _HOUSE | _IDENTITY | _CHART | _CARE | _TREATING,
    ),
    DefaultRole(
        "receptionist",
        "Receptionist",
        "Registration, appointments, check-in, portal approvals.",
        _HOUSE
        | _IDENTITY
        | _PAYING
        | _DESK
        | _BOOKING
        | {
            P.SCHEDULING_APPOINTMENT_APPROVE,
            P.SCHEDULING_APPOINTMENT_EXPORT,
            P.SCHEDULING_APPOINTMENT_NO_SHOW,
            P.SCHEDULING_APPOINTMENT_OVERRIDE,
            P.SCHEDULING_QUEUE_WORK,
            P.SCHEDULING_SCHEDULE_EDIT,
        },
    ),
    DefaultRole(
        "cashier",
        "Cashier",
        "Invoices, payments, cash shift; no clinical notes.",
        _HOUSE
        | _PAYING
        | {
            P.PATIENTS_PATIENT_READ,
            P.PATIENTS_CONTACT_READ,
            P.SCHEDULING_APPOINTMENT_READ,
            P.SCHEDULING_SERVICE_READ,
        },
    ),
    DefaultRole(
        "accountant",
        "Accountant",
        "Billing reports, approval of refunds, journal, payers.",
        _HOUSE | _PAYING | {P.PATIENTS_PATIENT_READ, P.PATIENTS_LIST_EXPORT, P.ORGANIZATION_PAYER_EDIT},
    ),
    DefaultRole("storekeeper", "Storekeeper", "Stock, procurement, equipment.", _HOUSE),
    DefaultRole(
        "pharmacist",
        "Pharmacist",
        "Stock and dispensing, with allergies and medications.",
        _HOUSE | _DISPENSING,
    ),
    DefaultRole(
        "privacy_officer",
        "Privacy officer",
        "Audit trail, break-glass review, who looked at which record.",
        frozenset(
            {
                P.AUDIT_ENTRY_READ,
                P.AUDIT_ENTRY_EXPORT,
                P.AUDIT_CHAIN_VERIFY,
                P.PATIENTS_ACCESS_LOG_READ,
                P.PATIENTS_HISTORY_READ,
                P.PATIENTS_PATIENT_READ,
                P.PATIENTS_RECORD_EXPORT,
                P.PATIENTS_RESTRICTED_EDIT,
                P.PATIENTS_RESTRICTED_READ,
                P.SECURITY_USER_READ,
                P.SECURITY_ROLE_READ,
                P.SECURITY_ACCESS_EXPLAIN,
            }
        ),
    ),
    DefaultRole(
        "patient", "Patient", "Own data only, through the portal.", frozenset({P.PORTAL_RECORD_READ})
    ),
)
