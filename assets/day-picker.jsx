// What stands behind a field of a date or a time, and the button that opens its calendar. The calendar and its library
// come only when they are asked for.
import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from "react";
import { chosenDay, choose, isoOf, tidy } from "./dates.js";

const EDGE = 8;

function load() {
  return import("./month.jsx").catch(() => ({ default: Missing }));
}
const Month = lazy(load);

function Missing() {
  return <p className="k-calendar-wait">The calendar could not be loaded. The date can be typed.</p>;
}

function place(panel, anchor) {
  const box = anchor.getBoundingClientRect(), width = panel.offsetWidth, height = panel.offsetHeight;
  const below = box.bottom + 4, above = box.top - height - 4;
  const top = below + height <= window.innerHeight - EDGE || above < EDGE ? below : above;
  panel.style.left = `${Math.max(EDGE, Math.min(box.left, window.innerWidth - width - EDGE))}px`;
  panel.style.top = `${Math.max(EDGE, Math.min(top, window.innerHeight - height - EDGE))}px`;
}

function useStaysBeside(panel, inputId, isOpen) {
  useEffect(() => {
    if (!isOpen) return undefined;
    const again = () => place(panel.current, document.getElementById(inputId));
    const sizes = new ResizeObserver(again);
    sizes.observe(panel.current);
    window.addEventListener("scroll", again, true);
    window.addEventListener("resize", again);
    return () => {
      sizes.disconnect();
      window.removeEventListener("scroll", again, true);
      window.removeEventListener("resize", again);
    };
  }, [isOpen, inputId, panel]);
}

function useTellsWhatIsPicked(inputId, onPick) {
  const last = useRef("");
  useEffect(() => {
    const input = document.getElementById(inputId);
    if (!onPick || !input) return undefined;
    last.current = isoOf(input);
    const tell = () => {
      const iso = isoOf(input);
      if (iso !== last.current) { last.current = iso; onPick(iso); }
    };
    input.addEventListener("change", tell);
    return () => input.removeEventListener("change", tell);
  }, [inputId, onPick]);
}

function useWrittenOurWay(inputId) {
  useLayoutEffect(() => {
    const input = document.getElementById(inputId);
    if (input) tidy(input);
  }, [inputId]);
}

export function TimeReader({ inputId }) {
  useWrittenOurWay(inputId);
  return null;
}

export function DayPicker({ inputId, label, earliest, latest, onPick, children }) {
  const [isOpen, setIsOpen] = useState(false);
  const panel = useRef(null), button = useRef(null), panelId = `${inputId}-calendar`;
  useWrittenOurWay(inputId);
  useStaysBeside(panel, inputId, isOpen);
  useTellsWhatIsPicked(inputId, onPick);

  function take(day) {
    const input = document.getElementById(inputId);
    const isWhole = choose(input, day);
    panel.current.hidePopover();
    (isWhole ? button.current : input).focus();
  }

  return (
    <>
      <button
        ref={button} type="button" className="k-inside-button" popoverTarget={panelId}
        aria-label={`Choose from a calendar: ${label}`} aria-haspopup="dialog" onPointerEnter={load} onFocus={load}
      >
        {children}
      </button>
      <div
        ref={panel} id={panelId} popover="auto" role="dialog" aria-label={label} className="k-calendar"
        onToggle={(event) => setIsOpen(event.newState === "open")}
      >
        {isOpen && (
          <Suspense fallback={<p className="k-calendar-wait" role="status">Loading the calendar</p>}>
            <Month label={label} chosen={chosenDay(document.getElementById(inputId))} earliest={earliest} latest={latest} onChoose={take} />
          </Suspense>
        )}
      </div>
    </>
  );
}
