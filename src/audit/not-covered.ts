// A question that what was read cannot answer.

/** What was read does not reach to the time of the question; the message says what is missing and where else to look. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered'
}
