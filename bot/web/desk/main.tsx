/** The staff's desk: one page that never reloads. */

import "../shared/tokens.css";
import "./styles/base.css";
import "./styles/sign-in.css";
import "./styles/header.css";
import "./styles/line.css";
import "./styles/conversation.css";
import "./styles/customer.css";
import "./styles/dialogs.css";
import "./styles/tickets.css";
import "./styles/small.css";

import { render } from "preact";

import { Desk } from "./desk";
import { Page } from "./Page";

const desk = new Desk();
render(<Page desk={desk} />, document.getElementById("page")!);
void desk.session.restore();
