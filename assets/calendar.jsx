// A day or a week: a column for each practitioner or room, what is booked, what is free, and what is shut. Everything is
// done by pointer or by keyboard; a move is shown with its time and what stands against it before it is dropped.
import "./calendar.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import {
  CalendarClock, CircleCheck, CircleDashed, CircleX, DoorOpen, Plus, Stethoscope, TriangleAlert, UserRoundX
} from "lucide-react";
import { against, clockOf, inLanes, openings, overlaps, rangeOf, snap, stepFrom, within } from "./calendar-time.js";

const ICONS = {
  proposed: CircleDashed, booked: CalendarClock, arrived: DoorOpen, in_consultation: Stethoscope, fulfilled: CircleCheck,
  cancelled: CircleX, no_show: UserRoundX, expired: CircleX
};
const DRAG_STARTS = 4;  // Pixels a pointer moves before a press is a drag.
const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
const HELP = "Arrow keys move between free times and appointments, Home and End to the first and last open time. Enter opens" +
  " or books. M moves an appointment: arrows choose the time, Shift with arrows its end, Enter drops it, Escape leaves it.";

function placed(start, end) {
  return { "--cal-start": start, "--cal-minutes": end - start };
}

// Minutes since the server said what time it is.
function useNow(now) {
  const [passed, setPassed] = useState(0);
  useEffect(() => {
    const since = performance.now();
    setPassed(0);
    const clock = setInterval(() => setPassed(Math.floor((performance.now() - since) / 60000)), 10000);
    return () => clearInterval(clock);
  }, [now]);
  return now + passed;
}

function Head({ column }) {
  return (
    <div role="rowheader" className="k-cal-head">
      <span className="k-cal-face" aria-hidden="true">{column.initials}</span>
      <span className="k-cal-who">
        <strong>{column.title}</strong>
        <span>{column.detail}</span>
        {column.notes && <span className="k-cal-unseen">{column.notes}</span>}
      </span>
    </div>
  );
}

function Hours({ marks, now, showsNow }) {
  return (
    <div className="k-cal-hours" aria-hidden="true">
      <div className="k-cal-corner" />
      <div className="k-cal-day">
        {marks.map((mark) => (
          <span key={mark.at} style={placed(mark.at, mark.at)} className="k-cal-hour">{mark.label}</span>
        ))}
        {showsNow && <span className="k-cal-now-time" style={placed(now, now)}>{clockOf(marks, now)}</span>}
      </div>
    </div>
  );
}

function Shut({ span }) {
  return (
    <div aria-hidden="true" className="k-cal-shut" data-kind={span.kind} style={placed(span.start, span.end)}>
      {span.label && <span>{span.label}</span>}
    </div>
  );
}

function Appointment({ calendar, one, isCurrent, isCarried, onGrab, onFocus, onOpen }) {
  const { event, lane, lanes } = one, minutes = event.end - event.start, Icon = ICONS[event.status] || CalendarClock;
  const time = rangeOf(calendar.marks, event.start, event.end);
  const words = [time, event.title, ...event.lines, event.status_word, ...event.flags].filter(Boolean).join(", ");
  return (
    <div role="gridcell" className="k-cal-place" style={{ ...placed(event.start, event.end), "--cal-lane": lane, "--cal-lanes": lanes }}>
      <button
        type="button" tabIndex={isCurrent ? 0 : -1} data-event={event.id} data-colour={event.colour} data-status={event.status}
        data-flagged={event.flags.length ? "" : undefined} data-carried={isCarried ? "" : undefined}
        data-rows={minutes >= 45 ? 3 : minutes >= 30 ? 2 : 1} className="k-cal-event" aria-label={words}
        onFocus={onFocus} onClick={onOpen} onPointerDown={(press) => onGrab(press, event, "move")}
      >
        <span className="k-cal-line">
          <Icon size={13} aria-hidden="true" />
          {event.flags.length > 0 && <TriangleAlert size={13} aria-hidden="true" className="k-cal-flag" />}
          <span className="k-cal-time">{clockOf(calendar.marks, event.start)}</span>
          <span className="k-cal-title">{event.title}</span>
        </span>
        {minutes >= 30 && <span className="k-cal-more">{event.lines[0]}</span>}
        {minutes >= 45 && <span className="k-cal-more">{[event.status_word, ...event.flags, ...event.lines.slice(1)].filter(Boolean).join(" · ")}</span>}
      </button>
      {event.is_movable && calendar.canMove && (
        <span aria-hidden="true" className="k-cal-edge" onPointerDown={(press) => onGrab(press, event, "resize")} />
      )}
    </div>
  );
}

// A free time under the pointer or the focus; what is carried over it; what is about to be booked.
function Ghost({ calendar, ghost, kind, says }) {
  return (
    <div aria-hidden="true" className="k-cal-ghost" data-kind={kind} style={placed(ghost.start, ghost.end)}>
      {kind === "hover" && <Plus size={13} />}
      <span>{kind === "hover" ? clockOf(calendar.marks, ghost.start) : rangeOf(calendar.marks, ghost.start, ghost.end)}</span>
      {says && <span>{says}</span>}
    </div>
  );
}

function FreeTime({ calendar, column, cursor, onCreate }) {
  const slot = { id: "", column: column.id, start: cursor.start, end: cursor.start + calendar.step };
  const refusal = against(calendar, slot);
  const words = `${clockOf(calendar.marks, slot.start)}, ${column.title}, ${refusal || "free"}`;
  return (
    <div role="gridcell" className="k-cal-place" style={{ ...placed(slot.start, slot.end), "--cal-lane": 0, "--cal-lanes": 1 }}>
      <button
        type="button" tabIndex={0} data-slot="" className="k-cal-slot" aria-label={calendar.canBook ? `Book ${words}` : words}
        onClick={() => onCreate(slot)}
      >
        <Plus size={13} aria-hidden="true" /><span>{clockOf(calendar.marks, slot.start)}</span>
      </button>
    </div>
  );
}

function first(calendar) {
  const column = calendar.columns[0];
  if (!column) return null;
  const start = openings(calendar, column.id).first;
  const met = calendar.events.find((one) => one.column === column.id && overlaps(one, { start, end: start + calendar.step }));
  return { column: column.id, start, id: met ? met.id : "" };
}

// The one place in the calendar that Tab reaches: an appointment, or a free time.
function useCursor(calendar) {
  const [kept, setKept] = useState(null);
  const isThere = kept && calendar.columns.some((one) => one.id === kept.column) &&
    (!kept.id || calendar.events.some((one) => one.id === kept.id));
  const cursor = isThere ? kept : first(calendar);
  return [cursor, setKept];
}

// What is being moved, resized or drawn, and where it would go; `pending` until the server has answered.
function useCarrying(calendar, say) {
  const [carried, setCarried] = useState(null);
  const [pending, setPending] = useState(null);
  useEffect(() => setPending(null), [calendar.events, calendar.answered]);
  function carry(next) {
    const start = within(next.start, 0, calendar.length - calendar.step);
    const whole = { ...next, start, end: within(next.end + start - next.start, start + calendar.step, calendar.length) };
    const column = calendar.columns.find((one) => one.id === whole.column), refusal = against(calendar, whole);
    setCarried({ ...whole, refusal });
    say(`${rangeOf(calendar.marks, whole.start, whole.end)}, ${column.title}: ${refusal || "fits"}`);
  }
  function drop() {
    if (!carried) return;
    const event = calendar.events.find((one) => one.id === carried.id);
    const isMoved = event && (event.column !== carried.column || event.start !== carried.start);
    const isResized = event && event.end - event.start !== carried.end - carried.start;
    setCarried(null);
    if (!isMoved && !isResized) return;
    setPending(carried);
    if (isResized) calendar.onResize(event.id, carried.column, carried.start, carried.end);
    else calendar.onMove(event.id, carried.column, carried.start);
  }
  function leave() { setCarried(null); say("Left where it was"); }
  return { carried, pending, carry, drop, leave };
}

function carriedBy(key, isShifted, carried, calendar) {
  const step = { ArrowUp: -calendar.step, ArrowDown: calendar.step }[key] || 0;
  if (isShifted && step) return { ...carried, end: carried.end + step };
  if (step) return { ...carried, start: carried.start + step, end: carried.end + step };
  const columns = calendar.columns.map((one) => one.id);
  const beside = columns[columns.indexOf(carried.column) + (key === "ArrowRight" ? 1 : -1)];
  return beside ? { ...carried, column: beside } : carried;
}

function Column({ calendar, column, cursor, hover, hand, now, actions }) {
  const { carried, pending } = hand, ghost = carried || pending;
  const lanes = useMemo(() => inLanes(calendar.events.filter((one) => one.column === column.id)), [calendar.events, column.id]);
  const isHere = cursor && cursor.column === column.id;
  return (
    <div role="row" className="k-cal-column" aria-label={column.title} data-today={column.is_today ? "" : undefined}>
      <Head column={column} />
      <div
        role="presentation" className="k-cal-day" data-column={column.id} onPointerDown={(press) => actions.draw(press, column)}
        onPointerMove={(move) => actions.hover(move, column)} onPointerLeave={() => actions.hover(null)}
      >
        {calendar.spans.filter((one) => one.column === column.id).map((span) => <Shut key={span.kind + span.start} span={span} />)}
        {isHere && !cursor.id && <FreeTime calendar={calendar} column={column} cursor={cursor} onCreate={actions.create} />}
        {lanes.map((one) => (
          <Appointment
            key={one.event.id} calendar={calendar} one={one} isCurrent={isHere && cursor.id === one.event.id}
            isCarried={Boolean(ghost && ghost.id === one.event.id)} onGrab={actions.grab}
            onFocus={() => actions.stand({ column: column.id, start: one.event.start, id: one.event.id })}
            onOpen={() => actions.open(one.event)}
          />
        ))}
        {hover && hover.column === column.id && !ghost && <Ghost calendar={calendar} ghost={hover} kind="hover" />}
        {ghost && ghost.column === column.id && (
          <Ghost
            calendar={calendar} ghost={ghost} kind={ghost.refusal ? "refused" : "fits"}
            says={pending && !carried ? "Saving" : ghost.refusal || (ghost.id ? "Fits" : "New")}
          />
        )}
        {column.is_today && now >= 0 && <div aria-hidden="true" className="k-cal-now" style={placed(now, now)} />}
      </div>
    </div>
  );
}

// Where a pointer is: the column under it, and the minute.
function under(pointer, calendar) {
  const columns = Array.from(document.querySelectorAll("[data-column]"));
  const day = columns.find((one) => {
    const box = one.getBoundingClientRect();
    return pointer.clientX >= box.left && pointer.clientX < box.right;
  });
  if (!day) return null;
  const box = day.getBoundingClientRect();
  return { column: day.dataset.column, minute: (pointer.clientY - box.top) / box.height * calendar.length };
}

// A drag that ends over something is no press of it.
function swallow(event) { event.stopPropagation(); event.preventDefault(); }

// Follows a press until it is let go, wherever the pointer is by then; Escape takes it back.
function follow(press, { moved, done, left }) {
  let isDrag = false;
  function move(event) {
    if (!isDrag && Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < DRAG_STARTS) return;
    isDrag = true;
    moved(event);
  }
  function end(event) {
    stop();
    if (event.type === "pointerup") done();
    else if (isDrag) left();
  }
  function key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    stop();
    if (isDrag) left();
  }
  function stop() {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    window.removeEventListener("keydown", key, true);
    if (!isDrag) return;
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, true));
  }
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
  window.addEventListener("keydown", key, true);
}

function isMouse(press) { return press.button === 0 && press.pointerType !== "touch"; }

export function Calendar(props) {
  const calendar = { ...props, spans: props.spans || [], events: props.events || [], columns: props.columns || [] };
  const latest = useRef(calendar);
  latest.current = calendar;
  const frame = useRef(null), wantsFocus = useRef(false);
  const [said, say] = useState("");
  const [hover, setHover] = useState(null);
  const [cursor, stand] = useCursor(calendar);
  const hand = useCarrying(calendar, say), handNow = useRef(hand);
  handNow.current = hand;
  const now = useNow(calendar.now);

  useLayoutEffect(() => {
    const minute = frame.current.querySelector(".k-cal-day").offsetHeight / calendar.length;
    frame.current.scrollTop = Math.max(0, calendar.focus * minute - 8);
  }, [calendar.shown, calendar.focus, calendar.length]);
  useLayoutEffect(() => {
    if (!wantsFocus.current || !cursor) return;
    wantsFocus.current = false;
    const place = frame.current.querySelector(cursor.id ? `[data-event="${cursor.id}"]` : "[data-slot]");
    if (place) { place.focus({ preventScroll: true }); place.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });

  function create(slot) { if (calendar.canBook) calendar.onCreate(slot.column, slot.start, slot.end); }
  function grab(press, event, how) {
    if (!isMouse(press) || !calendar.canMove || !event.is_movable) return;
    press.stopPropagation();
    const held = under(press, calendar).minute - event.start;
    follow(press, {
      moved: (move) => {
        const at = under(move, latest.current), step = latest.current.step;
        if (!at) return;
        if (how === "resize") handNow.current.carry({ ...event, end: Math.max(event.start + step, snap(at.minute + step / 2, step)) });
        else {
          const start = snap(at.minute - held + step / 2, step);
          handNow.current.carry({ id: event.id, column: at.column, start, end: start + event.end - event.start });
        }
      },
      done: () => handNow.current.drop(),
      left: () => handNow.current.leave()
    });
  }
  function draw(press, column) {
    if (!isMouse(press) || !calendar.canBook || press.target.closest("[data-event], [data-slot]")) return;
    press.preventDefault();
    const from = snap(under(press, calendar).minute, calendar.step);
    let drawn = { id: "", column: column.id, start: from, end: from + calendar.step };
    follow(press, {
      moved: (move) => {
        const at = under(move, latest.current);
        const to = at ? snap(at.minute, calendar.step) : from;
        drawn = { ...drawn, start: Math.min(from, to), end: Math.max(from, to) + calendar.step };
        handNow.current.carry(drawn);
      },
      done: () => { handNow.current.drop(); create(drawn); },
      left: () => handNow.current.leave()
    });
  }
  function hoverAt(move, column) {
    if (!move || !calendar.canBook || move.pointerType === "touch" || move.target.closest("[data-event]")) { setHover(null); return; }
    const start = snap(under(move, calendar).minute, calendar.step);
    const slot = { id: "", column: column.id, start, end: start + calendar.step };
    setHover(against(calendar, slot) ? null : slot);
  }
  function carryingKeys(press) {
    const { carried } = hand;
    if (ARROWS.includes(press.key)) hand.carry(carriedBy(press.key, press.shiftKey, carried, calendar));
    else if (press.key === "Enter") { hand.drop(); stand({ column: carried.column, start: carried.start, id: carried.id }); }
    else if (press.key === "Escape" || press.key === "Tab") hand.leave();
    else return;
    if (press.key === "Tab") return;
    press.preventDefault();
    press.stopPropagation();
  }
  function keys(press) {
    if (hand.carried) { carryingKeys(press); return; }
    const event = cursor && calendar.events.find((one) => one.id === cursor.id);
    if (press.key.toLowerCase() === "m" && event && event.is_movable && calendar.canMove && !press.ctrlKey && !press.metaKey) {
      press.preventDefault();
      hand.carry(event);
      return;
    }
    const next = cursor && stepFrom(calendar, cursor, press.key);
    if (!next) return;
    press.preventDefault();
    wantsFocus.current = true;
    stand(next);
  }
  const actions = { create, grab, draw, hover: hoverAt, stand, open: (event) => calendar.onOpen(event.id) };

  return (
    <div className="k-cal" style={{ "--cal-length": calendar.length, "--cal-columns": calendar.columns.length }}>
      <p className="k-cal-unseen" id={`${calendar.calendarId}-help`}>{HELP}</p>
      <p className="k-cal-unseen" role="status">{said}</p>
      <div className="k-cal-frame" ref={frame} data-busy={hand.carried ? "" : undefined}>
        <Hours marks={calendar.marks} now={now} showsNow={calendar.now >= 0 && calendar.columns.some((one) => one.is_today)} />
        <div
          role="grid" aria-label={calendar.label} aria-describedby={`${calendar.calendarId}-help`} className="k-cal-grid"
          onKeyDown={keys}
        >
          {calendar.columns.map((column) => (
            <Column
              key={column.id} calendar={calendar} column={column} cursor={cursor} hover={hover} hand={hand} now={now} actions={actions}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
