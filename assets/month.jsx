// A month to choose a day from: react-aria-components, with the hospital's names, first day of the week and today.
import { GregorianCalendar, parseDate } from "@internationalized/date";
import {
  Button, Calendar, CalendarCell, CalendarGrid, CalendarGridBody, CalendarGridHeader, CalendarHeaderCell, Heading, I18nProvider
} from "react-aria-components";
import { today, writing } from "./dates.js";

const ALWAYS_GREGORIAN = () => new GregorianCalendar();

function dayOrNone(iso) {
  return iso ? parseDate(iso) : undefined;
}

export default function Month({ label, chosen, earliest, latest, onChoose }) {
  const own = writing(), now = today();
  const tag = new Intl.Locale(own.language, { calendar: "gregory", numberingSystem: "latn" }).toString();
  return (
    <I18nProvider locale={tag}>
      <Calendar
        autoFocus lang={own.language} aria-label={label} className="k-month"
        createCalendar={ALWAYS_GREGORIAN} firstDayOfWeek={own.week_start}
        defaultValue={dayOrNone(chosen)} defaultFocusedValue={parseDate(chosen || now)}
        minValue={dayOrNone(earliest)} maxValue={dayOrNone(latest)}
        onChange={(day) => onChoose(day.toString())}
      >
        <header className="k-month-head">
          <Button slot="previous" className="k-month-step"><Chevron d="m15 18-6-6 6-6" /></Button>
          <Heading className="k-month-title" />
          <Button slot="next" className="k-month-step"><Chevron d="m9 18 6-6-6-6" /></Button>
        </header>
        <CalendarGrid weekdayStyle="short" className="k-month-grid">
          <CalendarGridHeader>{(name) => <CalendarHeaderCell>{name}</CalendarHeaderCell>}</CalendarGridHeader>
          <CalendarGridBody>
            {(date) => <CalendarCell date={date} className="k-month-day" data-now={date.toString() === now ? "" : undefined} />}
          </CalendarGridBody>
        </CalendarGrid>
      </Calendar>
    </I18nProvider>
  );
}

function Chevron({ d }) {
  return (
    <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
