// Text from people and services in a page of HTML.
import { printable } from '../../domain/text.ts'

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The text, so that a browser shows it and nothing in it is markup, invisible or of another direction. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, sign => entities[sign] ?? '')
}
