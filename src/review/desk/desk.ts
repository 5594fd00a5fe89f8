import { DeskDeciding } from "./deciding.ts";
import { DeskNotices } from "./notifying.ts";
import { DeskOffline } from "./offline.ts";
import { DeskState, type DeskPorts } from "./ports.ts";
import { DeskPeople } from "./people.ts";
import { DeskPerson } from "./person.ts";
import { DeskReading } from "./reading.ts";
import { DeskReporting } from "./reporting.ts";
import { DeskRequests } from "./requests.ts";
import { DeskRunning } from "./running.ts";
import { DeskSchedule } from "./schedule.ts";
import { DeskTickets } from "./tickets.ts";

/**
 * The access review, for whoever asks: each call says who, and it is judged here whether they may. Refusals are E_NOT_FOUND (what
 * is not there for them), E_FORBIDDEN, E_CONFLICT (changed since it was seen; nothing was recorded) and E_REVIEW (a rule of the
 * campaign). An act is durable, and in the ledger, when it returns.
 */
export class ReviewDesk {
  readonly reading: DeskReading;
  readonly deciding: DeskDeciding;
  readonly offline: DeskOffline;
  readonly running: DeskRunning;
  readonly reporting: DeskReporting;
  readonly requests: DeskRequests;
  readonly people: DeskPeople;
  readonly persons: DeskPerson;
  readonly schedule: DeskSchedule;
  readonly tickets: DeskTickets;
  readonly notices: DeskNotices;

  constructor(ports: DeskPorts) {
    const desk = new DeskState(ports);
    this.reading = new DeskReading(desk);
    this.deciding = new DeskDeciding(desk);
    this.offline = new DeskOffline(desk, this.deciding);
    this.running = new DeskRunning(desk);
    this.reporting = new DeskReporting(desk);
    this.requests = new DeskRequests(desk);
    this.people = new DeskPeople(desk);
    this.persons = new DeskPerson(desk, this.requests);
    this.tickets = new DeskTickets(desk, this.reading);
    this.notices = new DeskNotices(desk, this.tickets);
    this.schedule = new DeskSchedule(desk, this.running, this.notices);
  }
}
