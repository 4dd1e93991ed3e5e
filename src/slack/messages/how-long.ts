// How long access is asked for or held, in the words of the message and the news. Pure.
import { sayDuration } from '../../domain/asking/duration.ts'
import { sayHoursOfWindow, sayWindow } from '../../domain/asking/window-words.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { escape, time } from './words.ts'

/** ` for 30 minutes`, with its start if that is later, or the times of several days as they were when it was asked. */
export function howLong({ seconds, window, within: hours, notBefore, askedAt }: MessageView): string {
  if (window) return `, ${escape(sayWindow({ window, hours }, new Date(askedAt)))}`
  const isLater = notBefore !== undefined && new Date(notBefore) > new Date(askedAt)
  return ` for ${sayDuration(seconds)}${isLater ? ` from ${time(notBefore, askedAt)}` : ''}`
}

/** ` until 14:35`, or the times of several days. */
export function heldWhen(view: MessageView): string {
  if (view.window) return `, ${escape(sayHoursOfWindow(view.window))}`
  return ` ${fromWhen(view)}until ${view.expiresAt ? time(view.expiresAt, view.approvedBy?.at) : 'its end'}`
}

/** `from 14:35 `, if access begins noticeably later than the approval; else empty. */
function fromWhen({ startsAt, approvedBy }: MessageView): string {
  if (!startsAt || !approvedBy) return ''
  const seconds = (new Date(startsAt).getTime() - new Date(approvedBy.at).getTime()) / 1000
  return seconds > 300 ? `from ${time(startsAt, approvedBy.at)} ` : ''
}
