import type { ReviewDesk } from "./desk.ts";
import type { Desk } from "../views.ts";

/** The whole desk as one port, as pages take it. */
export function wholeDesk({
  reading,
  deciding,
  running,
  requests,
  people,
  offline,
  persons,
  tickets,
}: ReviewDesk): Desk {
  return {
    whoIs: async (...of) => await people.whoIs(...of),
    campaigns: async (...of) => await reading.campaigns(...of),
    campaign: async (...of) => await reading.campaign(...of),
    templates: async (...of) => await reading.templates(...of),
    items: async (...of) => await reading.items(...of),
    item: async (...of) => await reading.item(...of),
    secrets: async (...of) => await reading.secrets(...of),
    revocations: async (...of) => await tickets.revocations(...of),
    journal: async (...of) => await reading.journal(...of),
    reviewers: async (...of) => await people.reviewers(...of),
    people: async (...of) => await people.people(...of),
    person: async (...of) => await persons.person(...of),
    requests: async (...of) => await requests.requests(...of),
    request: async (...of) => await requests.request(...of),
    ask: async (...of) => await requests.ask(...of),
    stateRequest: async (...of) => await requests.stateRequest(...of),
    statedRequests: async (...of) => await requests.statedRequests(...of),
    answer: async (...of) => {
      await requests.answer(...of);
    },
    decide: async (...of) => {
      await deciding.decide(...of);
    },
    decideAll: async (...of) => {
      await deciding.decideAll(...of);
    },
    handOn: async (...of) => {
      await deciding.handOn(...of);
    },
    reassign: async (...of) => {
      await deciding.reassign(...of);
    },
    undo: async (...of) => {
      await deciding.undo(...of);
    },
    signOffOwn: async (...of) => {
      await deciding.signOffOwn(...of);
    },
    start: async (...of) => await running.start(...of),
    act: async (...of) => {
      await running.act(...of);
    },
    noteTicket: async (...of) => {
      await running.noteTicket(...of);
    },
    sample: async (...of) => await running.sample(...of),
    exportItems: async (...of) => await offline.exportItems(...of),
    importDecisions: async (...of) => await offline.importDecisions(...of),
  };
}
