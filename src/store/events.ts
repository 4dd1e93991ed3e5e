// Kubernetes Events on our kinds.
import type { Events } from '../domain/ports.ts'
import { oneLine } from '../domain/text.ts'
import type { Recorder } from '../kube/recorder.ts'

/** The port over a recorder. An Event's text is one visible line, even if it quotes an error of another service. */
export function createEvents(recorder: Recorder): Events {
  return {
    record: ({ apiVersion, kind, metadata: { namespace, name, uid } }, event) =>
      recorder.record({ apiVersion, kind, namespace, name, uid }, { ...event, message: oneLine(event.message) }),
  }
}
