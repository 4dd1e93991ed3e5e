// Reasons of the second door: the page where people ask without Slack.
import type { Row } from './row.ts'

/** Reasons that are shown only there. */
export const door = {
  AnotherPerson: {
    owner: 'person',
    meaning: 'A form of the door was made for one person, and another one has signed in with the browser since.',
    remedy: 'Open the page again.',
    status: 409,
    headline: 'Somebody else has signed in.',
    isAttempt: false,
  },
} satisfies Record<string, Row>
