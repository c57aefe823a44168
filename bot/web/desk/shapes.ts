/** What the desk service sends. */

import type { Author, Language, Message, Owner } from "../shared/messages";

export type Status = "online" | "busy" | "away";

export interface User {
  user: string;
  number: string;
  name: string;
  roles: string[];
  skills: string[];
  languages: Language[];
  status: Status;
}

/** A code with its name in both languages. */
export interface Titled {
  code: string;
  title: Record<Language, string>;
}

/** Somebody in the line. */
export interface Waiting {
  conversation_id: string;
  position: number;
  reason: string;
  skill: string;
  language: Language;
  priority: number;
  queued_at: string;
  waited_s: number;
  summary: string;
}

/** A chat that this agent holds. */
export interface Held {
  conversation_id: string;
  title: string;
  skill: string;
  language: Language;
  last_text: string;
  last_at: string | null;
  last_author: Author | null;
  last_seq: number;
  assigned_at: string;
}

export interface Queue {
  waiting: Waiting[];
  mine: Held[];
  oldest_wait_s: number;
  agents_online: number;
  slots_per_agent: number;
  now: string;
  skills: Titled[];
  wrap_ups: Titled[];
}

export interface Handoff {
  reason: string;
  skill: string;
  priority: number;
  summary: string;
  slots: Record<string, unknown>;
  queued_at: string;
  assigned_at: string | null;
}

export interface Note {
  at: string;
  author: string;
  text: string;
}

/** One field about the customer, as far as it may be seen; `name` asks for the rest of it. */
export interface PersonalField {
  name: string;
  label: Record<Language, string>;
  masked: string;
  revealable: boolean;
}

export interface Customer {
  readable: boolean;
  fields: PersonalField[];
  purposes: Titled[];
}

export interface Conversation {
  conversation: {
    id: string;
    owner: Owner;
    version: number;
    language: Language;
    created_at: string;
    handoff: Handoff;
  };
  customer: Customer;
  messages: Message[];
  notes: Note[];
  last_seq: number;
}

type Titles = Record<Language, string>;

export type TicketState =
  | "open" | "assigned" | "investigating" | "answered" | "closed" | "withdrawn"
  | "requested" | "confirmed" | "changed" | "cancelled" | "kept";

/** A ticket in the list: nothing about its customer. */
export interface TicketRow {
  reference: string;
  kind: string;
  kind_title: Titles;
  state: TicketState;
  state_title: Titles;
  /** Whether somebody still owes the customer something. */
  live: boolean;
  language: Language;
  priority: number;
  assigned_to: string | null;
  /** Reference of the matter that many people complain about. */
  group: string | null;
  /** Whether this customer speaks for all of them. */
  represents: boolean;
  received_at: string;
  due_at: string;
  used_percent: number;
  extensions: number;
  facts: { name: string; title: Titles; value: Titles }[];
}

export interface TicketList {
  tickets: TicketRow[];
  now: string;
}

export interface TicketEvent {
  at: string;
  /** A colleague's number, `conversation` or `system`. */
  actor: string;
  event: string;
  state: TicketState;
  details: Record<string, string | number>;
  note: string | null;
}

export interface TicketFile {
  ticket: TicketRow & {
    conversation_id: string;
    case_reference: string | null;
    created_at: string;
    answered_at: string | null;
    closed_at: string | null;
    approvers: string[];
    /** Name and phone are masked. */
    private: Record<string, string>;
    responsible: string | null;
    cause: { root_cause: string; measure: string } | null;
    answer: string | null;
    evidence_holds: boolean | null;
  };
  history: TicketEvent[];
  now: string;
  responsible: Titled[];
  purposes: string[];
}
