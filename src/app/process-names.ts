// The names of the processes, apart from their configuration: the command line knows them before it reads any.

/** What can be started: a process, or in one all that have no standing right at Google: the janitor is always alone. */
export const processNames = ['gateway', 'auth', 'controller', 'janitor', 'all'] as const
/** One of them. */
export type ProcessName = (typeof processNames)[number]
