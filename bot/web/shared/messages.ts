/** What the services send and take, as docs of both services describe it. */

export type Language = "zh" | "en";
export type Owner = "bot" | "queue" | "agent" | "closed";
export type Author = "customer" | "bot" | "agent" | "system";

export interface Choice {
  id: string;
  title: string;
}

export interface FormField {
  name: string;
  label: string;
  /** A secret is a code or ID characters: masked while it is typed, never part of a message. */
  type: "text" | "tel" | "textarea" | "checkbox" | "secret";
  required: boolean;
  max?: number;
  inputmode?: "numeric" | "text";
}

/** What stands in a message for something that must not be read. */
export const SECRET = "[secret]";

export interface Form {
  id: string;
  title: string;
  fields: FormField[];
  submit: string;
}

/** A file that the service has ready for this conversation, once. */
export interface Download {
  name: string;
  title: string;
}

export interface Message {
  seq: number;
  at: string;
  author: Author;
  kind: "text" | "choices" | "form" | "notice" | "announcement";
  text: string;
  language: Language;
  client_id?: string;
  choices?: Choice[];
  form?: Form;
  download?: Download;
  reply_to?: number;
  agent?: { name: string; number: string };
  topic?: string;
}

/** The place in the line; the range is null while nobody can say. */
export interface QueuePlace {
  position: number;
  wait_low_s: number | null;
  wait_high_s: number | null;
  agents_online: number;
  open_now: boolean;
}

export interface ErrorBody {
  code: string;
  message: string;
  field?: string;
  id: string;
}
