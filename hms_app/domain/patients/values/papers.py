"""What stands on a patient's card and wristband."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PrintedIdentity:
    """Who somebody is, in words; the codes hold the record number and nothing else."""

    hospital: str
    family_name: str
    given_names: str
    birth_date: str
    sex: str
    mrn: str
