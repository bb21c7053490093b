"""A clinic in the running demo hospital: doctors, a service and hours on every day, put into its database."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.config import Settings
from hms_app.core.actor import Actor
from hms_app.domain.organization.queries import hospital_locale
from hms_app.domain.organization.tables import Department
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.values.booking import BookingInput, ConflictKind
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.runtime.database import open_database
from tests.factories.booking import put_service
from tests.factories.organization import make_practitioner
from tests.factories.scheduling import put_schedule
from tests.journeys.conftest import Hospital

HOURS = tuple(f"{weekday} 08:00-17:00" for weekday in range(1, 8))


@dataclass(frozen=True)
class Clinic:
    """What a journey needs to know: the service's name, two doctors, a day on which both are there, a patient."""

    service: str
    service_id: int
    doctors: tuple[str, str]
    doctor_ids: tuple[int, int]
    day: dt.date
    patient_id: int
    patient: str
    hospital: Hospital

    def column(self, place: int) -> str:
        """How the browser names a doctor's column."""
        return f"{self.doctor_ids[place]}_{self.day.isoformat()}"

    def book(self, time: str, *, doctor: int = 0, patient_id: int | None = None) -> int:
        """Somebody else books the first patient, or another one."""
        with _opened(self.hospital) as session:
            fields = {
                "key": str(uuid4()),
                "patient_id": patient_id or self.patient_id,
                "service_id": self.service_id,
                "practitioner_id": self.doctor_ids[doctor],
                "day": self.day.isoformat(),
                "time": time,
                "confirmed": ",".join(kind.value for kind in ConflictKind),
            }
            desk = Actor.system("desk", hospital_locale(session))
            return book_appointment(session, desk, booking=BookingInput.from_form(fields)).id


def open_clinic(hospital: Hospital, name: str) -> Clinic:
    """Make a clinic whose people and service have `name` in their names."""
    with _opened(hospital) as session:
        department = session.exec(select(Department).order_by(col(Department.id))).first()
        assert department is not None
        doctors = [
            make_practitioner(
                session, prefix="Dr", given_names=given, family_name=name, department_id=department.id
            )
            for given in ("Ada", "Ben")
        ]
        resources = [resource_of(session, ResourceKind.PRACTITIONER, one.id) for one in doctors]
        for resource_id in resources:
            put_schedule(session, resource_id, HOURS)
        service_id = put_service(session, resources, name=f"{name} visit")
        patient = session.exec(
            select(Patient)
            .where(col(Patient.status) == "active", col(Patient.deceased_at).is_(None))
            .where(~col(Patient.is_restricted))
            .order_by(sa.func.md5(sa.cast(col(Patient.id), sa.Text) + name))
        ).first()
        assert patient is not None
        return Clinic(
            service=f"{name} visit",
            service_id=service_id,
            doctors=(f"Dr Ada {name}", f"Dr Ben {name}"),
            doctor_ids=(doctors[0].id, doctors[1].id),
            day=hospital_locale(session).today() + dt.timedelta(days=3),
            patient_id=patient.key,
            patient=f"{patient.given_names} {patient.family_name}",
            hospital=hospital,
        )


@contextmanager
def _opened(hospital: Hospital) -> Iterator[Session]:
    settings = Settings(data_dir=Path(hospital.environment["HMS_DATA_DIR"]) / "demo")
    with open_database(settings) as database:
        engine = sa.create_engine(database.owner_url, poolclass=sa.pool.NullPool)
        with Session(engine) as session:
            yield session
            session.commit()
        engine.dispose()
