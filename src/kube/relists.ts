// Who waits for a list that began after they asked for one.

export type Relists = {
  /** Resolves when a list that begins after this call is complete. */
  ask(): Promise<void>
  /** Whether somebody has asked for whom no list has begun. */
  isAsked(): boolean
  /** A list begins. If it fails, the list after it serves those who asked. */
  begin(): void
  /** The list that began last is complete. */
  complete(): void
}

/** Nobody waits at first. */
export function createRelists(): Relists {
  const asked: (() => void)[] = []
  const served: (() => void)[] = []
  return {
    ask: () => new Promise(resolve => asked.push(resolve)),
    isAsked: () => asked.length > 0,
    begin: () => void served.push(...asked.splice(0)),
    complete: () => served.splice(0).forEach(resolve => resolve()),
  }
}
