// The words about what the requester has without a time limit anyway. Pure.
import { sayHeld } from '../../domain/granting/held.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { escape } from './words.ts'

/** What the requester has anyway; empty when Google showed no such role. */
export function heldLine({ held }: Pick<MessageView, 'held'>): string {
  return escape(sayHeld(held) ?? '')
}

/** The same as lines of the message. */
export function heldLines(view: MessageView): { text: string }[] {
  const text = heldLine(view)
  return text ? [{ text }] : []
}
