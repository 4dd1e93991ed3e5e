// Wraps the ports: a process that no longer leads changes nothing outside.
import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { Broken } from '../../domain/outcome.ts'
import { createKeyMutex } from '../key-mutex.ts'
import type { ReconcilerOptions, Dependencies } from '../dependencies.ts'

/** The number of remembered requests and tokens: more than exist at a time. */
const mostRemembered = 5_000
/** About 2 KB each. */
const mostIdTokens = 500

/** The ports with `mayAct` checked before each change, and edits of one policy one after another. */
export function fenced(options: ReconcilerOptions): Omit<Dependencies, 'signal'> {
  const { requests, chat, alerts, pager, policies, sealedTokens, auditLog, mayAct } = options
  const fence =
    <A extends unknown[], R>(change: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!mayAct()) throw new Broken('This process no longer leads, so it changes nothing.')
      return change(...args)
    }
  return {
    ...options,
    requests: {
      get: ref => requests.get(ref),
      latest: ref => requests.latest(ref),
      history: of => requests.history(of),
      patchStatus: fence((seen, patch) => requests.patchStatus(seen, patch)),
      patchFinalizers: fence((seen, finalizers) => requests.patchFinalizers(seen, finalizers)),
    },
    chat: {
      find: (channel, uid, since) => chat.find(channel, uid, since),
      post: fence((channel, view, links) => chat.post(channel, view, links)),
      removeOthers: fence((message, uid, since) => chat.removeOthers(message, uid, since)),
      update: fence((message, view, links) => chat.update(message, view, links)),
      tell: fence((message, view, telling) => chat.tell(message, view, telling)),
      remind: fence((message, view, note) => chat.remind(message, view, note)),
      mention: fence((message, view, people) => chat.mention(message, view, people)),
      callAgain: fence((message, view, people) => chat.callAgain(message, view, people)),
      callAgainDirectly: fence((person, view, links) => chat.callAgainDirectly(person, view, links)),
      absentAmong: (channel, ids) => chat.absentAmong(channel, ids),
      ask: fence((person, view, links) => chat.ask(person, view, links)),
    },
    alerts: {
      find: (channel, uid, since) => alerts.find(channel, uid, since),
      post: fence((channel, view, links) => alerts.post(channel, view, links)),
      removeOthers: fence((message, uid, since) => alerts.removeOthers(message, uid, since)),
      update: fence((message, view, links) => alerts.update(message, view, links)),
      mention: fence((message, view, calling) => alerts.mention(message, view, calling)),
      ask: fence((person, view, calling) => alerts.ask(person, view, calling)),
    },
    pager: { send: fence((route, event) => pager.send(route, event)) },
    policies: {
      read: (resource, token) => policies.read(resource, token),
      write: fence((resource, policy, token, why) => policies.write(resource, policy, token, why)),
    },
    sealedTokens: {
      read: name => sealedTokens.read(name),
      delete: deletedOnce(fence(name => sealedTokens.delete(name))),
    },
    auditLog: { write: fence(entries => auditLog.write(entries)) },
    pause: options.pause ?? pause,
    lockPolicy: createKeyMutex(options),
    lockSequence: createKeyMutex({
      ...options,
      sayBusy: mapping => `Another approval for mapping "${mapping}" is being accepted and takes long.`,
    }),
    lockPages: createKeyMutex({
      ...options,
      sayBusy: mapping => `Another page for mapping "${mapping}" is being counted.`,
    }),
    unposted: new LRUCache({ max: mostRemembered }),
    told: new LRUCache({ max: mostRemembered }),
    unansweredPages: new LRUCache({ max: mostRemembered }),
    lookers: new LRUCache({ max: mostRemembered }),
    idTokens: new LRUCache({ max: mostIdTokens }),
  }
}

// Auth stores each sealed token once, before its approval, so a deleted one does not come back. The finalizer is
// removed only when the token is gone, which is checked again unless it is known here.
function deletedOnce(remove: (name: string) => Promise<void>): (name: string) => Promise<void> {
  const deleted = new LRUCache<string, true>({ max: mostRemembered })
  return async name => {
    if (deleted.has(name)) return
    await remove(name)
    deleted.set(name, true)
  }
}
