"""Every permission in the house, with the sentence an administrator reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

PUBLIC: Final = "public"
"""Anybody, signed in or not."""
SIGNED_IN: Final = "signed-in"
"""Anybody with a live, unlocked session; for what concerns only themselves."""


class Permission(StrEnum):
    """`<domain>:<subject>:<action>`; the sentence says what its holder can do."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> "Permission":  # noqa: D102
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    AUDIT_CHAIN_VERIFY = "audit:chain:verify", "Check that the audit trail is whole."
    AUDIT_ENTRY_EXPORT = "audit:entry:export", "Download the audit trail."
    AUDIT_ENTRY_READ = "audit:entry:read", "Read the audit trail."
    CATALOGUE_ITEM_EDIT = "catalogue:item:edit", "Add, change and close what can be booked, ordered and sold."
    CATALOGUE_ITEM_READ = "catalogue:item:read", "See what can be booked, ordered and sold."
    CLINICAL_ALLERGY_EDIT = "clinical:allergy:edit", "Record, correct and end allergies."
    CLINICAL_ALLERGY_READ = "clinical:allergy:read", "See allergies."
    CLINICAL_CARE_PLAN_READ = "clinical:care_plan:read", "See care plans."
    CLINICAL_CONDITION_EDIT = "clinical:condition:edit", "Record, correct and resolve conditions."
    CLINICAL_CONDITION_READ = "clinical:condition:read", "See conditions and diagnoses."
    CLINICAL_DEVICE_READ = "clinical:device:read", "See implanted and used devices and supplies."
    CLINICAL_DOCUMENT_EDIT = "clinical:document:edit", "Add documents, and mark them as entered in error."
    CLINICAL_DOCUMENT_READ = "clinical:document:read", "See and download documents."
    CLINICAL_ENCOUNTER_READ = "clinical:encounter:read", "See visits and stays."
    CLINICAL_FAMILY_HISTORY_EDIT = "clinical:family_history:edit", "Record and correct family history."
    CLINICAL_FAMILY_HISTORY_READ = "clinical:family_history:read", "See family history."
    CLINICAL_IMMUNIZATION_EDIT = "clinical:immunization:edit", "Record and correct immunizations."
    CLINICAL_IMMUNIZATION_READ = "clinical:immunization:read", "See immunizations."
    CLINICAL_MEDICATION_EDIT = "clinical:medication:edit", "Record, correct and end medications."
    CLINICAL_MEDICATION_READ = "clinical:medication:read", "See medications."
    CLINICAL_OBSERVATION_READ = "clinical:observation:read", "See vital signs and results."
    CLINICAL_PROCEDURE_READ = "clinical:procedure:read", "See procedures and imaging."
    CLINICAL_SOCIAL_HISTORY_EDIT = "clinical:social_history:edit", "Record and correct social history."
    INTEROP_IMPORT_RUN = "interop:import:run", "Read patient files into the hospital."
    JOBS_JOB_MANAGE = "jobs:job:manage", "Have failed work of the hospital tried again."
    JOBS_JOB_READ = "jobs:job:read", "See the hospital's work in the background: what waits, runs and failed."
    ORGANIZATION_DEPARTMENT_EDIT = "organization:department:edit", "Add and change departments."
    ORGANIZATION_DEPARTMENT_READ = "organization:department:read", "See departments."
    ORGANIZATION_PAYER_EDIT = "organization:payer:edit", "Add and change payers."
    ORGANIZATION_PAYER_READ = "organization:payer:read", "See payers."
    ORGANIZATION_PRACTITIONER_EDIT = "organization:practitioner:edit", "Add and change practitioners."
    ORGANIZATION_PRACTITIONER_READ = "organization:practitioner:read", "See practitioners."
    ORGANIZATION_ROOM_EDIT = "organization:room:edit", "Add and change rooms."
    ORGANIZATION_ROOM_READ = "organization:room:read", "See rooms."
    ORGANIZATION_SETTINGS_EDIT = "organization:settings:edit", "Change the hospital's settings."
    ORGANIZATION_SETTINGS_READ = "organization:settings:read", "See the hospital's settings."
    PATIENTS_ACCESS_LOG_READ = "patients:access_log:read", "See who looked at a patient's record."
    PATIENTS_CONSENT_EDIT = "patients:consent:edit", "Record and withdraw patients' consents."
    PATIENTS_CONSENT_READ = "patients:consent:read", "See patients' consents."
    PATIENTS_CONTACT_EDIT = (
        "patients:contact:edit",
        "Add and correct patients' addresses, phones and contacts.",
    )
    PATIENTS_CONTACT_READ = "patients:contact:read", "See patients' addresses, phones and contacts."
    PATIENTS_COVERAGE_EDIT = "patients:coverage:edit", "Add and correct patients' insurance coverage."
    PATIENTS_COVERAGE_READ = "patients:coverage:read", "See patients' insurance coverage."
    PATIENTS_HISTORY_READ = "patients:history:read", "See every change of a patient's record."
    PATIENTS_IDENTIFIER_EDIT = "patients:identifier:edit", "Add and correct patients' further identifiers."
    PATIENTS_IDENTIFIER_READ = "patients:identifier:read", "See patients' further identifiers."
    PATIENTS_LIST_EXPORT = "patients:list:export", "Download lists of patients."
    PATIENTS_PATIENT_EDIT = (
        "patients:patient:edit",
        "Correct who patients are, and whether they are alive and active.",
    )
    PATIENTS_PATIENT_MERGE = (
        "patients:patient:merge",
        "Look through likely duplicates, merge two records into one, and undo it.",
    )
    PATIENTS_PATIENT_READ = "patients:patient:read", "Find patients and see who they are."
    PATIENTS_PATIENT_REGISTER = "patients:patient:register", "Register patients."
    PATIENTS_RECORD_EXPORT = "patients:record:export", "Download a patient's whole record."
    PATIENTS_RESTRICTED_EDIT = "patients:restricted:edit", "Restrict a record, or open it again."
    PATIENTS_RESTRICTED_READ = "patients:restricted:read", "See restricted (staff and VIP) records."
    PORTAL_RECORD_READ = "portal:record:read", "See one's own record."
    SCHEDULING_APPOINTMENT_APPROVE = (
        "scheduling:appointment:approve",
        "Approve and decline bookings that wait for it.",
    )
    SCHEDULING_APPOINTMENT_BOOK = "scheduling:appointment:book", "Book, move and cancel appointments."
    SCHEDULING_APPOINTMENT_CHECK_IN = (
        "scheduling:appointment:check_in",
        "Check patients in, give out numbers to walk-ins, and undo it.",
    )
    SCHEDULING_APPOINTMENT_EXPORT = "scheduling:appointment:export", "Download lists of appointments."
    SCHEDULING_APPOINTMENT_NO_SHOW = (
        "scheduling:appointment:no_show",
        "Say that a patient did not come, and undo it.",
    )
    SCHEDULING_APPOINTMENT_OVERRIDE = (
        "scheduling:appointment:override",
        "Book a practitioner or room that is taken or off, with a reason.",
    )
    SCHEDULING_APPOINTMENT_READ = "scheduling:appointment:read", "See appointments and whose time is free."
    SCHEDULING_APPOINTMENT_REOPEN = (
        "scheduling:appointment:reopen",
        "Reopen a consultation that was finished.",
    )
    SCHEDULING_QUEUE_EDIT = "scheduling:queue:edit", "Add and change queues."
    SCHEDULING_QUEUE_READ = "scheduling:queue:read", "See who waits, and how long."
    SCHEDULING_QUEUE_WORK = "scheduling:queue:work", "Call patients, and say where in the queue they are."
    SCHEDULING_SCHEDULE_EDIT = "scheduling:schedule:edit", "Change anybody's schedule, leave and closures."
    SCHEDULING_SCHEDULE_EDIT_OWN = "scheduling:schedule:edit_own", "Change one's own schedule and leave."
    SCHEDULING_SCHEDULE_READ = "scheduling:schedule:read", "See schedules, leave and closures."
    SCHEDULING_SERVICE_EDIT = "scheduling:service:edit", "Add and change what can be booked, and equipment."
    SCHEDULING_SERVICE_READ = "scheduling:service:read", "See what can be booked."
    SECURITY_ACCESS_EXPLAIN = "security:access:explain", "Ask why a person can or cannot do something."
    SECURITY_ROLE_ASSIGN = "security:role:assign", "Give roles to users and take them away."
    SECURITY_ROLE_EDIT = "security:role:edit", "Make roles and change what they allow."
    SECURITY_ROLE_READ = "security:role:read", "See roles and what they allow."
    SECURITY_SESSION_REVOKE = "security:session:revoke", "End other people's sessions."
    SECURITY_USER_DISABLE = "security:user:disable", "Disable and enable users."
    SECURITY_USER_EDIT = "security:user:edit", "Change users' names and addresses."
    SECURITY_USER_INVITE = "security:user:invite", "Invite users."
    SECURITY_USER_LINK = (
        "security:user:link",
        "Let sign-ins open a patient's own record, or close it to them.",
    )
    SECURITY_USER_READ = "security:user:read", "See users."


Guard = Permission | str
"""A permission, or one of the markers PUBLIC and SIGNED_IN."""


@dataclass(frozen=True, init=False)
class AnyOf:
    """Whoever holds one of these permissions may."""

    permissions: tuple[Permission, ...]

    def __init__(self, *permissions: Permission) -> None:
        object.__setattr__(self, "permissions", permissions)


@dataclass(frozen=True)
class Depends:
    """What is wanted stands in an argument: each of its values has a right of its own, and any other value has none."""

    argument: str
    wants: Mapping[Any, Permission | AnyOf]


@dataclass(frozen=True)
class OrOwn:
    """For parts of a patient's record: whoever passes `guard` may, and everybody may see the own record.

    Whose record it is says the argument `patient_id`; a use case without it asks once it has read whose row it is.
    """

    guard: Permission | AnyOf | Depends


Right = Guard | AnyOf | Depends | OrOwn
"""What a use case may want; handlers, pages and routes want a plain `Guard`."""
