"""Charts in the application's look. Used only on the pages that need one: the library is large."""

from typing import Any

import reflex as rx

from hms_app.components.display import card, empty_state
from hms_app.components.kinds import Child, Flag, Text, given

HUES = [f"var(--chart-{number})" for number in range(1, 9)]
"""Eight hues that survive colour blindness; give the same thing the same place on every screen."""


def line_chart(
    rows: rx.Var[Any],
    series: list[tuple[str, str]],
    *,
    x: str = "label",
    label: str,
    unit: str = "",
    low: rx.Var[Any] | float | None = None,
    high: rx.Var[Any] | float | None = None,
    more_bands: tuple[tuple[Any, Any], ...] = (),
    height: int = 220,
    domain: list[Any] | None = None,
    hues: list[str] | None = None,
) -> rx.Component:
    """Lines over time. `series` are (key in the row, name). `low`/`high` shade the reference range,
    `more_bands` those of further series.

    Row values must be numbers (or null for a gap), the x values display text. `label` says what it shows.
    """
    colours = hues or HUES
    parts: list[rx.Component] = []
    bands = ((low, high), *more_bands) if low is not None and high is not None else more_bands
    for bottom, top in bands:
        parts.append(
            rx.recharts.reference_area(
                y1=bottom,
                y2=top,
                fill="var(--success)",
                fill_opacity=0.1,
                stroke="none",
                if_overflow="extendDomain",
            )
        )
    parts.append(rx.recharts.cartesian_grid(vertical=False, stroke="var(--line)", stroke_dasharray="0"))
    parts.append(
        rx.recharts.x_axis(
            data_key=x,
            tick_line=False,
            axis_line=False,
            tick=_TICK,
            min_tick_gap=24,
            height=28,
            custom_attrs={"interval": "preserveStartEnd"},
        )
    )
    parts.append(
        rx.recharts.y_axis(
            tick_line=False, axis_line=False, tick=_TICK, width=44, domain=domain or ["auto", "auto"]
        )
    )
    parts.append(_tooltip())
    for place, (key, name) in enumerate(series):
        parts.append(
            rx.recharts.line(
                data_key=key,
                name=f"{name} {unit}".strip(),
                type_="monotone",
                stroke=colours[place % len(colours)],
                stroke_width=2,
                dot={"r": 2.5, "strokeWidth": 0, "fill": colours[place % len(colours)]},
                active_dot={"r": 4, "strokeWidth": 0},
                is_animation_active=False,
                connect_nulls=True,
            )
        )
    return _figure(
        rx.recharts.line_chart(*parts, data=rows, width="100%", height=height, margin=_MARGIN),
        series,
        colours,
        label,
    )


def bar_chart(
    rows: rx.Var[Any],
    series: list[tuple[str, str]],
    *,
    x: str = "label",
    label: str,
    unit: str = "",
    height: int = 220,
    stacked: bool = False,
) -> rx.Component:
    """Bars from zero. `series` are (key in the row, name)."""
    bars = [
        rx.recharts.bar(
            data_key=key,
            name=f"{name} {unit}".strip(),
            fill=HUES[place % len(HUES)],
            radius=[3, 3, 0, 0],
            max_bar_size=36,
            is_animation_active=False,
            **({"stack_id": "all"} if stacked else {}),
        )
        for place, (key, name) in enumerate(series)
    ]
    chart = rx.recharts.bar_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--line)"),
        rx.recharts.x_axis(
            data_key=x, tick_line=False, axis_line=False, tick=_TICK, min_tick_gap=16, height=28
        ),
        rx.recharts.y_axis(tick_line=False, axis_line=False, tick=_TICK, width=44),
        _tooltip(),
        *bars,
        data=rows,
        width="100%",
        height=height,
        margin=_MARGIN,
    )
    return _figure(chart, series, HUES, label)


def sparkline(rows: rx.Var[Any], key: str = "value", *, label: str, hue: str = HUES[0]) -> rx.Component:
    """A small line without axes for a figure's card; the figure itself stands beside it."""
    return rx.el.div(
        rx.recharts.line_chart(
            rx.recharts.line(
                data_key=key,
                type_="monotone",
                stroke=hue,
                stroke_width=1.75,
                dot=False,
                is_animation_active=False,
            ),
            data=rows,
            width="100%",
            height=36,
            margin={"top": 4, "right": 2, "bottom": 2, "left": 2},
        ),
        role="img",
        aria_label=label,
        class_name="k-spark",
    )


def chart_card(
    title: Text,
    chart: rx.Component,
    *,
    unit: Text = "",
    explanation: Text = "",
    actions: Child | None = None,
    empty: Flag = False,
    empty_text: str = "Nothing was recorded in this period.",
) -> rx.Component:
    """A chart with its title, its unit, and how it is computed."""
    body: Any = chart
    if empty is not False:
        body = rx.cond(empty, empty_state("No values", empty_text, icon="chart-line", compact=True), chart)
    foot = (
        rx.el.details(rx.el.summary("How is this computed?"), rx.el.p(explanation), class_name="k-explain")
        if given(explanation)
        else None
    )
    return card(body, title=title, subtitle=unit, actions=actions, footer=foot)


_TICK = {"fontSize": 12, "fill": "var(--faint)"}
_MARGIN = {"top": 8, "right": 12, "bottom": 0, "left": 0}


def _tooltip() -> rx.Component:
    return rx.recharts.graphing_tooltip(
        cursor={"stroke": "var(--line-strong)", "fill": "var(--hover)"},
        content_style={
            "background": "var(--raised)",
            "border": "1px solid var(--line)",
            "borderRadius": "8px",
            "boxShadow": "var(--shadow-raised)",
            "fontSize": "12px",
            "color": "var(--text)",
        },
        label_style={"color": "var(--muted)", "fontWeight": 500},
        item_style={"color": "var(--text)", "padding": 0},
        is_animation_active=False,
    )


def _figure(chart: rx.Component, series: list[tuple[str, str]], hues: list[str], label: str) -> rx.Component:
    legend = [
        rx.el.span(
            rx.el.span(class_name="k-swatch", style={"background": hues[place % len(hues)]}),
            name,
            class_name="k-legend",
        )
        for place, (_, name) in enumerate(series)
    ]
    return rx.el.figure(
        rx.el.div(chart, role="img", aria_label=label),
        rx.el.figcaption(*legend, class_name="k-legends") if len(series) > 1 else rx.fragment(),
        class_name="k-figure",
    )
