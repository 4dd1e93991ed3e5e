// Outages of Socket Mode: Slack asks for another socket, breaks one, or leaves one half open, while people wait for
// answers over it. Refusals and silence of the call that opens a socket are among the services' (outages-outside.ts).
import type { DisconnectReason } from '../../src/sim/slack/sockets.ts'
import type { Installation } from './installation.ts'
import type { Outage } from './outages.ts'

type Change = (installation: Installation) => void

/** A command, a press of Approve, a click of Deny and a form. */
const deliveries = ['command #1', 'block_actions #1', 'block_actions #2', 'view_submission #1']
/** Longer than a new socket takes. */
const offMs = 3_000

const overSocket = { slackMode: 'socket', story: 'looked at' } as const

/** The change comes when a delivery is on its way to the gateway and not acknowledged, once for each delivery. */
function atDeliveries(change: Change, undo: Change = () => undefined): Outage {
  const seen = new Set<string>()
  return {
    ...overSocket,
    start: installation => {
      seen.clear()
      installation.proxies.gateway.hear(name => {
        const delivery = deliveries.find(one => name === `SOCKET delivers ${one}`)
        if (delivery === undefined || seen.has(delivery)) return
        seen.add(delivery)
        change(installation)
      })
      return () => {
        installation.proxies.gateway.hear(undefined)
        undo(installation)
      }
    },
    hasHappened: () => seen.size === deliveries.length,
  }
}

/** The change comes first, and is undone after a while. */
function atFirst(change: Change, undo: Change): Outage {
  return {
    ...overSocket,
    isOfMany: true,
    start: installation => {
      change(installation)
      const over = setTimeout(() => undo(installation), offMs)
      return () => {
        clearTimeout(over)
        undo(installation)
      }
    },
  }
}

const leave =
  (reason: DisconnectReason, leaveMs?: number): Change =>
  ({ slack: { sockets } }) => {
    if (leaveMs !== undefined) sockets.leaveMs = leaveMs
    sockets.disconnect(reason)
  }

const usualLeaveMs = 10_000
const leaveAsUsual: Change = ({ slack: { sockets } }) => void (sockets.leaveMs = usualLeaveMs)

/** By their sentences. */
export const socketOutages: Record<string, Outage> = {
  'Slack asks for another socket at each delivery': atDeliveries(leave('refresh_requested')),
  'Slack asks for another socket at each delivery and closes the first at once': atDeliveries(
    leave('warning', 0),
    leaveAsUsual,
  ),
  'the socket breaks at each delivery': atDeliveries(({ slack }) => slack.sockets.cut()),
  'the socket is half open': atFirst(
    ({ slack }) => slack.sockets.freeze(),
    () => undefined,
  ),
  'Socket Mode is switched off for three seconds': atFirst(
    ({ slack: { sockets } }) => {
      sockets.isEnabled = false
      sockets.disconnect('link_disabled')
    },
    ({ slack: { sockets } }) => void (sockets.isEnabled = true),
  ),
  'Slack does not greet new sockets for three seconds': atFirst(
    ({ slack: { sockets } }) => {
      sockets.greets = false
      sockets.cut()
    },
    ({ slack: { sockets } }) => void (sockets.greets = true),
  ),
  'over sockets, Slack sends each delivery twice': {
    ...overSocket,
    start: ({ slack: { sender } }) => {
      sender.isTwice = true
      return () => void (sender.isTwice = false)
    },
  },
  'two of each process serve at once over sockets': {
    ...overSocket,
    start: async installation => {
      const others = await installation.double()
      return () => others.stop()
    },
    hasHappened: ({ slack }) => slack.sockets.count >= 2,
  },
}
