"""What may be refused in scheduling, as sentences."""

from hms_app.core.errors import refused_by

refused_by("uq_healthcare_service_name", "There is already an open service of this name.", field="name")
refused_by("uq_resource_equipment_name", "There is already equipment of this name.", field="name")
refused_by("fk_healthcare_service_department_id", "There is no such department.", field="department_id")
