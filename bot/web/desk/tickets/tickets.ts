/** The tickets as signals, and what staff can do with them. */

import { computed, signal } from "@preact/signals";

import type { ErrorBody } from "../../shared/messages";
import { now, setClock } from "../clock";
import type { Desk } from "../desk";
import * as memory from "../memory";
import type { TicketFile, TicketList, TicketRow } from "../shapes";

export type Filter = "live" | "mine" | "answered";

/** The list is read again this often; more often while somebody looks at it. */
const QUIET_MS = 60_000;
const LOOKED_AT_MS = 10_000;
const PATHS: Record<Filter, string> = {
  live: "/desk/tickets",
  mine: "/desk/tickets?mine=true",
  answered: "/desk/tickets?state=answered",
};

export class Tickets {
  readonly filter = signal<Filter>("live");
  readonly rows = signal<TicketRow[] | null>(null);
  readonly failed = signal(false);
  readonly selected = signal<string | null>(null);
  readonly file = signal<TicketFile | null>(null);
  readonly problem = signal("");
  /** What is still owed, whatever the list shows. */
  private readonly owed = signal<TicketRow[]>([]);
  /** How many are nearly due or overdue. */
  readonly pressing = computed(() => this.owed.value.filter((row) => usedOf(row, now.value) >= 80).length);
  private readAt = 0;

  constructor(private readonly desk: Desk) {}

  /** Whether tickets are this person's work at all. */
  get allowed(): boolean {
    const roles = this.desk.session.user.value?.roles ?? [];
    return roles.includes("agent") || roles.includes("supervisor");
  }

  get isSupervisor(): boolean {
    return this.desk.session.user.value?.roles.includes("supervisor") ?? false;
  }

  isMine(row: TicketRow): boolean {
    return row.assigned_to === this.desk.session.user.value?.number;
  }

  show(): void {
    this.desk.view.value = "tickets";
    void this.refresh();
  }

  choose(filter: Filter): void {
    this.filter.value = filter;
    this.rows.value = null;
    void this.refresh();
  }

  async refresh(): Promise<void> {
    if (!this.allowed) return;
    this.readAt = Date.now();
    const { api } = this.desk.session;
    const filter = this.filter.value;
    const owed = await api.get<TicketList>(PATHS.live);
    if (owed.ok) {
      this.owed.value = owed.body.tickets;
      setClock(owed.body.now);
    }
    const reply = filter === "live" ? owed : await api.get<TicketList>(PATHS[filter]);
    if (filter !== this.filter.value) return;
    this.failed.value = !reply.ok;
    if (reply.ok) this.rows.value = reply.body.tickets;
  }

  async open(reference: string): Promise<void> {
    if (this.selected.value !== reference) this.file.value = null;
    this.selected.value = reference;
    this.problem.value = "";
    const reply = await this.desk.session.api.get<TicketFile>(`/desk/tickets/${reference}`);
    if (this.selected.value !== reference) return;
    if (reply.ok) this.file.value = reply.body;
    else this.problem.value = reply.error.message;
  }

  /** One step; resolves with the refusal, or nothing. What was written stays until it has gone through. */
  async act(reference: string, verb: string, body: object, told: string): Promise<ErrorBody | undefined> {
    const reply = await this.desk.session.api.post<TicketRow>(`/desk/tickets/${reference}/${verb}`, body);
    if (reply.ok) this.desk.tell(told);
    void this.refresh();
    if (this.selected.value === reference) await this.open(reference);
    return reply.ok ? undefined : reply.error;
  }

  /** A hidden field in full. */
  async reveal(reference: string, field: string, purpose: string): Promise<string | undefined> {
    const reply = await this.desk.session.api.post<{ value: string }>(`/desk/tickets/${reference}/reveal`, { field, purpose });
    if (reply.ok) return reply.body.value;
    this.desk.tell(reply.error.message, true);
    return undefined;
  }

  draft(reference: string): string {
    return memory.recall("drafts", reference) ?? "";
  }

  keepDraft(reference: string, text: string): void {
    if (text) memory.keep("drafts", reference, text);
    else memory.forget(reference);
  }

  /** Called once a second while somebody is at the desk. */
  everySecond(): void {
    const wait = this.desk.view.value === "tickets" ? LOOKED_AT_MS : QUIET_MS;
    if (Date.now() - this.readAt >= wait) void this.refresh();
  }

  forget(): void {
    this.rows.value = this.file.value = this.selected.value = null;
    this.owed.value = [];
  }
}

/** How much of its time a ticket has used at this moment, in percent. */
export function usedOf(row: TicketRow, at: number): number {
  const [from, to] = [Date.parse(row.received_at), Date.parse(row.due_at)];
  return to > from ? Math.max(0, Math.floor(((at - from) * 100) / (to - from))) : 100;
}
