"""The component kit: the stateless parts every page is made of.

`from hms_app import components as kit`, then `kit.button("Book appointment", variant="primary")`.
Parts take display text (literals or state variables) and event handlers; none of them reads a state.
Their look lives in `assets/tokens.css` (roles) and `assets/kit.css`; what the browser does in `assets/kit.js`.
"""

from hms_app.components.buttons import button, icon_button, link, link_button, submit_button
from hms_app.components.charts import HUES, bar_chart, chart_card, line_chart, sparkline
from hms_app.components.display import (
    avatar,
    badge,
    banner,
    callout,
    card,
    description_list,
    empty_state,
    error_state,
    kbd,
    kpi_card,
    link_tabs,
    progress_bar,
    secret_box,
    skeleton,
    skeleton_card,
    skeleton_lines,
    tabs,
)
from hms_app.components.fields import (
    checkbox,
    checkbox_field,
    combobox,
    date_field,
    field,
    field_error,
    file_field,
    form,
    form_actions,
    form_row,
    form_section,
    native_form,
    password_field,
    radio_group,
    search_field,
    select_field,
    switch,
    text_field,
    textarea_field,
)
from hms_app.components.icons import icon, logo, tone_icon
from hms_app.components.layout import (
    STYLESHEETS,
    centered,
    connection_overlay,
    document_head,
    grid,
    narrow,
    page_header,
    row,
    stack,
    toaster,
)
from hms_app.components.lists import (
    Column,
    cell_link,
    count,
    data_table,
    filter_chip,
    filter_chips,
    pager,
    simple_table,
    toolbar,
)
from hms_app.components.overlays import (
    CLOSE,
    dialog,
    drawer,
    menu,
    menu_heading,
    menu_item,
    menu_link,
    menu_separator,
    opens,
    tooltip,
)
from hms_app.components.records import KIND_ICONS, kind_icon, patient_banner, timeline

__all__ = [
    "CLOSE", "HUES", "KIND_ICONS", "STYLESHEETS", "Column", "avatar", "badge", "banner", "bar_chart", "button",
    "callout", "card", "cell_link", "centered", "chart_card", "checkbox", "checkbox_field", "combobox",
    "connection_overlay", "count", "data_table", "date_field", "description_list", "dialog", "document_head",
    "drawer", "empty_state", "error_state", "field", "field_error", "file_field", "filter_chip", "filter_chips",
    "form", "form_actions", "form_row", "form_section", "grid", "icon", "icon_button", "kbd", "kind_icon",
    "kpi_card", "line_chart", "link", "link_button", "link_tabs", "logo", "menu", "menu_heading", "menu_item",
    "menu_link", "menu_separator", "narrow", "native_form", "opens", "page_header", "pager", "password_field", "patient_banner",
    "progress_bar", "radio_group", "row", "search_field", "secret_box", "select_field", "simple_table", "skeleton",
    "skeleton_card", "skeleton_lines", "sparkline", "stack", "submit_button", "switch", "tabs", "text_field",
    "textarea_field", "timeline", "toaster", "tone_icon", "toolbar", "tooltip",
]  # fmt: skip
