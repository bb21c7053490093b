"""Fields for pictures: one is sent to a route of its own as soon as it is chosen, and the form only names it."""

from typing import Any, Literal

import reflex as rx

from hms_app.components.fields import field, problem_of
from hms_app.components.icons import icon as draw
from hms_app.components.kinds import Problems

TAKEN = "image/png,image/jpeg,image/webp"


def picture_input(
    name: str, *, to: str, drawn_as: Literal["image/jpeg", "image/png"], **props: Any
) -> list[rx.Component]:
    """The file control of a picture that is sent to the route `to`, and the form's field that names it.

    The script pictures.js sends it, made small, and puts the answered name into the field. A picture with the id
    `<name>-data-shown` shows what was chosen.
    """
    id = f"field-{name}"
    return [
        rx.el.input(
            id=id,
            name=f"{name}_file",
            form="none",
            type="file",
            data_picture=f"{name}-data",
            data_picture_to=to,
            data_picture_as=drawn_as,
            class_name="k-file",
            aria_describedby=f"{id}-note",
            **props,
        ),
        rx.el.input(type="hidden", name=name, id=f"{name}-data", default_value="", data_picture_name=""),
    ]


def photo_field(label: str, name: str, *, to: str, problems: Problems = None, hint: str = "") -> rx.Component:
    """A photo from a file or the camera, sent to the route `to`; the form receives its name under `name`."""
    id, data = f"field-{name}", f"{name}-data"
    picker = rx.el.div(
        rx.el.img(src="", alt="The chosen photo", id=f"{data}-shown", hidden=True, class_name="k-photo"),
        rx.el.video(
            id=f"{data}-video",
            hidden=True,
            muted=True,
            plays_inline=True,
            aria_label="Camera",
            class_name="k-photo",
        ),
        *picture_input(
            name, to=to, drawn_as="image/jpeg", accept="image/*", custom_attrs={"capture": "user"}
        ),
        rx.el.div(
            rx.el.button(
                draw("camera", size=16),
                rx.el.span("Use the camera"),
                type="button",
                data_camera=id,
                class_name="k-button k-button-secondary k-small",
            ),
            rx.el.button(
                draw("aperture", size=16),
                rx.el.span("Take the photo"),
                type="button",
                data_camera_shot=id,
                hidden=True,
                class_name="k-button k-button-primary k-small",
            ),
            rx.el.button(
                draw("x", size=16),
                rx.el.span("Leave it out"),
                type="button",
                id=f"{data}-back",
                data_picture_back=id,
                hidden=True,
                class_name="k-button k-button-ghost k-small",
            ),
            class_name="k-row k-wrap",
        ),
        class_name="k-stack-small",
    )
    return field(label, picker, id=id, hint=hint, problem=problem_of(problems, name))
