// Kubernetes Events on our kinds.
import type { Events } from '../domain/ports.ts'
import { oneLine } from '../domain/text.ts'
import type { Recorder } from '../kube/recorder.ts'

/** The port over a recorder. What an Event says is one visible line, whatever an upstream error held. */
export function createEvents(recorder: Recorder): Events {
  return {
    record: ({ apiVersion, kind, metadata: { namespace, name, uid } }, event) =>
      recorder.record({ apiVersion, kind, namespace, name, uid }, { ...event, message: oneLine(event.message) }),
  }
}
