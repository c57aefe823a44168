/** Icons as inline SVG, drawn on a 24-unit grid; always beside a name, so hidden from readers. */

import type { ComponentChildren } from "preact";

interface Props {
  size?: number;
}

function icon(children: ComponentChildren, { size = 20 }: Props) {
  return (
    <svg
      class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ChatIcon = (p: Props) =>
  icon(<path d="M4 5.5h16v11H10l-4.5 3.5v-3.5H4zM8.5 11h.01M12 11h.01M15.5 11h.01" />, p);
export const ChevronDownIcon = (p: Props) => icon(<path d="m6 9.5 6 6 6-6" />, p);
export const SendIcon = (p: Props) => icon(<path d="M12 19V5m-6 6 6-6 6 6" />, p);
export const PersonIcon = (p: Props) =>
  icon(<><circle cx="12" cy="8.5" r="3.5" /><path d="M5 19.5c.8-3.6 3.6-5.5 7-5.5s6.2 1.9 7 5.5" /></>, p);
export const RobotIcon = (p: Props) =>
  icon(<><rect x="5" y="8" width="14" height="10.5" rx="3.5" /><path d="M12 8V4.500M9.5 12.500v1M14.5 12.500v1M2.5 12v2.500M21.5 12v2.5" /></>, p);
export const MoreIcon = (p: Props) => icon(<path stroke-width="2.6" d="M5.5 12h.01M12 12h.01M18.5 12h.01" />, p);
export const CheckIcon = (p: Props) => icon(<path d="m5 12.5 4.5 4.500L19 7.5" />, p);
export const ClockIcon = (p: Props) => icon(<><circle cx="12" cy="12" r="8" /><path d="M12 7.500V12l3 2" /></>, p);
export const WarnIcon = (p: Props) =>
  icon(<><circle cx="12" cy="12" r="8.5" /><path d="M12 7.500v5.500M12 16.300v.01" /></>, p);
export const LockIcon = (p: Props) =>
  icon(<><rect x="5.5" y="10.5" width="13" height="9" rx="2.5" /><path d="M8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.5" /></>, p);
export const EyeIcon = (p: Props) =>
  icon(<><path d="M2.8 12C4.6 8.300 8 6 12 6s7.4 2.300 9.2 6c-1.8 3.700-5.2 6-9.2 6s-7.400-2.300-9.200-6z" /><circle cx="12" cy="12" r="2.8" /></>, p);
export const EyeOffIcon = (p: Props) =>
  icon(<path d="M4 4l16 16M9.900 6.200A10 10 0 0 1 12 6c4 0 7.400 2.300 9.200 6a11 11 0 0 1-3 3.700M6.200 7.700A10.500 10.500 0 0 0 2.800 12c1.800 3.700 5.200 6 9.200 6 1.600 0 3.100-.400 4.400-1M10 10.100a2.800 2.800 0 0 0 3.900 3.900" />, p);
export const StarIcon = ({ size = 28, full }: Props & { full: boolean }) => (
  <svg
    class="icon" width={size} height={size} viewBox="0 0 24 24" fill={full ? "currentColor" : "none"}
    stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" aria-hidden="true"
  >
    <path d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.800z" />
  </svg>
);
/** A sprout: the sample bank's mark. */
export const SproutIcon = (p: Props) =>
  icon(<path d="M12 20v-8.500M12 12c0-4 2.5-6.5 7.5-6.5 0 4.5-2.5 6.5-7.5 6.500zM12 14.500c0-3-2-5-6.5-5 0 3.5 2 5 6.5 5z" />, p);
export const PeopleIcon = (p: Props) =>
  icon(<><circle cx="9" cy="9" r="3.2" /><path d="M2.8 19c.6-3.2 3-4.8 6.2-4.800s5.6 1.6 6.2 4.800M15.5 6a3.1 3.1 0 0 1 0 6.200M17.5 14.600c2 .6 3.3 2 3.7 4.4" /></>, p);
export const TransferIcon = (p: Props) => icon(<path d="M4 8.500h14m-4-4 4 4-4 4M20 16H6m4-3.500L6.5 16l3.5 3.5" />, p);
export const ReturnIcon = (p: Props) => icon(<path d="M9 5.5 4.5 10 9 14.500M5 10h9.500a5 5 0 0 1 0 10H11" />, p);
export const CloseIcon = (p: Props) => icon(<path d="m6.5 6.5 11 11m0-11-11 11" />, p);
export const KeyboardIcon = (p: Props) =>
  icon(<><rect x="3" y="6.5" width="18" height="11.5" rx="2.5" /><path d="M7 10.500h.01M10.3 10.500h.01M13.6 10.500h.01M17 10.500h.01M8.5 14.500h7" /></>, p);
export const NoteIcon = (p: Props) => icon(<path d="M5 4.500h14v10l-5 5H5zM14 19.500v-5h5M8.5 9h7M8.5 12.500h4" />, p);
export const ExitIcon = (p: Props) => icon(<path d="M13.5 5H6v14h7.500M10.5 12H20m-3.5-3.500L20 12l-3.5 3.5" />, p);
export const InboxIcon = (p: Props) => icon(<path d="M4 13.5 6.5 5h11l2.5 8.500v5.500H4zM4 13.500h4.500l1.2 2.500h4.600l1.2-2.500H20" />, p);
export const FlagIcon = (p: Props) => icon(<path d="M6 20.500V4.500h11.500l-2.5 4 2.5 4H6" />, p);
export const TicketIcon = (p: Props) => icon(<path d="M6 4.500h12v15l-3-2-3 2-3-2-3 2zM9 9h6M9 12.500h6" />, p);
